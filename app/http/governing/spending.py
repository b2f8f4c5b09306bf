"""Routes through which a tenant reads what it has spent, as JSON and as CSV."""

import csv
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.auth import Auditor
from app.http.replies import dollars, gives, listed, reply, shape
from tenancy.compartment import Compartment
from tenancy.errors import Invalid
from tenancy.metering.money import MicroUsd, usd
from tenancy.metering.usage import Group, Line, Totals

router = APIRouter()
_DAY_SECONDS: Final = 86_400.0
_WITHOUT_FROM: Final = 30 * _DAY_SECONDS
_TOKENS: Final = ("prompt_tokens", "completion_tokens", "embedding_tokens")
_AMOUNTS: Final = ("cost_usd", "own_key_usd", "platform_usd")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_ALL: Final = ",".join(Group)
Moment = Annotated[str | None, Query(max_length=40, description="A day in UTC, or a moment (RFC 3339).")]
GroupBy = Annotated[str, Query(max_length=40, description=f"Some of {_ALL}, with commas.")]

_WHOLE: Final[dict[str, Any]] = {"type": "integer"}
_WORDS: Final[dict[str, Any]] = {str(group): {"type": "string"} for group in Group}
USAGE: Final = shape(
    "UsageReport",
    items=listed(
        {
            "title": "UsageLine",
            "type": "object",
            "required": ["requests", *_TOKENS, *_AMOUNTS],
            "properties": {
                **_WORDS,
                **dict.fromkeys(("requests", "estimated", *_TOKENS), _WHOLE),
                **{name: {"type": "number"} for name in _AMOUNTS},
            },
        }
    ),
)
_CSV: Final = {"title": "UsageTable", "type": "string"}


class InvalidReport(Invalid):
    """The report cannot be made as it was asked for."""

    code = "invalid_report"


@dataclass(frozen=True, slots=True)
class _Asked:
    since: float
    until: float
    groups: tuple[Group, ...]


def _asked(
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
    group_by: GroupBy = _ALL,
) -> _Asked:
    """Return what was asked for, checked; a day that is named last is in the report whole."""
    end = time.time() + 1.0 if until is None else _moment(until, last=True)
    begin = end - _WITHOUT_FROM if since is None else _moment(since, last=False)
    if begin >= end:
        raise InvalidReport("`from` must be before `to`.")
    try:
        groups = tuple(dict.fromkeys(Group(word.strip()) for word in group_by.split(",")))
    except ValueError:
        raise InvalidReport(f"`group_by` is one or more of {_ALL}, with commas.") from None
    return _Asked(begin, end, groups)


def _moment(text: str, *, last: bool) -> float:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _instant(text)
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    return begins + _DAY_SECONDS if last else begins


def _instant(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidReport("`from` and `to` are days (2026-11-24) or moments (2026-11-24T08:00:00Z).")
    return at.timestamp()


async def _lines(compartment: Compartment, asked: _Asked) -> list[Line]:
    async with compartment.snapshot() as records:
        return await records.usage.report(asked.since, asked.until, asked.groups)


def requests_of(totals: Totals, groups: Sequence[Group]) -> int:
    """Return the requests of a line: each once or, in a report by model, once for each call to a model."""
    return totals.calls if Group.MODEL in groups else totals.opened


def safe_cell(text: str) -> str:
    """Return a tenant's own word so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


@router.get("/v1/usage", responses=gives(USAGE, 401, 403, 422, 429, 503))
async def read_usage(compartment: Auditor, asked: Annotated[_Asked, Depends(_asked)]) -> Response:
    """Return what was spent from `from` to `to` (without them: the last 30 days), line by line."""
    return reply({"items": [_view(line, asked.groups) for line in await _lines(compartment, asked)]})


def _view(line: Line, groups: Sequence[Group]) -> dict[str, object]:
    totals = line.totals
    counted = {name: getattr(totals, name) for name in (*_TOKENS, "estimated")}
    money = {name: dollars(amount) for name, amount in zip(_AMOUNTS, _amounts(totals), strict=True)}
    words = {str(group): word for group, word in zip(groups, line.words, strict=True)}
    return {**words, "requests": requests_of(totals, groups), **counted, **money}


def _amounts(totals: Totals) -> tuple[MicroUsd, MicroUsd, MicroUsd]:
    return MicroUsd(totals.cost), MicroUsd(totals.own), MicroUsd(totals.cost - totals.own)


@router.get("/v1/usage.csv", responses=gives(_CSV, 401, 403, 422, 429, 503, media="text/csv"))
async def read_usage_table(compartment: Auditor, asked: Annotated[_Asked, Depends(_asked)]) -> Response:
    """Return the same report as a table with a head, amounts in dollars to the last micro-dollar."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([*map(str, asked.groups), "requests", *_TOKENS, *_AMOUNTS])
    for line in await _lines(compartment, asked):
        counted = [requests_of(line.totals, asked.groups), *(getattr(line.totals, name) for name in _TOKENS)]
        table.writerow([*map(safe_cell, line.words), *counted, *map(usd, _amounts(line.totals))])
    headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
    return Response(text.getvalue(), 200, headers, "text/csv; charset=utf-8")
