"""Charts of Office files as tables: their categories are rows, their series columns."""

from collections.abc import Iterator
from typing import Final

from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import from_excel

from ingestion.formats.content import Passage, Table, TableRow, WarningCode
from ingestion.formats.office.namespaces import CX, A, C, Element, local_name
from ingestion.formats.office.package import Package, numbered

_DIGITS: Final = 15  # a double holds no more; the rest is noise of the binary


def read_chart(package: Package, part: str, page: int | None = None) -> list[Passage | Table]:
    """Return the table of a chart with its title as the caption, and what else is written in the chart."""
    called = numbered("chart", part)
    root = package.root(part, called, page)
    if root is None:
        return []
    title = root.find(f"{C}chart/{C}title")
    caption = _label(title)
    if root.tag.startswith(CX):
        title = root.find(f"{CX}chart/{CX}title")
        caption = _label(title)
        tables = list(_extended(root, caption, page))
    else:
        tables = list(_tables(root, caption, page))
    if not tables and next(root.iter(f"{C}ser", f"{CX}series"), None) is not None:
        package.warn(WarningCode.PART_UNREAD, called, page)
    labels = _others(root, title, used={name for table in tables for name in table.header})
    if caption and not tables:
        labels.insert(0, caption)
    return [*tables, *(Passage(text, page=page) for text in labels)]


def _tables(root: Element, caption: str, page: int | None) -> Iterator[Table]:
    series = list(root.iter(f"{C}ser"))
    categories = [_points(each, "cat", "xVal") for each in series]
    first = next(iter(filter(None, categories)), {})
    axis = _axis(root)
    names = [_name(each) for each in series]
    values = [_points(each, "val", "yVal") for each in series]
    sizes = [_points(each, "bubbleSize") for each in series]
    if not any(values):
        return
    if all(each in ({}, first) for each in categories) and not any(sizes):
        yield _table([first, *values], (axis, *names), caption, page)
        return
    for name, *columns in zip(names, categories, values, sizes, strict=True):
        shown = [column for column in columns if column]
        yield _table(shown, (axis, name, "")[: len(shown)], caption, page)


def _table(columns: list[dict[int, str]], header: tuple[str, ...], caption: str, page: int | None) -> Table:
    if not columns[0]:
        columns, header = columns[1:], header[1:]
    places = sorted(set().union(*columns))
    rows = [TableRow(tuple(column.get(place, "") for column in columns), page) for place in places]
    return Table(rows, header if any(header) else (), caption, page=page)


def _name(series: Element) -> str:
    return " ".join(each.text or "" for each in series.iterfind(f"{C}tx//{C}v")).strip()


def _axis(root: Element) -> str:
    for kind in ("catAx", "dateAx"):
        axis = root.find(f"{C}chart/{C}plotArea/{C}{kind}/{C}title")
        if axis is not None:
            return _label(axis)
    return ""


def _label(title: Element | None) -> str:
    if title is None:
        return ""
    paragraphs = [_paragraph(each) for each in title.iter(f"{A}p")]
    cached = [each.text or "" for each in title.iter(f"{C}v", f"{CX}v")]
    return " ".join(" ".join(paragraphs if any(paragraphs) else cached).split())


def _paragraph(paragraph: Element) -> str:
    return "".join(each.text or "" if each.tag == f"{A}t" else " " for each in paragraph.iter(f"{A}t", f"{A}br"))


def _others(root: Element, title: Element | None, used: set[str]) -> list[str]:
    # Titles of axes and labels of single points; what stands in the table already is left out.
    own = set() if title is None else set(title.iter(f"{A}p"))
    texts = (" ".join(_paragraph(each).split()) for each in root.iter(f"{A}p") if each not in own)
    return list(dict.fromkeys(text for text in texts if text and text not in used))


def _points(series: Element, *names: str) -> dict[int, str]:
    for name in names:
        data = series.find(f"{C}{name}")
        if data is None:
            continue
        levels = list(data.iter(f"{C}lvl"))
        if levels:
            return _nested([_cached(level, "") for level in levels])
        return _cached(data, data.findtext(f".//{C}formatCode") or "")
    return {}


def _cached(data: Element, code: str) -> dict[int, str]:
    found = {}
    for point in data.iter(f"{C}pt"):
        place, value = point.get("idx", ""), point.findtext(f"{C}v")
        if place.isdecimal() and value is not None:
            is_number = local_name(point.getparent()).startswith("num")
            found[int(place)] = shown(value, point.get("formatCode") or code) if is_number else " ".join(value.split())
    return found


def _nested(levels: list[dict[int, str]]) -> dict[int, str]:
    # The first level is the innermost one; a name of an outer one holds until the next.
    inner, *outer = levels
    found = {}
    current = [""] * len(outer)
    for place in sorted(set().union(*levels)):
        current = [level.get(place, before) for level, before in zip(outer, current, strict=True)]
        if place in inner:
            found[place] = " ".join(filter(None, [*reversed(current), inner[place]]))
    return found


def shown(value: str, code: str) -> str:
    """Return a number of a chart as its format shows dates and percent, and without the noise of its binary."""
    try:
        number = float(value)
        if is_date_format(code) and "general" not in code.lower():
            return f"{from_excel(number):{'%Y-%m-%d' if number == int(number) else '%Y-%m-%d %H:%M'}}"
        if "%" in code:
            return f"{number * 100:.{_places(code)}f}%"
    except (ValueError, OverflowError, AttributeError, TypeError):
        return value.strip()
    return f"{number:.{_DIGITS}g}" if "e" not in f"{number:.{_DIGITS}g}" else value.strip()


def _places(code: str) -> int:
    before = code.partition("%")[0]
    return min(len(before.rpartition(".")[2]), _DIGITS) if "." in before else 0


def _extended(root: Element, caption: str, page: int | None) -> Iterator[Table]:
    # Waterfalls, tree maps and their like: what they show is kept apart from how they show it.
    names = {
        each.get("val"): _label(series.find(f"{CX}tx"))
        for series in root.iter(f"{CX}series")
        for each in series.iter(f"{CX}dataId")
    }
    for data in root.iter(f"{CX}data"):
        columns = [_dimension(each) for each in data.iterchildren(f"{CX}strDim", f"{CX}numDim")]
        if any(columns):
            header = (*[""] * (len(columns) - 1), names.get(data.get("id"), ""))
            yield _table(columns, header, caption, page)


def _dimension(dimension: Element) -> dict[int, str]:
    levels = []
    for level in dimension.iterchildren(f"{CX}lvl"):
        code = level.get("formatCode", "")
        points = {
            int(each.get("idx")): each.text or "" for each in level.iter(f"{CX}pt") if each.get("idx", "").isdecimal()
        }
        is_number = local_name(dimension) == "numDim"
        levels.append({place: shown(text, code) if is_number else text for place, text in points.items()})
    return _nested(levels) if levels else {}
