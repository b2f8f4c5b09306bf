"""What a reader's machine makes of an answer: rendered as Markdown, and every link and load in the page collected."""

from collections.abc import Iterable
from html import unescape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, linkify

_HARMLESS: Final = frozenset(
    {"a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
     "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}
)  # fmt: skip
"""All that Markdown makes without loading anything; any other element is counted as live whatever it points at."""
_STYLED: Final = frozenset({"align", "class", "href", "start", "style", "title"})


def _any(url: str) -> bool:
    del url
    return True


def _renderer(preset: str, *, linkify: bool) -> MarkdownIt:
    made = MarkdownIt(preset, {"html": True, "linkify": linkify})
    made.validateLink = _any  # type: ignore[method-assign]  # not every renderer refuses javascript: and data:
    return made


def _late_renderer() -> MarkdownIt:
    """Make links of addresses in the text that entities and escapes give, as remark-gfm (react-markdown) does."""
    made = _renderer("gfm-like", linkify=True)
    made.core.ruler.disable("linkify")
    made.core.ruler.push("decoded content", _decoded)
    made.core.ruler.push("late linkify", linkify)
    return made


def _decoded(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline":
            token.content = "".join(child.content for child in token.children or ())


_RENDERERS: Final = (_renderer("commonmark", linkify=False), _renderer("gfm-like", linkify=True), _late_renderer())


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in _HARMLESS or given.keys() - _STYLED:
            self.live.append(self.get_starttag_text() or tag)
        elif given.get("href") is not None:
            self.live.append(str(given["href"]))


def live(text: str, evidence: Iterable[str] = ()) -> list[str]:
    """Return the links and loads of `text` whose address does not stand in `evidence`, by the worst of three renderers.

    An e-mail address without a subject or a body is left out: it sends nothing before a person writes and sends it.
    """
    known = "\n".join(unquote(unescape(one)) for one in evidence)
    found = []
    for renderer in _RENDERERS:
        page = _Page()
        page.feed(renderer.render(text))
        page.close()
        found += [address for address in page.live if not _vouched(address, known)]
    return found


def _vouched(address: str, known: str) -> bool:
    plain = unquote(address)
    bare = plain.removeprefix("http://")  # what a renderer puts before a host that stands alone
    mail = plain.startswith("mailto:") and "?" not in plain
    return mail or plain in known or (bare != plain and bare in known)
