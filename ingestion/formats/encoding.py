"""Which characters a file of text means."""

import codecs
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES: Final = 4096
_MANY: Final = 0.3
_FEW: Final = 0.05
_PRINTABLE_CONTROLS: Final = frozenset(b"\t\n\r\f\x1b\b\x0b\x1a")
_FIRST_PRINTABLE: Final = 0x20


def encoding_of(raw: bytes) -> str:
    """Return the encoding of `raw`: by its mark, by where its zero bytes stand, UTF-8 if it is that, else Windows 1252.

    A Windows code page is the last guess because every byte means something in it, and of these it is the likeliest.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name
    sample = raw[:_SAMPLE_BYTES]
    half = max(1, len(sample) // 2)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > _MANY and even < _FEW:
        return "utf-16-le"
    if even > _MANY and odd < _FEW:
        return "utf-16-be"
    return "utf-8" if _is_utf8(raw) else "cp1252"


def decode(raw: bytes, *, declared: str | None = None, partial: bool = False) -> str:
    """Decode `raw` without its mark and without NUL; `declared` is used where the bytes themselves do not decide.

    Never raises: what an encoding cannot mean becomes U+FFFD. With `partial`, `raw` may end inside a character.
    """
    name = encoding_of(raw[:-4] if partial and len(raw) > _SAMPLE_BYTES else raw)
    if name == "cp1252" and declared is not None:
        try:
            name = codecs.lookup(declared).name
        except LookupError:
            name = "cp1252"
    mark = next((mark for mark, _name in _MARKS if raw.startswith(mark)), b"")
    return raw[len(mark) :].decode(name, errors="replace").replace("\0", "")


def looks_like_text(head: bytes) -> bool:
    """Whether the start of a file holds text in some encoding rather than binary data."""
    sample = head[:_SAMPLE_BYTES]
    if encoding_of(sample) not in {"utf-8", "cp1252"} or sample.startswith(codecs.BOM_UTF8):
        return True
    controls = sum(byte < _FIRST_PRINTABLE and byte not in _PRINTABLE_CONTROLS for byte in sample)
    return b"\0" not in sample and controls <= len(sample) * _FEW


def _is_utf8(raw: bytes) -> bool:
    # A decoder that may be continued: the sample of a file's start can end inside a character.
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return False
    return True
