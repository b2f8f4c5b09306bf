"""Write an answer of the service for a person to read."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any, Final

_WIDTH: Final = 100
_LONGEST_QUOTE: Final = 240


def readable(answer: Mapping[str, Any], indent: str = "") -> str:
    """Return the answer's text and, below it, each citation with its marker, document, page and quote."""
    lines = [_wrapped(answer["answer"], indent)]
    for citation in answer["citations"]:
        page = "" if citation["page"] is None else f", page {citation['page']}"
        head = f"[{citation['marker']}] {citation['document_name']}{page}: "
        lines.append(_wrapped(f"{head}“{_short(citation['quote'])}”", indent + "  "))
    return "\n".join(lines)


def _wrapped(text: str, indent: str) -> str:
    return "\n".join(
        fill(line, _WIDTH, initial_indent=indent, subsequent_indent=indent) for line in text.splitlines() or [""]
    )


def _short(quote: str) -> str:
    """Return a quote in one line, cut where it is long."""
    line = " ".join(quote.split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"
