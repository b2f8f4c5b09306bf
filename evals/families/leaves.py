"""Take a reply apart into named values, so that two replies can be compared value by value.

What differs anyway is told from what differs for a reason by asking more than once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from evals.target.reply import Reply

_UNTOLD: Final = frozenset({"date", "content-length", "server", "connection"})
STATUS: Final = "status"


def leaves(reply: Reply) -> dict[str, str]:
    """Return the status, every header, every value of a JSON body by its path, or every line of any other body.

    A list has its length as a value; of a line that ends in a number, as metrics have them, that is the value.
    """
    found = {STATUS: str(reply.status)}
    found |= {f"header {name}": value for name, value in reply.headers if name not in _UNTOLD}
    parsed = reply.json
    found |= dict(_lines(reply.text) if parsed is None else _values(parsed, "$"))
    return found


def unlike(reply: Reply, others: Sequence[Reply], masked: Iterable[str] = ()) -> str:
    """Say where a reply differs from replies that agree with each other there; empty if it does not.

    `masked` are headers that are left out: what counts down with each request may agree by chance.
    """
    left_out = {f"header {name}" for name in masked}
    mine, *theirs = (
        {name: value for name, value in leaves(one).items() if name not in left_out} for one in (reply, *others)
    )
    settled = {name: value for name, value in theirs[0].items() if all(one.get(name) == value for one in theirs)}
    for name, value in settled.items():
        if mine.get(name) != value:
            return f"{name} is {mine.get(name)!r} and else {value!r}."
    known = set().union(*theirs)
    return next((f"{name} is there and else is not." for name in mine if name not in known), "")


def _values(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _values(value, f"{path}.{name}")
    elif isinstance(node, list):
        yield f"{path}.length", str(len(node))
        for index, value in enumerate(node):
            yield from _values(value, f"{path}[{index}]")
    else:
        yield path, str(node)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines()):
        name, _, last = line.rpartition(" ")
        if name and _is_number(last):
            yield name, last
        else:
            yield f"line {number}", line


def _is_number(text: str) -> bool:
    return as_number(text) is not None


def as_number(text: str | None) -> float | None:
    """Return the number that a value is, or None."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
