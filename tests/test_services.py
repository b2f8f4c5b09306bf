"""A missing program skips a test and says how to install it, and fails where nothing may be skipped."""

from pathlib import Path

import pytest

from tests.services import locate, requires


def test_a_program_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert requires("redis-server") == program.resolve()


def test_a_missing_program_skips_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    assert locate("pdftotext") is None
    with pytest.raises(pytest.skip.Exception, match="apt-get install poppler-utils"):
        requires("pdftotext")


def test_a_missing_program_fails_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install tesseract-ocr"):
        requires("tesseract")
