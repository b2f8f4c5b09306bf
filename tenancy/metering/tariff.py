"""The tariff: what a plan charges for what was spent on the platform's account, in whole micro-dollars.

Rules this module enforces:

* Terms have a first day (UTC) and are never changed in place; every plan has terms for every day.
* What a tenant's own key paid is charged by its provider, and never here.
* A call is marked up and rounded up once, so that sums of what was recorded are what is charged. Of a day's storage
  what is less than a micro-dollar is charged with the next day.
* Numbers in the file are read as decimals, never as binary fractions. A field that is not known is a fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, Self, final

from tenancy.errors import ServiceError
from tenancy.metering.catalogue import EVER, amount, version_of
from tenancy.metering.dated import Dated, dated, in_force, named, read_strings
from tenancy.metering.money import NOTHING, MicroUsd
from tenancy.metering.spending import Payer, Spent
from tenancy.plans import PLANS

SHIPPED: Final = Path(__file__).parent / "tariff.yaml"
_WHOLE: Final = 10_000  # hundredths of a per cent in the whole
_FIELDS: Final = frozenset({"calls", "storage", "included"})


class TariffFaulty(ServiceError):
    """The file of the tariff cannot be used; the message says where and why."""

    code = "tariff_faulty"
    title = "The tariff cannot be used"


@dataclass(frozen=True, slots=True)
class Terms:
    """A plan's terms: mark-ups in hundredths of a per cent, and what of a month's charges the plan covers."""

    calls: int
    storage: int
    included: MicroUsd


@dataclass(frozen=True, slots=True)
class Rates:
    """The terms that hold for a tenant at a moment, and the version of the tariff that says so."""

    plan: str
    terms: Terms
    version: str

    def gross(self, spent: Spent) -> MicroUsd:
        """Return what a call would be charged if the plan covered nothing."""
        if spent.payer is Payer.OWN:
            return NOTHING
        return MicroUsd(-(-spent.cost * (_WHOLE + self.terms.calls) // _WHOLE))

    def gross_storage(self, cost: MicroUsd, left: int) -> tuple[MicroUsd, int]:
        """Return the same of a day's storage, with what is `left` of the day before, and what is left over of it."""
        amount, left = divmod(left + cost * (_WHOLE + self.terms.storage), _WHOLE)
        return MicroUsd(amount), left


@final
@dataclass(frozen=True, slots=True)
class Tariff:
    """The terms of one file."""

    version: str
    _plans: Mapping[str, Dated[Terms]]

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Self:
        """Read a file of terms. Raises TariffFaulty, and OSError where it cannot be read."""
        content = path.read_bytes()
        try:
            root = named(read_strings(content), {"version", "plans"}, "the file")
            listed = named(root["plans"], set(PLANS), "plans")
            plans = {plan: dated(listed[plan], plan, _FIELDS, _terms) for plan in PLANS}
            version = version_of(root["version"], content)
        except KeyError as error:
            raise TariffFaulty(f"{path}: {error.args[0]} is missing") from None
        except ValueError as error:
            raise TariffFaulty(f"{path}: {error}") from None
        late = sorted(plan for plan, terms in plans.items() if terms[0][0] > EVER)
        if late:
            raise TariffFaulty(f"{path}: {late[0]} needs an entry from {EVER} on")
        return cls(version, plans)

    def rates(self, plan: str, at: float) -> Rates:
        """Return what holds for a plan `at` (epoch seconds); one that is none is charged what it cost."""
        return Rates(plan, in_force(self._plans.get(plan, ()), at) or Terms(0, 0, NOTHING), self.version)


def _terms(fields: Mapping[str, str]) -> Terms:
    return Terms(_markup(fields["calls"]), _markup(fields["storage"]), amount(fields["included"]))


def _markup(text: str) -> int:
    """Return per cents as whole hundredths of one; ValueError for less than -100 or finer steps."""
    try:
        read = Decimal(text) * 100
        whole = int(read)
    except (ArithmeticError, ValueError):
        raise ValueError(f"{text!r} is not a number of per cents") from None
    if read != whole or whole < -_WHOLE:
        raise ValueError(f"{text!r}: a mark-up is -100 per cent or more, in steps of 0.01")
    return whole
