"""Reads files of values that hold from a day on: YAML, every value as the text it is."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from typing import TypeVar

import yaml

T = TypeVar("T")
Dated = Sequence[tuple[date, T]]
"""Values with the day (UTC) from which each holds, oldest first."""


def in_force(values: Dated[T], at: float) -> T | None:
    """Return the newest value that has begun `at` (epoch seconds), None before the first."""
    day = datetime.fromtimestamp(at, UTC).date()
    return next((value for since, value in reversed(values) if since <= day), None)


class _Strings(yaml.CBaseLoader):
    """Reads every scalar as the string it is, and refuses a name that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 - as the library has it
        made: dict[object, object] = super().construct_mapping(node, deep)
        if len(made) != len(node.value):
            raise ValueError(f"line {node.start_mark.line + 1}: a name stands twice")
        return made


def read_strings(content: bytes) -> object:
    """Return a file of YAML as strings, lists and mappings; ValueError where it is none, or a name stands twice."""
    try:
        return yaml.load(content, _Strings)  # noqa: S506 - makes strings, lists and mappings only
    except yaml.YAMLError as error:
        raise ValueError(f"this is not YAML: {error}") from None


def named(value: object, fields: AbstractSet[str] | None, where: str) -> Mapping[str, object]:
    """Return a mapping of `fields`, some of which may be missing, or of whatever names; else ValueError."""
    if not isinstance(value, dict) or not value:
        raise ValueError(f"{where}: names and their values are expected")
    unknown = sorted(set(value) - fields) if fields is not None else []
    if unknown:
        raise ValueError(f"{where}: {unknown[0]!r} is not known here")
    return value


def dated(value: object, where: str, fields: AbstractSet[str], make: Callable[[Mapping[str, str]], T]) -> Dated[T]:
    """Return a list of entries that each begin on a day, oldest first; ValueError where it is none."""
    if not isinstance(value, list) or not value:
        raise ValueError(f"{where}: a list of entries is expected, each with `from`")
    found: list[tuple[date, T]] = []
    for entry in value:
        one = {name: str(each) for name, each in named(entry, fields | {"from"}, where).items()}
        if len(one) == 1 or "from" not in one:
            raise ValueError(f"{where}: an entry needs `from` and one or more of {', '.join(sorted(fields))}")
        since = date.fromisoformat(one.pop("from"))
        if found and found[-1][0] >= since:
            raise ValueError(f"{where}: the entry from {since} must come before the one above it")
        found.append((since, make(one)))
    return found
