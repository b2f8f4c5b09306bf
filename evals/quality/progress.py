"""A bar on standard error while something long runs, where that is a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO, final

_WIDTH: Final = 30


@final
class Bar:
    """So many steps done of so many."""

    def __init__(self, title: str, steps: int, stream: TextIO) -> None:
        """Take where to draw; nothing is drawn unless it is a terminal."""
        self._title, self._steps, self._stream = title, steps, stream
        self._shown = stream.isatty()
        self._done = 0

    def step(self) -> None:
        """Count one step."""
        self._done += 1
        if self._shown:
            filled = _WIDTH * self._done // max(1, self._steps)
            bar = "#" * filled + "." * (_WIDTH - filled)
            self._stream.write(f"\r{self._title:<28} [{bar}] {self._done}/{self._steps}")
            self._stream.flush()

    def close(self) -> None:
        """End the line."""
        if self._shown:
            self._stream.write("\n")


@contextmanager
def bar(title: str, steps: int, stream: TextIO | None = None) -> Iterator[Bar]:
    """Show a bar until the block ends."""
    shown = Bar(title, steps, sys.stderr if stream is None else stream)
    try:
        yield shown
    finally:
        shown.close()
