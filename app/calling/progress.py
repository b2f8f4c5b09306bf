"""A progress bar on standard error where that is a terminal; nothing otherwise."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


@final
class Bar:
    """One bar, moved by `step`."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        """Move `task` of `progress`."""
        self._progress = progress
        self._task = task

    def step(self, by: int = 1) -> None:
        """Move on."""
        self._progress.advance(self._task, by)


@contextmanager
def bar(title: str, total: int) -> Iterator[Bar]:
    """Show a bar of `total` steps while the block runs."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        yield Bar(progress, progress.add_task(title, total=total))
