"""The file name of a form's part that is given as `filename*` (RFC 5987, now RFC 8187)."""

import re
from typing import Final

_LONGEST: Final = 8192  # bytes of the header: some charsets take time that grows with the square of a name
_PARAMETER: Final = re.compile(rb';[ \t]*([^\s=;"]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_VALUE: Final = re.compile(r"([^']*)'[^']*'(.*)", re.DOTALL)
_ENCODED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def extended_name(disposition: bytes) -> str | None:
    """Return the name that a Content-Disposition gives as `filename*`; None where there is none that can be read.

    The charset is any that Python knows, the value with or without quotes. What cannot be read (an unknown charset, a
    broken percent sign, bytes that are none of the charset's) is left to the plain `filename`.
    """
    if len(disposition) > _LONGEST:
        return None
    for name, value in _PARAMETER.findall(disposition):
        if name.lower() == b"filename*":
            return _decoded(value.strip(b' \t"').decode("latin-1"))
    return None


def _decoded(value: str) -> str | None:
    parts = _VALUE.fullmatch(value)
    if parts is None or _BROKEN.search(parts[2]):
        return None
    raw = _ENCODED.sub(lambda found: bytes([int(found[1], 16)]), parts[2].encode("latin-1"))
    try:
        return raw.decode(parts[1].strip() or "utf-8") or None
    except (LookupError, UnicodeError, ValueError):
        return None
