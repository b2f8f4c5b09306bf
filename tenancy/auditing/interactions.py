"""A tenant's interaction log: what was asked and answered, sealed under the retention key, until its day has come.

Rules this module enforces:

* A log has the number of its entry in the audit, so that one leads to the other.
* What the tenant's mode does not ask for is left out before anything is sealed.
* A log whose day has come is not shown, whether it was removed already or not; a day is only ever moved forward.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, final

import sqlalchemy as sa

from tenancy.auditing.logging import LogMode
from tenancy.errors import NotFound
from tenancy.ids import ChunkId, DocumentId, new_id, well_formed
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.cursors import Cursors
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import interactions

DAY_SECONDS: Final = 24 * 3600.0
_ADD: Final = interactions.insert()


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that was given out or cited; the name and the quote are kept in full logs only."""

    document_id: DocumentId
    chunk_id: ChunkId
    page: int | None = None
    document_name: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Interaction:
    """What was asked and what came of it; `kind` is `search` or `ask`, a search has no answer and no model."""

    kind: str
    question: str | None
    answer: str | None = None
    refused: bool = False
    reason: str | None = None
    sources: tuple[Source, ...] = ()
    answer_id: str | None = None
    profile: str | None = None
    profile_version: int | None = None
    model: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    embedding_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Logged:
    """An interaction as it is kept: who asked, through which app, when (epoch seconds), in which request."""

    id: str
    at: float
    actor: str
    app: str
    request: str
    mode: LogMode
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Between:
    """Which logs are meant by their time, in epoch seconds: from `start`, before `end`."""

    start: float | None = None
    end: float | None = None


def new_log_id() -> str:
    """Return the id of a log to be."""
    return new_id("log")


def lessened(interaction: Interaction, mode: LogMode) -> Interaction:
    """Return what a mode keeps of an interaction: no words but in full logs."""
    if mode is LogMode.FULL:
        return interaction
    sources = tuple(replace(source, document_name=None, quote=None) for source in interaction.sources)
    return replace(interaction, question=None, answer=None, sources=sources)


@final
class Interactions:
    """The interaction logs of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._mine = interactions.c.tenant_id == keys.tenant
        self._cursors = Cursors(keys, "interactions")

    async def add(self, made: Iterable[tuple[int, Logged]], days: int) -> None:
        """Keep interactions, each with the number of its entry in the audit, for so many days from when it was."""
        rows = [
            {
                "tenant_id": self._keys.tenant,
                "seq": seq,
                "id": one.id,
                "at": one.at,
                "expires_at": one.at + days * DAY_SECONDS,
                "body": self._keys.seal(Purpose.LOGS, "interactions", one.id, "body", _written(one)),
            }
            for seq, one in made
        ]
        if rows:
            await self._db.execute(_ADD, rows)

    async def page(
        self, limit: int, cursor: str | None, between: Between, now: float
    ) -> tuple[Sequence[Logged], str | None]:
        """Return up to `limit` logs whose day has not come, newest first, and the cursor of the next page."""
        wanted = [self._mine, interactions.c.expires_at > now]
        if between.start is not None:
            wanted.append(interactions.c.at >= between.start)
        if between.end is not None:
            wanted.append(interactions.c.at < between.end)
        if cursor is not None:
            wanted.append(interactions.c.seq < self._cursors.read(cursor))
        query = sa.select(interactions).where(*wanted).order_by(interactions.c.seq.desc()).limit(limit + 1)
        rows = (await self._db.execute(query)).all()
        following = self._cursors.write(rows[limit - 1].seq) if len(rows) > limit else None
        return [self._opened(row) for row in rows[:limit]], following

    async def get(self, log: str, now: float) -> Logged:
        """Return one log whose day has not come; NotFound otherwise."""
        if not well_formed(log, "log"):
            raise NotFound
        query = sa.select(interactions).where(self._mine, interactions.c.id == log, interactions.c.expires_at > now)
        row = (await self._db.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        return self._opened(row)

    async def shorten(self, days: int) -> None:
        """Let what is there already go after so many days at most; what was promised to go sooner still does."""
        sooner = interactions.c.at + days * DAY_SECONDS
        await self._db.execute(
            interactions.update().where(self._mine, interactions.c.expires_at > sooner).values(expires_at=sooner)
        )

    def _opened(self, row: sa.Row[tuple[Any, ...]]) -> Logged:
        fields = json.loads(self._keys.open(Purpose.LOGS, "interactions", row.id, "body", row.body))
        inner = fields.pop("interaction")
        sources = tuple(Source(**source) for source in inner.pop("sources"))
        mode = LogMode(fields.pop("mode"))
        return Logged(**fields, mode=mode, interaction=Interaction(**inner, sources=sources))


def _written(one: Logged) -> bytes:
    return json.dumps(asdict(one)).encode()
