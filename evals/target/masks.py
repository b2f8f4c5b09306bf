"""What of a reply counts when two of them are compared.

Everything does: status, header names and values in order, body to the last byte. What a target declares to differ is
masked, as are the ids that were asked for, `date`, and a content length that is the body's own.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from evals.target.extract import positions
from evals.target.reply import Reply
from evals.target.spec import Masks

_MASKED: Final = "<masked>"
_ASKED: Final = "<asked>"
_ALWAYS: Final = frozenset({"date"})


@dataclass(frozen=True, slots=True)
class Observable:
    """All that a caller can see of a reply, masked; equal ones cannot be told apart."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def difference(self, other: "Observable") -> str:
        """Say the first thing that differs, in a sentence; empty if nothing does."""
        if self.status != other.status:
            return f"The status is {self.status} and {other.status}."
        if self.headers != other.headers:
            mine, others = dict(self.headers), dict(other.headers)
            names = [name for name in [*mine, *others] if mine.get(name) != others.get(name)]
            shown = names[0] if names else "order"
            return f"The header {shown!r} is {mine.get(shown)!r} and {others.get(shown)!r}."
        if self.body != other.body:
            place = next(
                (index for index, pair in enumerate(zip(self.body, other.body, strict=False)) if pair[0] != pair[1]),
                min(len(self.body), len(other.body)),
            )
            return f"The bodies differ from character {place} on."
        return ""


def observe(reply: Reply, masks: Masks, asked: Iterable[str] = ()) -> Observable:
    """Return what counts of a reply; `asked` are the ids that the request named."""
    spellings = {spelling for one in asked if one for spelling in (one, quote(one, safe=""), json.dumps(one)[1:-1])}
    wanted = sorted(spellings, key=len, reverse=True)
    headers = tuple((name, _header(name, value, reply, masks, wanted)) for name, value in reply.headers)
    return Observable(reply.status, headers, _plain(_body(reply, masks), masks, wanted))


def _header(name: str, value: str, reply: Reply, masks: Masks, asked: list[str]) -> str:
    if name in _ALWAYS or name in masks.headers:
        return _MASKED
    if name == "content-length" and value == str(len(reply.body)):
        return "<own>"
    return _plain(value, masks, asked)


def _body(reply: Reply, masks: Masks) -> str:
    """Return the body as it came, or, when a declared mask points into it, as JSON with the masked values gone."""
    if masks.json:
        try:
            parsed = json.loads(reply.body, parse_float=_number, parse_int=_number)
        except ValueError:
            return reply.text
        found = [place for path in masks.json for place in positions(path, parsed)]
        for place in found:
            _mask(parsed, place)
        if found:
            return json.dumps(parsed, ensure_ascii=False)
    return reply.text


def _number(digits: str) -> str:
    """Keep a number as it was written, so that the last digit counts."""
    return f"number {digits}"


def _mask(parsed: Any, place: tuple[int | str, ...]) -> None:  # noqa: ANN401 - JSON of any shape
    for part in place[:-1]:
        parsed = parsed[part]
    if isinstance(parsed, Mapping | list) and place:
        parsed[place[-1]] = _MASKED  # type: ignore[index]  # a parsed mapping is a dict


def _plain(text: str, masks: Masks, asked: list[str]) -> str:
    for one in asked:
        text = text.replace(one, _ASKED)
    for pattern in masks.patterns:
        text = re.sub(pattern, _MASKED, text)
    return text
