"""Enriched text (RFC 1896) and its forerunner richtext (RFC 1341), which old mail programs wrote."""

import re
from typing import Final

_PARAMETERS: Final = re.compile(r"<param>.{0,300}?</param>|<comment>.{0,300}?</comment>", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"</?[A-Za-z0-9-]{1,60}>")
_ESCAPED: Final = re.compile(r"<<")
_LINE_ENDS: Final = re.compile(r"\n+")
_BREAK: Final = re.compile(r"<(?:nl|np|/?paragraph)>", re.IGNORECASE)
_LESS_THAN: Final = re.compile(r"<lt>", re.IGNORECASE)
_KEPT: Final = "\0"


def enriched_text(text: str) -> str:
    """Return enriched text without its formatting: one line end is a space, several part paragraphs."""
    text = _PARAMETERS.sub("", text.replace("\r\n", "\n"))
    text = _TAG.sub("", _ESCAPED.sub(_KEPT, text)).replace(_KEPT, "<")
    return _LINE_ENDS.sub(lambda run: " " if len(run.group()) == 1 else "\n\n", text)


def rich_text(text: str) -> str:
    """Return richtext without its formatting: a line ends where a command says so, and nowhere else."""
    text = _PARAMETERS.sub("", text.replace("\r\n", "\n")).replace("\n", " ")
    text = _LESS_THAN.sub(_KEPT, _BREAK.sub("\n\n", text))
    return _TAG.sub("", text).replace(_KEPT, "<")
