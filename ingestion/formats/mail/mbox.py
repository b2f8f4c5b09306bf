"""Files of several messages (mbox, RFC 4155): each begins with a line `From `, sender and date."""

import re
from collections.abc import Iterator
from typing import Final

_FROM: Final = re.compile(rb"^From [^\n]{0,300}\d\d:\d\d[^\n]{0,100}\n(?=[!-9;-~]{1,100}:|>From )", re.MULTILINE)
_ESCAPED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)


def messages_of(raw: bytes) -> Iterator[bytes]:
    """Yield the messages of a file: one, unless it begins as a file of several does."""
    starts = [line.start() for line in _FROM.finditer(raw)] if raw.lstrip()[:5] == b"From " else []
    if not starts:
        yield raw
        return
    for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
        yield _ESCAPED.sub(rb"\1", raw[start:end])
