"""A tariff that changes from month to month, and a ledger of calls under it that is worked out a second time here."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil
from pathlib import Path

import sqlalchemy as sa

from tenancy.ids import ClientId
from tenancy.metering import book
from tenancy.metering.book import Booked, Entry
from tenancy.metering.catalogue import Kind
from tenancy.metering.money import MicroUsd
from tenancy.metering.spending import Payer, Spent
from tenancy.metering.tariff import Tariff
from tenancy.stores.schema import state
from tests.tenancy.building import House, Resident

FILE = """
version: test
plans:
  free:
    - {from: 1970-01-01, calls: 0, storage: 0, included: 0.002}
  standard:
    - {from: 1970-01-01, calls: 12.5, storage: 50, included: 0.001}
    - {from: 2026-02-15, calls: 33.33, storage: 0, included: 0.0005}
    - {from: 2026-04-01, calls: -50, storage: -100, included: 0}
  dedicated:
    - {from: 1970-01-01, calls: 0, storage: 0, included: 0}
"""
_STANDARD = ((0.0, "0.125", 1_000), (1_771_113_600.0, "0.3333", 500), (1_775_001_600.0, "-0.5", 0))
"""The same by hand: from when (epoch seconds), which part is added, how many micro-dollars are covered."""


def tariff_of(folder: Path, text: str = FILE) -> Tariff:
    """Return the tariff of a file."""
    path = folder / "tariff.yaml"
    path.write_text(text, encoding="utf-8")
    return Tariff.load(path)


def at(day: str) -> float:
    """Return the beginning of a day in UTC, or a moment of it, in epoch seconds."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was booked at `estimate` micro-dollars and ended with `cost`; None: it was never reached."""

    at: float
    app: str
    model: str
    own: bool
    estimate: int
    cost: int | None


@dataclass(slots=True)
class Expected:
    """What is to come out, in micro-dollars."""

    cost: int = 0
    own: int = 0
    covered: int = 0
    charge: int = 0
    used: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, call: Call) -> None:
        """Work a call out: what it took while it was under way is given back when it ends."""
        begun = self._split(call, call.estimate)
        if call.own:
            self.cost, self.own = self.cost + (call.cost or 0), self.own + (call.cost or 0)
            return
        month = datetime.fromtimestamp(call.at, UTC).strftime("%Y-%m")
        self.used[month] -= begun[0]
        covered, charge = self._split(call, call.cost or 0)
        self.cost, self.covered, self.charge = (
            self.cost + (call.cost or 0),
            self.covered + covered,
            self.charge + charge,
        )

    def _split(self, call: Call, cost: int) -> tuple[int, int]:
        if call.own:
            return 0, 0
        _, more, included = next(terms for terms in reversed(_STANDARD) if terms[0] <= call.at)
        gross = ceil(cost * (1 + Fraction(more)))
        month = datetime.fromtimestamp(call.at, UTC).strftime("%Y-%m")
        covered = min(gross, max(0, included - self.used[month]))
        self.used[month] += covered
        return covered, gross - covered


async def write(home: House, one: Resident, tariff: Tariff, calls: list[Call], *, first: int = 0) -> None:
    """Book the calls one after another, each begun and then ended; they are numbered from `first` on."""
    keys = await home.foundation.keyring.open(one.id)
    for number, call in enumerate(calls, first):
        payer = Payer.OWN if call.own else Payer.PLATFORM
        booked = Booked(call.app, "/v1/ask", call.model, ClientId("cli_1"))
        entry = Entry(f"use_{number}", call.at, booked, call.model, tariff.rates("standard", call.at), opens=True)
        begun = Spent(Kind.CHAT, call.model, payer, 1, 1, MicroUsd(call.estimate), "prices", exact=False)
        async with home.foundation.store.tenant(one.id, writes=True) as db:
            epoch = (await db.execute(sa.select(state.c.epoch).where(state.c.tenant_id == one.id))).scalar_one()
            await book.add(db, keys, epoch, entry, begun)
        ended = Spent(Kind.CHAT, call.model, payer, 1, 1, MicroUsd(call.cost or 0), "prices")
        async with home.foundation.store.tenant(one.id, writes=True) as db:
            if call.cost is None:
                await book.void(db, keys, entry, ended)
            else:
                await book.settle(db, keys, entry, ended)
