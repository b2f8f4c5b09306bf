"""The pages of the documentation are what markers and code make of them, and a page that is not is noticed."""

from collections.abc import Sequence

import pytest

from tests.docs.markers import marked_files
from tests.docs.pages import fill
from tests.docs.tables import TABLES
from tests.house.rules.tree import ROOT, files, source

_TEST = 'import pytest\n\n@pytest.mark.shows("walls.north"{more})\ndef {name}(): ...\n'
_EMPTY = "| It stands. | <!-- tests: walls.north --><!-- end --> |\n"


def _filled(page: str, *tests: tuple[str, str], table: Sequence[str] = ()) -> tuple[str, list[str]]:
    tables = {"numbers": lambda: table} if table else {}
    sources = [source(path, text) for path, text in tests]
    (text,), findings = fill([source("docs/page.md", page)], sources, tables)
    return text, [str(one) for one in findings]


def _test(name: str = "test_it_stands", path: str = "tests/a/test_x.py", more: str = "") -> tuple[str, str]:
    return path, _TEST.format(name=name, more=more)


def test_every_page_is_current() -> None:
    """Where this fails: `make docs`."""
    pages = [source(path, (ROOT / path).read_text(encoding="utf-8")) for path in files() if path.endswith(".md")]
    texts, findings = fill(pages, marked_files(), TABLES)
    assert "\n".join(map(str, findings)) == ""
    stale = [str(page.path) for page, text in zip(pages, texts, strict=True) if page.text != text]
    assert stale == [], "run `make docs`"


def test_a_place_gets_the_tests_with_their_files() -> None:
    text, findings = _filled(_EMPTY, _test("test_b", "tests/b/test_y.py"), _test())
    assert findings == []
    assert text == (
        "| It stands. | <!-- tests: walls.north -->"
        "[tests/a/test_x.py](../tests/a/test_x.py): `test_it_stands`<br>"
        "[tests/b/test_y.py](../tests/b/test_y.py): `test_b`<!-- end --> |\n"
    )


def test_what_shows_the_leak_without_the_wall_comes_last_and_says_which_wall() -> None:
    without = _test("test_a_leak", "tests/a/test_a.py", ', without="the lock"')
    text, findings = _filled(_EMPTY, without, _test())
    assert findings == []
    assert text.index("`test_it_stands`") < text.index("<br>without the lock: [tests/a/test_a.py]")


def test_a_renamed_or_moved_test_changes_only_what_is_made() -> None:
    page, _ = _filled("Before.\n" + _EMPTY + "After.\n", _test())
    renamed, findings = _filled(page, _test("test_other", "tests/z/test_moved.py"))
    assert findings == []
    assert renamed != page
    assert renamed == page.replace("test_it_stands", "test_other").replace("tests/a/test_x.py", "tests/z/test_moved.py")
    assert _filled(renamed, _test("test_other", "tests/z/test_moved.py"))[0] == renamed


def test_an_expected_failure_is_shown_as_one() -> None:
    path, text = _test()
    text, _ = _filled(_EMPTY, (path, text.replace("def ", '@pytest.mark.xfail(reason="why")\ndef ')))
    assert "`test_it_stands` (expected to fail)<!-- end -->" in text


def test_a_claim_that_no_page_has_is_found() -> None:
    _, findings = _filled("Nothing here.\n", _test())
    assert findings == ["tests/a/test_x.py:3: no page has a place for the claim walls.north"]


@pytest.mark.parametrize("tests", [[], [_test(more=', without="the lock"')]])
def test_a_place_without_a_test_is_found(tests: list[tuple[str, str]]) -> None:
    _, findings = _filled("\n" + _EMPTY, *tests)
    assert findings == [
        'docs/page.md:2: no test shows walls.north: mark one, or write "(none: REASON)" behind the claim'
    ]


def test_a_page_can_say_why_no_test_shows_something_until_one_does() -> None:
    page = "| It stands. | <!-- tests: walls.north (none: nobody tried) --><!-- end --> |\n"
    text, findings = _filled(page)
    assert (text, findings) == (page.replace("<!-- end", "no test: nobody tried<!-- end"), [])
    _, findings = _filled(page, _test())
    assert findings == ["docs/page.md:1: the page says that no test shows walls.north, but one does"]


def test_a_table_is_made_where_its_name_stands() -> None:
    page = "Look:\n\n<!-- table: numbers -->\n\n| old |\n\n<!-- end -->\n"
    text, findings = _filled(page, table=["| n |", "|---|", "| 1 |"])
    assert (text, findings) == (page.replace("| old |", "| n |\n|---|\n| 1 |"), [])


def test_a_table_without_a_place_and_a_place_without_a_table_are_found() -> None:
    _, findings = _filled("Look: <!-- table: letters --><!-- end -->\n", table=["| n |"])
    assert findings == [
        "docs/page.md:1: there is no table letters: there are numbers",
        "docs:1: no page has a place for the table numbers",
    ]


@pytest.mark.parametrize(
    "page",
    [
        "See <!-- tests: walls.north --> and nothing.\n",
        "See <!-- tests: walls.north --> and <!-- tests: walls.north --><!-- end -->\n",
        "See <!-- test: walls.north --><!-- tests: walls.north --><!-- end -->\n",
        "See <!-- tests: Walls North --><!-- tests: walls.north --><!-- end -->\n",
        "See <!-- tests: walls.north --><!-- end --> and <!-- end -->\n",
        "<!-- tests: walls.north --><!-- end -->\n",
        "- <!-- tests: walls.north --><!-- end -->\n",
        "See <!-- tests: walls.north --><!-- end --> and `test_by_hand`.\n",
    ],
)
def test_a_place_that_is_not_right_and_a_test_named_by_hand_are_found(page: str) -> None:
    _, findings = _filled(page, _test())
    assert findings[0].startswith("docs/page.md:1: ")


def test_a_place_that_is_only_written_about_is_none() -> None:
    page = "Write `<!-- tests: NAME --><!-- end -->`, as in `test_L35_…`:\n\n```\n<!-- tests: a --><!-- end -->\n```\n"
    assert _filled(page) == (page, [])
