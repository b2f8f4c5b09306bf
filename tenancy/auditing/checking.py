"""Check an audit that was carried away, with nothing but the deployment's published keys.

Rules this module enforces:

* Every line is in its one form and in its place; nothing stands after the end, and the end is signed as the end.
* Entries count from 1 without a gap, and each hash is computed anew; what was signed has that number and that hash.
* An earlier file of the same tenant, where one is given, is the beginning of this one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from tenancy.auditing.lines import FORMAT, STATEMENT, begun, chained, opening, parsed
from tenancy.deployment.receipts import Unverified, attested


class NotGenuine(Exception):
    """The file is not what the deployment gave out; `line` counts from 1."""

    def __init__(self, line: int, says: str) -> None:
        """Say where and why."""
        super().__init__(says)
        self.line = line
        self.says = says


@dataclass(frozen=True, slots=True)
class Carried:
    """What a genuine file holds; `made_at` in epoch seconds, `head` as `GET /v1/audit/verify` shows it."""

    tenant: str
    issuer: str
    entries: int
    hash: str
    head: str
    made_at: float
    checkpoints: int


def check(lines: Iterable[bytes], key_set: Mapping[str, Any], earlier: Carried | None = None) -> Carried:
    """Return what a file holds, read line by line; NotGenuine where it was edited, cut, moved or made by others."""
    walk = _Walk(key_set, earlier)
    for raw in lines:
        walk.take(raw)
    return walk.end()


@final
class _Walk:
    """How far a file was followed."""

    def __init__(self, key_set: Mapping[str, Any], earlier: Carried | None) -> None:
        self._keys = key_set
        self._earlier = earlier
        self._line = 0
        self._tenant = ""
        self._seq = 0
        self._hash = ""
        self._issuer: str | None = None
        self._checkpoints = 0
        self._end: dict[str, Any] | None = None

    def _wrong(self, says: str) -> NotGenuine:
        return NotGenuine(self._line, says)

    def take(self, raw: bytes) -> None:
        """Follow one more line."""
        self._line += 1
        if self._end is not None:
            raise self._wrong("There is something after the end.")
        try:
            value = parsed(raw)
        except ValueError:
            raise self._wrong("The line was edited or cut short.") from None
        if self._line == 1:
            self._begin(raw, value)
            return
        take = _TAKES.get(str(value.pop("kind", "")))
        if take is None:
            raise self._wrong("This is no line of an audit.")
        take(self, value)

    def _begin(self, raw: bytes, value: dict[str, Any]) -> None:
        self._tenant = str(value.get("tenant", ""))
        if opening(self._tenant) != raw:
            raise self._wrong(f"This is not the first line of an audit in format {FORMAT}.")
        if self._earlier is not None and self._earlier.tenant != self._tenant:
            raise self._wrong("The earlier file is another tenant's.")
        self._hash = begun(raw)

    def entry(self, value: dict[str, Any]) -> None:
        given, seq = value.pop("hash", None), value.get("seq")
        if seq != self._seq + 1:
            raise self._wrong(f"Entry {self._seq + 1} should stand here: it was removed or moved.")
        if given != chained(self._hash, {"kind": "entry", **value}):
            raise self._wrong(f"Entry {seq} was edited.")
        self._seq, self._hash = self._seq + 1, str(given)
        self._compare()

    def _compare(self) -> None:
        known = self._earlier
        if known is not None and known.entries == self._seq and known.hash != self._hash:
            raise self._wrong(f"The entries up to {self._seq} are not those of the earlier file.")

    def checkpoint(self, value: dict[str, Any]) -> None:
        self._stated(value, last=False)
        self._checkpoints += 1

    def ending(self, value: dict[str, Any]) -> None:
        self._end = self._stated(value, last=True)

    def _stated(self, value: dict[str, Any], *, last: bool) -> dict[str, Any]:
        """Return what was signed, if it was signed about just what was read until here."""
        jws = value.get("jws")
        if set(value) != {"jws"} or not isinstance(jws, str):
            raise self._wrong("This is no checkpoint.")
        try:
            stated = attested(jws, self._keys, STATEMENT)
        except Unverified:
            raise self._wrong("The signature is by none of these keys.") from None
        own = {"tenant": self._tenant, "seq": self._seq, "hash": self._hash, "last": last}
        if {name: stated.get(name) for name in own} != own or stated.get("iss") != (self._issuer or stated.get("iss")):
            raise self._wrong(f"What was signed here are not these {self._seq} entries: some were edited or removed.")
        self._issuer = str(stated.get("iss"))
        return stated

    def broken(self, _value: dict[str, Any]) -> None:
        raise self._wrong(f"The service itself found its trail damaged after entry {self._seq}.")

    def end(self) -> Carried:
        """Return what was read, if it was read to its end."""
        if self._end is None:
            raise self._wrong("The file ends before its signed end: it was cut off.")
        if self._earlier is not None and self._earlier.entries > self._seq:
            raise self._wrong(f"An earlier file has {self._earlier.entries} entries: the trail was cut off.")
        stated, issuer = self._end, str(self._issuer)
        head, made_at = str(stated["head"]), float(stated["at"])
        return Carried(self._tenant, issuer, self._seq, self._hash, head, made_at, self._checkpoints)


_TAKES: Final[Mapping[str, Callable[[_Walk, dict[str, Any]], None]]] = {
    "entry": _Walk.entry,
    "checkpoint": _Walk.checkpoint,
    "end": _Walk.ending,
    "broken": _Walk.broken,
}
