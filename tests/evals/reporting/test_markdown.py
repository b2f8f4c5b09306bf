"""The Markdown summary: what it says first, and that a target's text stays text."""

import re

import pytest

from evals.reporting import markdown
from tests.evals.reporting import made


def test_coverage_bound_and_verdict_are_the_first_three_points() -> None:
    lines = markdown.rendered(made.passing()).splitlines()
    assert lines[2].startswith("- **Coverage:** 5 of 5 served routes")
    assert lines[3].startswith("- **Bound:** ")
    assert lines[4].startswith("- **Verdict:** No leak was found")


def test_every_family_has_a_row_with_its_verdict_in_words() -> None:
    text = markdown.rendered(made.doubtful())
    assert re.search(r"^\| A3 \| .* \| \? inconclusive \|", text, re.MULTILINE)


def test_a_leak_stands_with_its_line_that_reproduces_it() -> None:
    assert 'sh\ncurl -sS -X GET "$TARGET/v1/documents/{document_id}"' in markdown.rendered(made.leaking())


def test_a_hostile_text_makes_no_tag_link_emphasis_or_cell_and_no_line() -> None:
    escaped = markdown.escaped(made.HOSTILE + "\n# heading www.evil.example me@evil.example ~~gone~~ $x$")
    bare = re.sub(r"\\[\\`*_\[\]|~@#$:.]", "", escaped)
    assert not set(bare) & set("<|*[]`#@~$\n\x00\x1b\u202e\u2028")
    assert "://" not in bare
    assert "www." not in bare
    rows = [line for line in markdown.rendered(made.hostile()).splitlines() if line.startswith("| A3 ")]
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 8


@pytest.mark.parametrize("text", ["- a", "+ a", "1. a", "12) a", "2026. a", "# a", "> a", "=== a", " - a"])
def test_a_text_at_the_beginning_of_a_line_begins_no_list_heading_or_quotation(text: str) -> None:
    assert not re.match(r"\s*([-+*>#=]|\d+[.)])", markdown.escaped(text))


def test_ordinary_text_can_be_read_as_it_is() -> None:
    text = "5 of 5 routes (search, ask): 0.24 % at most, GET /v1/documents/{id}."
    assert markdown.escaped(text) == text


@pytest.mark.parametrize("code", ["curl x", "a ``` b", "````", made.HOSTILE])
def test_no_code_closes_its_own_fence(code: str) -> None:
    first, *middle, last = markdown.fenced(code).splitlines()
    fence = first.removesuffix("sh")
    assert last == fence
    assert all(fence not in line for line in middle)
