"""Hits for tests, written as texts."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tenancy.ids import ChunkId, DocumentId
from tenancy.index.hits import Hit
from tenancy.values.layout import Layout, Rows
from tests.tenancy.conftest import a, b, folder, home

__all__ = ["a", "b", "folder", "home", "make_hits"]

MakeHits = Callable[..., tuple[Hit, ...]]


def _hits(*texts: str, similarity: float = 0.7) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            chunk_id=ChunkId(f"chk_{place}"),
            document_id=DocumentId(f"doc_{place}"),
            document_name=f"file-{place}.txt",
            ordinal=0,
            text=text,
            start=1000 * place,
            end=1000 * place + len(text),
            score=1.0 / place,
            similarity=similarity,
            layout=Layout(((1000 * place, place),)),
        )
        for place, text in enumerate(texts, start=1)
    )


def of_table(hit: Hit, header: tuple[str, ...], sheet: str = "", *, repeats: bool = False) -> Hit:
    """Return `hit` as rows of one table; with `repeats` its first line is the header."""
    first = hit.text.index("\n") + 1 if repeats else 0
    return replace(hit, layout=replace(hit.layout, rows=(Rows(hit.start + first, hit.end, header, sheet),)))


@pytest.fixture
def make_hits() -> MakeHits:
    return _hits
