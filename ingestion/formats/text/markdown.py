"""Reading Markdown as it is shown: rendered to HTML, with what is no HTML kept as it is written."""

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lxml.html import defs
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.encoding import read_characters
from ingestion.formats.text.elements import html_blocks
from ingestion.formats.text.html import replaced
from ingestion.parse.outcome import Limits

_KNOWN: Final = (defs.tags - {"xmp", "plaintext", "listing"}) | {"main", "template", "dialog", "data", "picture"}
_TAG: Final = re.compile(r"</?([A-Za-z][^\s<>/]*)(?:\s[^<>]*)?/?>")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_FRONT: Final = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?\n)?(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_VALUE: Final = re.compile(r"\s*(?:[\w.\"'-][\w .\"'-]*[:=](?:\s.*)?|[ \t-].*|[#\[\]}].*)?")
_TITLE: Final = re.compile(r"^title[ \t]*[:=][ \t]*(\S.*)$", re.MULTILINE | re.IGNORECASE)
_FENCE: Final = re.compile(r"[ \t>]*(```+|~~~+)")
_FOOTNOTE: Final = re.compile(r" {0,3}\[\^([^\]\s]{1,80})\]:[ \t]*(.*)")
_REFERENCE: Final = re.compile(r"\[\^([^\]\s]{1,80})\]")
_DEFINITION: Final = re.compile(r" {0,3}:[ \t]+(\S.*)")
_CALLOUT: Final = re.compile(r"^([ \t>]*>[ \t]*)\[!(\w+)\][+-]?[ \t]*(.*)$")
_LINK: Final = re.compile(r"!?\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]+))?\]\]")
_FORMULA: Final = re.compile(
    r"\$\$[^$]+\$\$|\$(?![\s\d]*\s)[^\s$](?:[^$\n]*[^\s$\\])?\$(?!\d)|\\\((?:[^\\\n]|\\(?!\))){1,200}\\\)"
)
_OPENERS: Final = "$\\"
_NESTING: Final = 100
_UNCLOSED: Final = 500


def read_markdown(path: Path, _limits: Limits) -> Content:
    """Read Markdown, with the title in its front matter."""
    text, lost = read_characters(path.read_bytes())
    blocks, title = markdown_blocks(text)
    return Content(blocks, title, warnings=replaced(lost))


def markdown_blocks(text: str) -> tuple[list[Passage | Table], str | None]:
    """Return the blocks of a Markdown text, and the title in its front matter."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT.match(text)
    if front and not all(_VALUE.fullmatch(line) for line in (front.group(2) or "").split("\n")):
        front = None  # text between two rules
    values = (front.group(2) or "").strip("\n") if front else ""
    body, notes = _prepared(text[front.end() :] if front else text)
    blocks, _title = html_blocks(f"<html><body>{_rendered(body)}</body></html>")
    if not blocks and body.strip():
        blocks = [Passage(body, BlockKind.LINES)]  # nested deeper than anything that is shown
    found = _TITLE.search(values)
    title = found.group(1).strip().strip("\"'") if found else None
    return [*([Passage(values, BlockKind.LINES)] if values else []), *_with_notes(blocks, notes)], title


def _prepared(text: str) -> tuple[str, dict[str, list[str]]]:
    """Return the text in plain Markdown and its footnotes by name: what dialects add is put into it."""
    lines: list[str] = []
    notes: dict[str, list[str]] = {}
    fence, note = "", None
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)[:3]
        elif not fence:
            found = _FOOTNOTE.match(line)
            if found:
                note = notes.setdefault(found.group(1), [])
                note.append(found.group(2))
                continue
            if note is not None and (not line.strip() or line.startswith(("    ", "\t"))):
                note.append(line.strip())
                continue
            note = None
            line = _plain(line, lines)  # noqa: PLW2901 - the same line in plain Markdown
        lines.append(line)
    return "\n".join(lines), notes


def _plain(line: str, before: list[str]) -> str:
    callout = _CALLOUT.match(line)
    if callout:
        start, kind, title = callout.groups()
        return f"{start}**{title or kind.capitalize()}**\n{start}"
    definition = _DEFINITION.fullmatch(line)
    if definition and before and before[-1].strip():
        return f"{before.pop()}: {definition.group(1)}"
    if definition and len(before) > 1 and not before[-1].strip() and before[-2].strip() and "<" not in before[-2]:
        before.pop()
        return f"{before.pop()}: {definition.group(1)}"
    return line


def _with_notes(blocks: Sequence[Passage | Table], notes: dict[str, list[str]]) -> Iterator[Passage | Table]:
    """Yield each footnote after the block that first refers to it, and what nothing refers to at the end."""
    left = dict(notes)
    for block in blocks:
        yield block
        text = block.text if isinstance(block, Passage) else str(block.rows)
        for name in _REFERENCE.findall(text) if left else ():
            if name in left:
                yield from _note(name, left.pop(name))
    for name, lines in left.items():
        yield from _note(name, lines)


def _note(name: str, lines: list[str]) -> Iterator[Passage | Table]:
    blocks, _title = html_blocks(_rendered("\n".join(lines)))
    for at, block in enumerate(blocks):
        if at == 0 and isinstance(block, Passage):
            yield Passage(f"Footnote {name}: {block.text}", block.kind)
        else:
            yield block


def _formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - how the parser calls a rule
    if state.src[state.pos] not in _OPENERS:
        return False
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("text", "", 0).content = found.group()
    state.pos = found.end()
    return True


def _wiki_link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - how the parser calls a rule
    found = _LINK.match(state.src, state.pos, state.posMax) if state.src[state.pos] in "![" else None
    if found is None:
        return False
    if not silent:
        state.push("text", "", 0).content = found.group(2) or found.group(1)
    state.pos = found.end()
    return True


def _markup(_renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: object, _env: object) -> str:
    """Return HTML as it is, but what looks like a tag and is none as text."""
    return _TAG.sub(_tag, _COMMENT.sub("", tokens[at].content))


def _tag(found: re.Match[str]) -> str:
    name = found.group(1)
    is_html = (name.islower() or name.isupper()) and name.lower() in _KNOWN
    return found.group() if is_html else html.escape(found.group())


def _rendered(text: str) -> str:
    # Each bracket that is never closed is looked for to the end of its paragraph: thousands of them mean no links.
    parser = _parser()
    if text.count("[") > text.count("]") + _UNCLOSED:
        parser.disable(["link", "image", "wiki_link"])
    if text.count("<") > text.count(">") + _UNCLOSED or text.count("<!--") > text.count("-->") + _UNCLOSED:
        parser.disable(["html_inline", "html_block", "autolink"])
    rendered: str = parser.render(text)
    return rendered


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": _NESTING}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.before("link", "wiki_link", _wiki_link)
    parser.add_render_rule("html_inline", _markup)
    parser.add_render_rule("html_block", _markup)
    return parser
