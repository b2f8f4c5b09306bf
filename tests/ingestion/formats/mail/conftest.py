"""Reading a message that a test made, in a folder of its own as a parser has one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.content import Content
from ingestion.parse.outcome import Limits

ReadMail = Callable[..., Content]


@pytest.fixture
def read_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReadMail:
    """Return a function that reads bytes as a format of mail."""
    monkeypatch.chdir(tmp_path)

    def read(raw: bytes, kind: str = "eml") -> Content:
        path = tmp_path / f"document.{kind}"
        path.write_bytes(raw)
        return FORMATS.named(kind).read(path, Limits())

    return read
