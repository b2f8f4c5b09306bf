"""What an answer's headers tell caches to do, and tell the caller about them (RFC 9111, RFC 9211)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from evals.target.reply import Reply

_TOLD: Final = re.compile(r"(^|[-_])cache(d|s)?([-_]|$)|^age$", re.IGNORECASE)
_UNTOLD: Final = frozenset({"cache-control", "cdn-cache-control"})
_HIT: Final = re.compile(r"\b(hit|true|yes|cached|[1-9]\d*)\b", re.IGNORECASE)


def kept_by_shared(reply: Reply, credentials: Iterable[str]) -> str:
    """Say why a cache that several callers share may give an answer to the next of them; empty if it may not.

    `credentials` are the names of the headers that tell callers apart. Without an explicit lifetime nothing is said:
    what a cache makes of an answer without any is its own choice.
    """
    said = _directives(reply)
    names = {name.lower() for name in credentials}
    varies = {name.strip().lower() for one in _every(reply, "vary") for name in one.split(",")}
    if {"no-store", "private"} & set(said) or "*" in varies or names & varies:
        return ""
    fresh = _seconds(said.get("max-age", "0")) > 0 or (reply.header("expires") not in {"", "0"})
    if "public" in said:
        return "Cache-Control says public."
    if _seconds(said.get("s-maxage", "0")) > 0:
        return f"Cache-Control says s-maxage={said['s-maxage']}."
    if fresh and "must-revalidate" in said:
        return "Cache-Control gives a lifetime with must-revalidate, which opens shared caches."
    if fresh and "authorization" not in names:
        return "It has a lifetime, and caches know credentials only in the Authorization header."
    return ""


def told_hits(reply: Reply) -> frozenset[str]:
    """Return which headers and fields of an answer tell that it came out of a cache."""
    headers = {f"header {name}": value for name, value in reply.headers if _TOLD.search(name) and name not in _UNTOLD}
    told = {**headers, **dict(_fields(reply.json, "$"))}
    return frozenset(name for name, value in told.items() if _HIT.search(value))


def _fields(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if _TOLD.search(str(name)) and isinstance(value, str | int | float):
                yield f"{path}.{name}", str(value)
            yield from _fields(value, f"{path}.{name}")
    elif isinstance(node, list):
        for one in node:
            yield from _fields(one, f"{path}[*]")


def _directives(reply: Reply) -> Mapping[str, str]:
    parts = [part.strip() for one in _every(reply, "cache-control") for part in one.split(",")]
    return {name.lower(): value.strip('"') for name, _, value in (part.partition("=") for part in parts) if name}


def _every(reply: Reply, name: str) -> list[str]:
    return [value for given, value in reply.headers if given == name]


def _seconds(text: str) -> int:
    return int(text) if text.isdecimal() else 0
