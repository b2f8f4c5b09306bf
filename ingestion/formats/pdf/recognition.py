"""Text recognition with the tesseract program: a picture in, paragraphs out."""

import io
import shutil
import subprocess
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Final

from PIL import Image

from ingestion.formats.pdf.text.hyphens import Joiner

_PROGRAM: Final = "tesseract"
_MOST_LANGUAGES: Final = 6
_FIELDS: Final = 12
_SURE: Final = 20.0
_SECONDS: Final = 120
_SIDE: Final = 6_000


def is_installed() -> bool:
    """Tell whether text can be recognised here."""
    return shutil.which(_PROGRAM) is not None


def recognise(picture: Image.Image) -> list[str]:
    """Return the paragraphs that `picture` shows; none where it shows no text or takes too long."""
    picture = picture.convert("L")
    picture.thumbnail((_SIDE, _SIDE))
    packed = io.BytesIO()
    picture.save(packed, "PNG", compress_level=1)
    languages, turns = _languages()
    command = [_PROGRAM, "stdin", "stdout", "-l", languages, "--psm", "1" if turns else "3", "tsv"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no text of the document among its arguments
            command, input=packed.getvalue(), capture_output=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return []
    return _paragraphs(done.stdout.decode("utf-8", "replace"))


@lru_cache(maxsize=1)
def _languages() -> tuple[str, bool]:
    """Return the languages that are installed, English first, and whether pages on their side can be told."""
    done = subprocess.run(  # noqa: S603 - the same program, asked what it has
        [_PROGRAM, "--list-langs"], capture_output=True, check=False, timeout=_SECONDS
    )
    names = [line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines()[1:]]
    spoken = sorted(
        (name for name in names if name and name not in {"osd", "equ", "snum"}), key=lambda name: (name != "eng", name)
    )
    return "+".join(spoken[:_MOST_LANGUAGES]) or "eng", "osd" in names


def _paragraphs(table: str) -> list[str]:
    words = []
    for line in table.splitlines()[1:]:
        fields = line.split("\t", _FIELDS - 1)
        if len(fields) == _FIELDS and fields[0] == "5" and fields[11].strip() and float(fields[10]) >= _SURE:
            words.append((tuple(map(int, fields[2:4])), int(fields[4]), fields[11].strip()))
    joiner = Joiner()
    for _, _, word in words:
        joiner.learn(word)
    found = []
    for _, paragraph in groupby(words, key=lambda word: word[0]):
        lines = [" ".join(word[2] for word in line) for _, line in groupby(paragraph, key=lambda word: word[1])]
        parts: list[str] = []
        for before, after in pairwise(lines):
            parts += joiner.join(before, after)
        found.append("".join([*parts, lines[-1]]))
    return found
