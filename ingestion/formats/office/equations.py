"""Equations of Office files (OMML) as one line that reads as it is said: `d=3.57`, `(a+b)/c`, `x^2`."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ingestion.formats.office.namespaces import MC, A, Element, M, W, chosen

_ATOM: Final = re.compile(r"[\w.,%°\u2032\u2033∞]*|[(\[{|].*[)\]}|]|.", re.DOTALL)
_NOT_SHOWN: Final = frozenset({f"{W}del", f"{W}moveFrom", f"{M}ctrlPr", f"{W}rPr", f"{A}rPr"})
_COMBINING: Final = {
    "^": "\u0302",
    "~": "\u0303",
    "\u02dc": "\u0303",
    "¯": "\u0304",
    "‾": "\u0304",
    "→": "\u20d7",
    "˙": "\u0307",
}


def linear(equation: Element) -> str:
    """Return what is under an m:oMath or m:oMathPara as a line."""
    return " ".join(_all(equation).split())


def _all(element: Element | None) -> str:
    if element is None:
        return ""
    return "".join(_one(child) for child in element)


def _one(element: Element) -> str:
    tag = element.tag
    if tag in _NOT_SHOWN or not isinstance(tag, str) or tag.endswith("Pr"):
        return ""
    if tag in {f"{M}t", f"{W}t", f"{A}t"}:
        return element.text or ""
    if tag in {f"{M}oMath", f"{W}br"}:
        return f"{_all(element)} "
    if tag == f"{MC}AlternateContent":
        return _all(chosen(element))
    write = _WRITERS.get(tag.removeprefix(M)) if tag.startswith(M) else None
    return write(element) if write else _all(element)


def _part(element: Element, name: str) -> str:
    return _all(element.find(f"{M}{name}")).strip()


def _property(element: Element, name: str, usual: str) -> str:
    # A property that stands there without a value is an empty one: no delimiter, no operator.
    found = element.find(f"{element.tag}Pr/{M}{name}")
    return usual if found is None else str(found.get(f"{M}val", ""))


def _closed(text: str) -> str:
    return text if _ATOM.fullmatch(text) and not _falls_apart(text) else f"({text})"


def _falls_apart(text: str) -> bool:
    # "(a)+(b)" begins and ends with brackets that do not belong together.
    depth = 0
    for letter in text[:-1]:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and text[0] in "([{":
            return True
    return False


def _fraction(element: Element) -> str:
    above, below = _closed(_part(element, "num")), _closed(_part(element, "den"))
    return f"({above} over {below})" if _property(element, "type", "bar") == "noBar" else f"{above}/{below}"


def _scripts(element: Element) -> str:
    return f"{_closed(_part(element, 'e'))}{_script('_', element, 'sub')}{_script('^', element, 'sup')}"


def _scripts_before(element: Element) -> str:
    return f"{_script('_', element, 'sub')}{_script('^', element, 'sup')} {_part(element, 'e')}"


def _script(mark: str, element: Element, name: str) -> str:
    text = _part(element, name)
    return f"{mark}{_closed(text)}" if text else ""


def _root(element: Element) -> str:
    degree = _part(element, "deg")
    return f"{f'[{degree}]' if degree else ''}√{_closed(_part(element, 'e'))}"


def _operator(element: Element) -> str:
    sign = _property(element, "chr", "∫")
    return f"{sign}{_script('_', element, 'sub')}{_script('^', element, 'sup')} {_part(element, 'e')}"


def _delimited(element: Element) -> str:
    inside = _property(element, "sepChr", "|").join(_all(each).strip() for each in element.iterchildren(f"{M}e"))
    return f"{_property(element, 'begChr', '(')}{inside}{_property(element, 'endChr', ')')}"


def _function(element: Element) -> str:
    of = _part(element, "e")
    return f"{_part(element, 'fName')}{'' if of.startswith('(') else ' '}{of}"


def _accented(element: Element) -> str:
    sign = _property(element, "chr", "\u0302")
    sign = _COMBINING.get(sign, sign)
    text = _part(element, "e")
    return f"{text}{sign}" if len(text) == 1 and unicodedata.combining(sign[:1] or "x") else f"{_closed(text)}{sign}"


def _barred(element: Element) -> str:
    text = _part(element, "e")
    return f"{text}\u0304" if len(text) == 1 else _closed(text)


def _limit(mark: str) -> Callable[[Element], str]:
    return lambda element: f"{_closed(_part(element, 'e'))}{_script(mark, element, 'lim')} "


def _grouped(element: Element) -> str:
    return _part(element, "e")


def _phantom(element: Element) -> str:
    return "" if _property(element, "show", "1") in {"0", "off", "false"} else _part(element, "e")


def _matrix(element: Element) -> str:
    rows = (
        ", ".join(_all(cell).strip() for cell in row.iterchildren(f"{M}e")) for row in element.iterchildren(f"{M}mr")
    )
    return f"[{'; '.join(rows)}]"


def _lines(element: Element) -> str:
    return "; ".join(_all(line).strip() for line in element.iterchildren(f"{M}e"))


_WRITERS: Final[Mapping[str, Callable[[Element], str]]] = MappingProxyType(
    {
        "f": _fraction,
        "sSup": _scripts,
        "sSub": _scripts,
        "sSubSup": _scripts,
        "sPre": _scripts_before,
        "rad": _root,
        "nary": _operator,
        "d": _delimited,
        "func": _function,
        "acc": _accented,
        "bar": _barred,
        "limLow": _limit("_"),
        "limUpp": _limit("^"),
        "groupChr": _grouped,
        "phant": _phantom,
        "m": _matrix,
        "eqArr": _lines,
    }
)
