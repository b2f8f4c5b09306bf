"""The marks within a paragraph of reStructuredText: what is left of them when it is shown."""

import re
from collections.abc import Mapping
from typing import Final

_MARK: Final = re.compile(
    r"``(?P<literal>[^\n]+?)``(?!`)"
    r"|(?<![\w:]):(?P<role>[\w:+.-]{1,60}):`(?P<text>[^`]+)`"
    r"|(?P<inside>_?)`(?P<name>[^`]+)`(?::[\w:+.-]{1,60}:)?_{0,2}"
    r"|(?<![\w*])\*\*(?P<strong>[^\s*][^*]*)\*\*(?!\w)"
    r"|(?<![\w*])\*(?P<emphasis>[^\s*][^*]*)\*(?![\w*])"
    r"|\|(?P<substitution>[^\s|][^|]{0,200})\|_{0,2}"
    r"|\[(?P<note>[^\]\s]{1,80})\]_(?!\w)"
    r"|(?<![\w`])(?P<target>\w[\w.+-]{0,100}?)__?(?![\w`])"
    r"|\\(?P<escaped>.)",
    re.DOTALL,
)
_ADDRESS: Final = re.compile(r"\s*<[^<>]*>\s*\Z")


def shown(text: str, substitutions: Mapping[str, str], targets: frozenset[str]) -> str:
    """Return `text` without its marks; a name with an underscore is a link where `targets` has it."""

    def plain(found: re.Match[str]) -> str:  # noqa: PLR0911 - one for each mark
        parts = found.groupdict()
        if parts["text"] is not None:
            return f"${parts['text']}$" if parts["role"] == "math" else _label(parts["text"])
        if parts["name"] is not None:
            return _label(parts["name"])
        if parts["note"] is not None:
            return f"[{parts['note'].lstrip('#') or '#'}]"
        if parts["escaped"] is not None:
            return parts["escaped"].strip()
        if parts["substitution"] is not None:
            return substitutions.get(parts["substitution"].lower(), found.group())
        if parts["target"] is not None:
            return parts["target"] if parts["target"].lower() in targets else found.group()
        return parts["literal"] or parts["strong"] or parts["emphasis"] or ""

    return " ".join(_MARK.sub(plain, text).split())


def _label(text: str) -> str:
    label = _ADDRESS.sub("", text).strip()
    return (label or text.strip(" <>")).lstrip("!~")
