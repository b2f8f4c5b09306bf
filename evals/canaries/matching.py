"""Finds canaries in whatever came back, however they are dressed up or encoded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from evals.canaries.decoding import views
from evals.canaries.derive import Canary
from evals.canaries.folding import Places, fold

_WINDOW: Final = 9  # characters looked up at once
_SHORTEST: Final = 16  # folded characters that no ordinary text holds by chance


@dataclass(frozen=True, slots=True)
class Match:
    """A canary that was found: how it was written (`plain`, `base64`, `rot13>hex`, …), and where.

    `start` and `end` count characters of the text searched (bytes are read as UTF-8); of an encoded canary they span
    the whole encoded run.
    """

    canary: Canary
    how: str
    start: int
    end: int


class Detector:
    """Looks for all of some canaries at once.

    Every stretch of nine folded characters of every value is looked up in one table, while the text is read in strides:
    a stride is so long that no value slips between two look-ups. A look-up only points at a place; the whole value is
    compared there. ValueError for a value so short that it could turn up by chance.
    """

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._needles = {part: one for one in canaries for part in map(fold, one.parts)}
        if short := [one.id for part, one in self._needles.items() if len(part) < _SHORTEST]:
            raise ValueError(f"values of fewer than {_SHORTEST} characters would be found by chance: {short}")
        self._stride = min(map(len, self._needles), default=_SHORTEST) - _WINDOW + 1
        self._windows: dict[str, list[tuple[str, int]]] = {}
        for needle in self._needles:
            for offset in range(self._stride):
                self._windows.setdefault(needle[offset : offset + _WINDOW], []).append((needle, offset))

    def find(self, raw: bytes | str) -> list[Match]:
        """Return every canary found, the plainest reading of each place once; nothing if there is none."""
        text = raw.decode(errors="replace") if isinstance(raw, bytes) else raw
        found: dict[tuple[str, int, int], Match] = {}
        for view in views(text):
            folded = fold(view.text)
            if not (hits := list(self._hits(folded))):
                continue
            at = Places(view.text)
            for needle, start in hits:
                span = view.locate(at[start], at[start + len(needle) - 1] + 1)
                canary = self._needles[needle]
                found.setdefault((canary.id, *span), Match(canary, ">".join(view.how) or "plain", *span))
        return list(found.values())

    def _hits(self, folded: str) -> Iterator[tuple[str, int]]:
        """Yield values and where they begin; a value may be met at two look-ups, and is yielded once."""
        seen: set[tuple[str, int]] = set()
        look_up, last = self._windows.get, len(folded) - _WINDOW
        pointers = [
            (at, one)
            for at in range(0, last + 1, self._stride)
            if (known := look_up(folded[at : at + _WINDOW]))
            for one in known
        ]
        for at, (needle, offset) in pointers:
            hit = (needle, at - offset)
            if at >= offset and hit not in seen and folded.startswith(needle, at - offset):
                seen.add(hit)
                yield hit
