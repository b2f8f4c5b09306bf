"""Undoing what a part was encoded in for its transfer; errors in it cost no more than they must."""

import binascii
import re
from collections.abc import Iterator
from typing import Final

_FOREIGN: Final = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING: Final = re.compile(rb"=+")
_BLANKS_AFTER_SOFT_BREAK: Final = re.compile(rb"=[ \t]+(?=\r?\n)")
_QUANTUM: Final = 4
_UU_LINE: Final = 45
UU_BEGIN: Final = re.compile(r"^begin(?:-base64)? [0-7]{3,4} ([^\n]+)$", re.MULTILINE)
"""How a file that stands in a text begins, with its name."""


def decode_transfer(raw: bytes, encoding: str) -> bytes:
    """Return `raw` without its transfer encoding, of which an unknown one means none."""
    if "base64" in encoding:
        return decode_base64(raw)
    if "quoted" in encoding:
        return binascii.a2b_qp(_BLANKS_AFTER_SOFT_BREAK.sub(b"=", raw))
    if "uu" in encoding:
        return decode_uu(raw)
    return raw


def decode_base64(raw: bytes) -> bytes:
    """Decode as much as there is: foreign characters are passed over, padding may be missing or stand in the middle."""
    return b"".join(_runs(_FOREIGN.sub(b"", raw)))


def _runs(letters: bytes) -> Iterator[bytes]:
    for run in _PADDING.split(letters):
        whole = run if len(run) % _QUANTUM != 1 else run[:-1]
        yield binascii.a2b_base64(whole + b"=" * (-len(whole) % _QUANTUM))


def decode_uu(raw: bytes) -> bytes:
    """Decode the lines of a uuencoded file, with or without its first and last."""
    return b"".join(_uu_line(line) for line in raw.splitlines() if line and not line.startswith((b"begin ", b"end")))


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders count wrongly: the first character says how many bytes there are.
        length = (line[0] - 32) & 63
        try:
            return binascii.a2b_uu(line[: 1 + -(-length * 4 // 3)])
        except binascii.Error:
            return b""
