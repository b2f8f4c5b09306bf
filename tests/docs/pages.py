"""Pages of the documentation with places that are filled in: lists of tests by claim, tables by name.

A place is a pair of comments: `tests: CLAIM` or `table: NAME`, and `end`. Between them stands only what is made here.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import PurePosixPath

from tests.docs.markers import Shown, read
from tests.house.rules.tree import Finding, Source

Table = Callable[[], Iterable[str]]
_PIECE = re.compile(
    r"```.*?```|`[^`\n]*`"  # code: a place that is only written about
    r"|<!-- (?P<kind>tests|table): (?P<name>[a-z0-9]+(?:[.-][a-z0-9]+)*)(?: \(none: (?P<none>[^<>|]+)\))? -->"
    r"(?:(?!<!--).)*<!-- end -->"
    r"|(?P<stray><!--.*?-->)",
    re.DOTALL,
)
_NAMED_BY_HAND = re.compile(r"\btest_\w+(?!\w|…)")
_OPENS_A_BLOCK = re.compile(r"[\s>*+-]*(?:\d+[.)]\s*)?")


@dataclass(slots=True)
class Filling:
    """What goes into the places of all pages, and what is found wrong meanwhile."""

    shown: Mapping[str, Sequence[Shown]]
    tables: Mapping[str, Table]
    findings: list[Finding] = field(default_factory=list)
    filled: set[tuple[str, str]] = field(default_factory=set)

    def page(self, page: Source) -> str:
        """Return the page with every place filled in."""
        self._by_hand(page)
        return _PIECE.sub(lambda piece: self._piece(page, piece), page.text)

    def _by_hand(self, page: Source) -> None:
        rest = _PIECE.sub(lambda piece: "\n" * piece[0].count("\n") if piece["kind"] else piece[0], page.text)
        for found in _NAMED_BY_HAND.finditer(rest):
            line = rest.count("\n", 0, found.start()) + 1
            self.findings.append(
                Finding(page.path, line, f"{found[0]} is named by hand: mark it with the claim it shows")
            )

    def _piece(self, page: Source, piece: re.Match[str]) -> str:
        line = page.text.count("\n", 0, piece.start()) + 1
        if piece["stray"]:
            says = f"{piece[0]} is no place: write `tests: CLAIM` or `table: NAME`, and `end` before the next"
            self.findings.append(Finding(page.path, line, says))
        if not piece["kind"]:
            return piece[0]
        kind, name, none = piece["kind"], piece["name"], piece["none"]
        self.filled.add((kind, name))
        if kind == "table":
            problem, made = self._table(name)
        else:
            before = page.text[page.text.rfind("\n", 0, piece.start()) + 1 : piece.start()]
            problem, made = self._tests(page, name, none)
            if _OPENS_A_BLOCK.fullmatch(before):
                problem = "put a word before this place: what follows a comment that opens a line is not rendered"
        if problem:
            self.findings.append(Finding(page.path, line, problem))
        reason = f" (none: {none})" if none else ""
        return f"<!-- {kind}: {name}{reason} -->{made}<!-- end -->"

    def _table(self, name: str) -> tuple[str, str]:
        if name not in self.tables:
            return f"there is no table {name}: there are {', '.join(sorted(self.tables))}", ""
        return "", "\n\n" + "\n".join(self.tables[name]()) + "\n\n"

    def _tests(self, page: Source, claim: str, none: str | None) -> tuple[str, str]:
        shown = self.shown.get(claim, ())
        if none:
            return f"the page says that no test shows {claim}, but one does" if shown else "", f"no test: {none}"
        if not any(not one.without for one in shown):
            return f'no test shows {claim}: mark one, or write "(none: REASON)" behind the claim', ""
        return "", "<br>".join(_lines(shown, page.path.parent))


def fill(
    pages: Sequence[Source], tests: Sequence[Source], tables: Mapping[str, Table]
) -> tuple[list[str], list[Finding]]:
    """Return the text that each page should have, and all that is wrong with places and markers."""
    said = list(read(tests))
    shown = sorted((one for one in said if isinstance(one, Shown)), key=lambda one: one.claim)
    by_claim = {claim: list(ones) for claim, ones in groupby(shown, key=lambda one: one.claim)}
    filling = Filling(by_claim, tables, [one for one in said if isinstance(one, Finding)])
    texts = [filling.page(page) for page in pages]
    filled = {kind: {name for of, name in filling.filled if of == kind} for kind in ("tests", "table")}
    for claim in sorted(by_claim.keys() - filled["tests"]):
        first = by_claim[claim][0]
        filling.findings.append(Finding(first.path, first.line, f"no page has a place for the claim {claim}"))
    for name in sorted(tables.keys() - filled["table"]):
        filling.findings.append(Finding(PurePosixPath("docs"), 1, f"no page has a place for the table {name}"))
    return texts, filling.findings


def _lines(shown: Iterable[Shown], folder: PurePosixPath) -> Iterator[str]:
    """Yield a line for each file: a link to it and the names of its tests; those without a wall last."""
    ordered = sorted(shown, key=lambda one: (one.without, one.path, one.line))
    for (without, path), ones in groupby(ordered, key=lambda one: (one.without, one.path)):
        names = ", ".join(filter(None, map(_name, ones)))
        link = f"[{path}]({os.path.relpath(path, folder)})"
        yield (f"without {without}: " if without else "") + link + (f": {names}" if names else "")


def _name(one: Shown) -> str:
    return " ".join(filter(None, (one.test and f"`{one.test}`", one.fails and f"({one.fails})")))
