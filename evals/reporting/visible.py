"""Text of the target made safe to show: characters that steer a terminal, a reader or a parser become visible."""

import unicodedata
from typing import Final

_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that show nothing themselves: controls, format and bidirectional marks, surrogates, unassigned."""


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return `text` with every steering character spelled as `\u{…}`; line feeds and tabs may stay in `lines`.

    What is left is legal in XML 1.0 and cannot turn the text around it (CVE-2021-42574).
    """
    return "".join(_shown(one, lines=lines) for one in text)


def _shown(one: str, *, lines: bool) -> str:
    if unicodedata.category(one) not in _STEERING or (lines and one in "\n\t"):
        return one
    return f"\\u{{{ord(one):x}}}"
