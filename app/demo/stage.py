"""What the demonstration shows on the terminal, and whether every step held."""

from collections.abc import Mapping
from typing import Any, Final, final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_WIDTH: Final = 100
_LONGEST_ANSWER: Final = 360


@final
class Stage:
    """Prints the acts and keeps count of what did not hold."""

    def __init__(self) -> None:
        """Nothing has failed yet."""
        self._console = Console(width=_WIDTH, highlight=False, soft_wrap=False)
        self._broken: list[str] = []

    @property
    def broken(self) -> list[str]:
        """What did not hold, in order."""
        return list(self._broken)

    def act(self, title: str) -> None:
        """Begin an act."""
        self._console.print()
        self._console.print(Text(title, style="bold"))

    def note(self, sentence: str) -> None:
        """Say something by the way."""
        self._console.print(Padding(Text(sentence, style="dim"), (0, 0, 0, 2)))

    def held(self, sentence: str, *, holds: bool) -> None:
        """Print a check with its outcome."""
        mark = Text("  ✓ ", style="green") if holds else Text("  ✗ ", style="bold red")
        self._console.print(mark.append(Text(sentence, style="default" if holds else "red")))
        if not holds:
            self._broken.append(sentence)

    def answered(self, question: str, answer: Mapping[str, Any], *, holds: bool) -> None:
        """Print a question, its answer, and where the answer stands."""
        self.held(question, holds=holds)
        text = (
            answer["answer"] if len(answer["answer"]) <= _LONGEST_ANSWER else answer["answer"][:_LONGEST_ANSWER] + "…"
        )
        self._console.print(Padding(Text(" ".join(text.split())), (0, 0, 0, 4)))
        for citation in answer["citations"][:3]:
            page = "" if citation["page"] is None else f", page {citation['page']}"
            source = f"[{citation['marker']}] {citation['document_name']}{page}"
            self._console.print(Padding(Text(source, style="cyan"), (0, 0, 0, 4)))

    def table(self, title: str, rows: Mapping[str, str]) -> None:
        """Print names with their values."""
        table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False, padding=(0, 2))
        for name, value in rows.items():
            table.add_row(Text(name, style="dim"), Text(value))
        self._console.print(Padding(table, (0, 0, 0, 4)))
