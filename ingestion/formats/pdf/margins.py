"""What is printed on many pages alike: running headers, footers and page numbers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ingestion.formats.pdf.glyphs import Word
from ingestion.formats.pdf.text.lines import Row, text_of

_EDGE_ROWS: Final = 4
_APART: Final = 1.6
_ZONE: Final = 0.16
_SAME_HEIGHT: Final = 6.0
_OFTEN: Final = 3
_ISOLATED: Final = 1.5
_NUMBER: Final = "\ufffc"
_PAGE_WORDS: Final = frozenset(
    (
        "page",
        "pages",
        "of",
        "seite",
        "von",
        "p.",
        "pg.",
        "pág.",
        "página",
        "de",
        "sur",
        "pagina",
        "di",
        "стр.",
        "из",
        "/",
        "|",
    )
)
_WORDS_BESIDE: Final = _PAGE_WORDS | frozenset("|-\u2013\u2014\u00b7\u2022/")


@dataclass(frozen=True, slots=True)
class Edge:
    """A row at the top or the bottom of a page; `masked` is its text with the page's number left out."""

    page: int
    number: int
    height: float
    text: str
    masked: str
    values: tuple[int, ...]
    is_above: bool

    @property
    def is_mere_number(self) -> bool:
        """Tell whether it says nothing but which page this is."""
        return bool(self.values) and all(
            word == _NUMBER or word.lower() in _PAGE_WORDS or not any(map(str.isalnum, word))
            for word in self.masked.split()
        )


def edges_of(rows: Sequence[Row], page: int, top: float, bottom: float) -> list[Edge]:
    """Return the rows of a page that may be printed on others too: few, at its edges, apart from the rest."""
    if not rows:
        return []
    zone = _ZONE * (bottom - top)
    first = _apart(rows)
    last = len(rows) - _apart(list(reversed(rows)))
    found = [number for number in range(first) if rows[number][0].base - top < zone]
    found += [number for number in range(max(last, first), len(rows)) if bottom - rows[number][0].base < zone]
    return [_edge(rows[number], page, number, is_above=number < first) for number in found]


def _apart(rows: Sequence[Row]) -> int:
    """Return how many rows at the beginning stand apart from those that follow; 1 where none does."""
    for number, (row, following) in enumerate(pairwise(rows[: _EDGE_ROWS + 1])):
        if abs(following[0].base - row[0].base) > _APART * max(row[0].size, following[0].size):
            return number + 1
    return 1


def _edge(row: Row, page: int, number: int, *, is_above: bool) -> Edge:
    values: list[int] = []
    parts: list[str] = []
    for at, word in enumerate(row):
        bare = word.text.strip("[]()-\u2013\u2014|.,")
        before = row[at - 1] if at else None
        after = row[at + 1] if at + 1 < len(row) else None
        alone = _is_apart(before, word) and _is_apart(word, after)
        alone = alone or (after is not None and at == 0) or (after is None and at > 1)
        roman = bare and len(row) == 1 and not bare.lower().strip("ivxlc")
        if alone and ((bare.isdecimal() and len(bare) < 6) or roman):  # noqa: PLR2004 - no document has so many pages
            values.append(int(bare) if bare.isdecimal() else 0)
            parts.append(_NUMBER)
        else:
            parts.append(word.text)
    return Edge(page, number, row[0].base, text_of(row), " ".join(parts), tuple(values), is_above)


def _is_apart(before: Word | None, after: Word | None) -> bool:
    if before is None or after is None or after.left - before.right > _ISOLATED * after.size:
        return True
    return bool({before.text.lower(), after.text.lower()} & _WORDS_BESIDE)


def running(edges: Sequence[Edge], pages: int) -> tuple[set[tuple[int, int]], list[Edge]]:
    """Return which rows (page, number) repeat on other pages, and those of them that are worth keeping once."""
    gone: set[tuple[int, int]] = set()
    once: dict[str, Edge] = {}
    for exact in (True, False):
        alike: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in edges:
            if (edge.page, edge.number) not in gone:
                alike[edge.text if exact else edge.masked].append(edge)
        for group in alike.values():
            group.sort(key=lambda edge: (edge.height, edge.page))
            for cluster in _clusters(group):
                if not _repeats(cluster, pages, exact=exact):
                    continue
                gone.update((edge.page, edge.number) for edge in cluster)
                first = min(cluster, key=lambda edge: edge.page)
                if exact or not first.is_mere_number:
                    once.setdefault(first.text if exact else first.masked, first)
    return gone, sorted(once.values(), key=lambda edge: (edge.page, edge.number))


def _clusters(group: Sequence[Edge]) -> list[list[Edge]]:
    clusters: list[list[Edge]] = []
    for edge in group:
        if clusters and edge.height - clusters[-1][-1].height < _SAME_HEIGHT:
            clusters[-1].append(edge)
        else:
            clusters.append([edge])
    return clusters


def _repeats(cluster: Sequence[Edge], pages: int, *, exact: bool) -> bool:
    on = {edge.page for edge in cluster}
    if len(on) < min(_OFTEN, max(2, pages)) and not (pages <= _OFTEN and len(on) > 1):
        return False
    if not exact and any(cluster[0].values):
        offsets = [value - edge.page for edge in cluster for value in edge.values[:1]]
        return max(map(offsets.count, set(offsets))) * 2 >= len(offsets)
    return True
