"""What the cells of an XLSX workbook refer to: its shared texts, and the number formats of its styles."""

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from ingestion.formats.office.namespaces import Element, local_name
from ingestion.formats.tables.records import cell_line
from ingestion.formats.tables.values import BUILT_IN, GENERAL, show

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLAIN: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{0,8}[1-9])?")
_PLAIN_CHARS: Final = 11
_MOST_REMEMBERED: Final = 100_000


def streamed(data: bytes, *names: str) -> Iterator[Element]:
    """Yield the elements of an XML part that are called one of `names`, as they end. Raises XMLSyntaxError."""
    tags = tuple(f"{{*}}{name}" for name in names)
    parsing = etree.iterparse(
        io.BytesIO(data), events=("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
    )
    for _, element in parsing:
        yield element


def freed(element: Element) -> None:
    """Give back the memory of `element` and of what stands before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def rich_text(element: Element) -> str:
    """Return the text of a shared or an inline string on one line, without what is written above it to be read out."""
    parts: list[str] = []
    for child in element:
        name = local_name(child)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [each.text or "" for each in child.iterchildren("{*}t")]
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """Return `text` on one line, with the letters that XML cannot hold, written as _x000D_."""
    return cell_line(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text)


def shared_texts(data: bytes) -> tuple[list[str], bool]:
    """Return the shared strings of a workbook, and whether all could be read."""
    texts: list[str] = []
    try:
        for element in streamed(data, "si"):
            texts.append(rich_text(element))
            freed(element)
    except etree.XMLSyntaxError:
        return texts, False
    return texts, True


class CellStyles:
    """The number formats of a workbook's cells by the number of their style, and numbers shown by them."""

    def __init__(self, root: Element | None, *, since_1904: bool) -> None:
        """Take the styles part, None where there is none."""
        self._since_1904 = since_1904
        self.codes: list[str] = []
        self._shown: dict[tuple[str, int], str] = {}
        if root is None:
            return
        own = {each.get("numFmtId", ""): each.get("formatCode", "") for each in root.iter("{*}numFmt")}
        cells = root.find("{*}cellXfs")
        for each in () if cells is None else cells.iterchildren("{*}xf"):
            number = each.get("numFmtId", "0")
            built_in = BUILT_IN.get(int(number), GENERAL) if number.isdecimal() else GENERAL
            self.codes.append(own.get(number) or built_in)

    def code(self, style: int) -> str:
        """Return the number format of a style."""
        return self.codes[style] if 0 <= style < len(self.codes) else GENERAL

    def shown(self, number: str, style: int) -> str:
        """Return a `number` as it is written in the file as a cell of a style shows it."""
        known = self._shown.get((number, style))
        if known is not None:
            return known
        code = self.code(style)
        if code == GENERAL and len(number) <= _PLAIN_CHARS and _PLAIN.fullmatch(number):
            return number
        try:
            text = cell_line(show(float(number), code, since_1904=self._since_1904))
        except ValueError:
            text = cell_line(number)
        if len(self._shown) < _MOST_REMEMBERED:
            self._shown[number, style] = text
        return text

    def days(self, moment: datetime) -> float:
        """Return a moment as the number of days that a cell holds for it."""
        start = datetime(1904, 1, 1) if self._since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - no zones here
        return (moment.replace(tzinfo=None) - start) / timedelta(days=1)
