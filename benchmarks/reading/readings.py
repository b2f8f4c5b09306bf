"""What the reader of a file's format makes of it, in a process of its own."""

import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from benchmarks.reading.words import words_in_all
from ingestion.formats.content import Content, Passage, ReadingWarning, Table
from ingestion.formats.extract import warm_up
from ingestion.formats.record import Format
from ingestion.formats.refusals import refuse
from ingestion.parse.damage import damage_reported
from ingestion.parse.outcome import Limits, ParseFailed

_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class FileReading:
    """What was read: the texts by page (0 where it has none), the warnings, processor seconds, why nothing was."""

    texts: Mapping[int, Sequence[str]]
    warnings: Sequence[tuple[str, str]]
    seconds: float
    code: str = ""


class Readers:
    """The readers, loaded once; each file is read in a fork, as the service does."""

    def __init__(self) -> None:
        warm_up()

    def read(self, path: Path, kind: Format) -> FileReading:
        """Read the file at `path`. A reader that takes too long or ends its process is a code as well."""
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder, "answer.json")
            fork = multiprocessing.get_context("fork").Process(target=_answer, args=(path, kind, answer))
            fork.start()
            fork.join(_SECONDS)
            if fork.is_alive():
                fork.kill()
                fork.join()
                return FileReading({}, (), _SECONDS, "timed_out")
            if not answer.exists():
                return FileReading({}, (), 0.0, "crashed")
            told: dict[str, Any] = json.loads(answer.read_text())
        texts = {int(page): found for page, found in told.pop("texts").items()}
        return FileReading(texts, [(code, where) for code, where in told.pop("warnings")], **told)


def _by_page(content: Content) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {}
    for block in content.blocks:
        for page, text in _paged(block):
            texts.setdefault(page or 0, []).append(text)
    return texts


def _paged(block: Passage | Table) -> Iterator[tuple[int | None, str]]:
    if isinstance(block, Passage):
        starts = [(0, block.page), *block.breaks, (len(block.text), None)]
        for (start, page), (end, _next) in pairwise(starts):
            yield page, block.text[start:end]
        return
    yield block.page, "\n".join((block.caption, block.sheet, *block.header))
    for row in block.rows:
        yield row.page or block.page, "\n".join(row.cells)


def _warning(warning: ReadingWarning) -> tuple[str, str]:
    page = "" if warning.page is None else f"page {warning.page}"
    return str(warning.code), ", ".join(each for each in (warning.part, page) if each)


def _answer(path: Path, kind: Format, answer: Path) -> None:
    os.chdir(answer.parent)
    copy = Path(f"document.{kind.name}").absolute()
    copy.write_bytes(path.read_bytes())
    limits, began = Limits(), time.process_time()
    told: dict[str, object] = {"texts": {}, "warnings": []}
    try:
        with damage_reported(limits):
            refuse(copy, kind, limits)
            content = kind.read(copy, limits)
        told |= {"texts": _by_page(content), "warnings": [_warning(each) for each in content.warnings]}
        if not words_in_all(text for texts in _by_page(content).values() for text in texts):
            told["code"] = "no_text"
    except ParseFailed as failure:
        told["code"] = failure.code
    told["seconds"] = time.process_time() - began
    whole = answer.with_suffix(".part")
    whole.write_text(json.dumps(told))
    whole.rename(answer)
