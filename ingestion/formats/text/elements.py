"""Walking the elements of a web page in reading order: paragraphs, headings, lists, lines, tables."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, final

from lxml import etree

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, Table
from ingestion.formats.text.hidden import Visibility, visibility_of
from ingestion.formats.text.markup import parse_markup
from ingestion.formats.text.tables import html_table, is_layout

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "summary", "legend"})
_LINES: Final = frozenset({"pre", "xmp", "listing", "plaintext"})
_BLOCKS: Final = frozenset(
    {"html", "body", "p", "div", "section", "article", "main", "nav", "header", "footer", "aside", "hgroup", "address"}
    | {"blockquote", "figure", "figcaption", "ul", "ol", "menu", "dir", "li", "dl", "dt", "dd", "form", "fieldset"}
    | {"details", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "center", "hr", "iframe", "dialog"}
    | {"search", "textarea", "svg", "object", "noframes", "multicol", "title", "desc", "text", "optgroup"}
    | _HEADINGS
    | _LINES
)
_SPACES: Final = re.compile(r"[ \t\r\n\f\v\u00a0\u2028\u2029\u3000]+")
_NOTHING: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")  # soft hyphens, and spaces without width
_SHORT: Final = 80
_MOST_FRAMES: Final = 3
_TEX: Final = frozenset({"application/x-tex", "tex", "latex", "text/x-tex"})


def html_blocks(text: str, *, frames: int = 0) -> tuple[list[Passage | Table], str | None]:
    """Return the blocks of a page of HTML or XHTML, and its title."""
    root = parse_markup(text)
    if root is None:
        return [], None
    titles = (each for each in root.iter("title", "{*}title") if local_name(each.getparent()) != "svg")
    title = next((" ".join(each.itertext()) for each in titles), None)
    return _Walk(visibility_of(root), frames).blocks_of(root), title


def element_blocks(root: etree._Element) -> list[Passage | Table]:
    """Return the blocks of elements that are those of a web page by their names."""
    return _Walk(Visibility()).blocks_of(root)


def local_name(element: etree._Element | None) -> str:
    """Return the name of an element in lower case without its namespace, "" for what is no element."""
    tag = None if element is None else element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


@final
class _Walk:
    """The blocks read so far, and the one that is being read."""

    def __init__(self, visibility: Visibility, frames: int = 0) -> None:
        self._visibility = visibility
        self._frames = frames
        self._blocks: list[Passage | Table] = []
        self._runs: list[str] = []  # text of the present block; line ends of it are breaks
        self._before = ""  # what stands before the next block: the number of an item, a term
        self._kinds: list[BlockKind] = [BlockKind.PROSE]
        self._verbatim = 0
        self._terms = 0
        self._lists: list[list[int]] = []

    def blocks_of(self, root: etree._Element) -> list[Passage | Table]:
        """Return the blocks of an element and all below it."""
        waiting: list[tuple[etree._Element, bool]] = [(root, False)]
        while waiting:
            element, leaving = waiting.pop()
            name = local_name(element)
            if leaving:
                self._end(element, name)
            elif name and not self._handled(element, name):
                self._start(element, name)
                self._add(element.text)
                waiting.append((element, True))
                waiting += [(child, False) for child in reversed(element)]
                continue
            if element is not root:
                self._add(element.tail)
        self._flush()
        self._give_up_before()
        return self._blocks

    def _handled(self, element: etree._Element, name: str) -> bool:
        """Read an element whose text is not that of its children; whether it was one."""
        if name == "script" and element.get("type", "").startswith("math/tex"):
            self._add(f"${element.text or ''}$")
        elif self._visibility.hides(element, name) or name in {"rp", "annotation"}:
            pass
        elif name == "table" and not is_layout(element):
            self._flush()
            self._give_up_before()
            self._blocks.append(html_table(element, self._inside, self._hides))
        elif name in _SPECIAL:
            text = _SPECIAL[name](element)
            self._add(text if name == "br" else f" {text} ") if text else None
        elif name == "iframe":
            self._frame(element)
        else:
            return False
        return True

    def _hides(self, element: etree._Element) -> bool:
        return self._visibility.hides(element, local_name(element))

    def _inside(self, element: etree._Element) -> str:
        """Return the text in a cell, on one line."""
        if not len(element):
            return _tidy(element.text or "")
        blocks = _Walk(self._visibility, self._frames).blocks_of(element)
        return _tidy(" ".join(block.text for block in blocks if isinstance(block, Passage)))

    def _frame(self, element: etree._Element) -> None:
        page = element.get("srcdoc", "")
        if page and self._frames < _MOST_FRAMES:
            self._flush()
            self._blocks += html_blocks(page, frames=self._frames + 1)[0]

    def _start(self, element: etree._Element, name: str) -> None:
        if name in {"dt", "dd"} and self._terms:
            self._keep_term()  # the term before was not closed
        self._terms += name == "dt"
        if name in _BLOCKS:
            self._flush()
        if name in _HEADINGS or element.get("role") == "heading":
            self._kinds.append(BlockKind.HEADING)
        elif name in _LINES or name in {"textarea", "address"}:
            self._kinds.append(BlockKind.LINES)
        self._verbatim += name in _LINES or name == "textarea"
        if name in {"ol", "ul", "menu", "dir"}:
            self._lists.append([_number(element.get("start")) or 1] if name == "ol" else [])
        elif name == "li":
            self._before = self._item(element)
        elif name == "rt":
            self._runs.append("(")
        elif name == "q":
            self._runs.append("\u201c")
        elif name in {"button", "option", "label"}:
            self._add(" ")

    def _end(self, element: etree._Element, name: str) -> None:
        if name == "dt":
            self._keep_term()
            self._terms -= 1
        elif name in _BLOCKS:
            self._flush()
        if name in _HEADINGS or element.get("role") == "heading" or name in _LINES or name in {"textarea", "address"}:
            self._kinds.pop()
        self._verbatim -= name in _LINES or name == "textarea"
        if name in {"ol", "ul", "menu", "dir"}:
            self._lists.pop()
        elif name == "li":
            self._before = ""
        elif name == "dl":
            self._give_up_before()
        elif name == "rt":
            self._runs.append(")")
        elif name == "q":
            self._runs.append("\u201d")
        elif name in {"button", "option", "label"}:
            self._add(" ")

    def _keep_term(self) -> None:
        term = _tidy("".join(self._runs)).rstrip(": ")
        self._runs.clear()
        if term:
            self._before = f"{self._before.removesuffix(': ')}, {term}: " if self._before else f"{term}: "

    def _item(self, element: etree._Element) -> str:
        """Return the number that stands before an item, "" in a list without numbers."""
        counter = self._lists[-1] if self._lists else []
        if not counter:
            return ""
        own = _number(element.get("value"))
        number = counter[0] if own is None else own
        counter[0] = number + 1
        return f"{number}. "

    def _add(self, text: str | None) -> None:
        if text:
            self._runs.append(text if self._verbatim or text == "\n" else _SPACES.sub(" ", text))

    def _flush(self) -> None:
        text = _NOTHING.sub("", "".join(self._runs))
        self._runs.clear()
        kind = self._kinds[-1]
        if self._verbatim:
            self._emit(text.strip("\r\n").rstrip(), kind)
            return
        paragraph: list[str] = []
        for line in [*text.split("\n"), ""]:
            clean = _SPACES.sub(" ", line).strip()
            if clean:
                paragraph.append(clean)
            elif paragraph:
                self._emit_lines(paragraph, kind)
                paragraph = []

    def _emit_lines(self, lines: list[str], kind: BlockKind) -> None:
        if kind is BlockKind.HEADING:
            self._emit(" ".join(lines), kind)
        elif len(lines) > 1 and max(map(len, lines)) <= _SHORT:
            self._emit("\n".join(lines), BlockKind.LINES)
        else:
            self._emit("\n".join(lines), kind)

    def _emit(self, text: str, kind: BlockKind) -> None:
        if text.strip():
            self._blocks.append(Passage(self._before + text, kind))
            self._before = ""

    def _give_up_before(self) -> None:
        alone = self._before.removesuffix(": ")
        self._before = ""
        self._emit(alone, BlockKind.PROSE)


def _tidy(text: str) -> str:
    return _SPACES.sub(" ", _NOTHING.sub("", text)).strip()


def _number(text: str | None) -> int | None:
    clean = (text or "").strip()
    return int(clean) if clean.lstrip("-").isdecimal() and len(clean) < 10 else None  # noqa: PLR2004 - digits


def _picture(element: etree._Element) -> str:
    return element.get("alt") or element.get("title") or ""


def _field(element: etree._Element) -> str:
    kind = element.get("type", "text").lower()
    if kind in {"hidden", "password", "file"}:
        return ""
    if kind in {"checkbox", "radio"}:
        return "[x]" if element.get("checked") is not None else "[ ]"
    return element.get("alt" if kind == "image" else "value") or element.get("placeholder") or ""


def _choice(element: etree._Element) -> str:
    options = element.iter("option", "{*}option")
    return ", ".join(filter(None, (_tidy("".join(each.itertext()) or each.get("label", "")) for each in options)))


def _formula(element: etree._Element) -> str:
    for note in element.iter("annotation", "{*}annotation"):
        if note.get("encoding", "").lower() in _TEX and note.text:
            return f"${note.text.strip()}$"
    if element.get("alttext"):
        return f"${element.get('alttext')}$"
    return _tidy(" ".join(text.strip() for text in element.itertext()))


_SPECIAL: Final[Mapping[str, Callable[[etree._Element], str]]] = MappingProxyType(
    {
        "br": lambda _element: "\n",
        "img": _picture,
        "area": _picture,
        "input": _field,
        "select": _choice,
        "math": _formula,
    }
)
