"""The HTML page: self-contained, accessible, and deaf to what a target writes into it."""

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from evals.reporting.page import document as page
from evals.verdicts.gate import Run
from evals.verdicts.trial import Trial
from tests.evals.reporting import made

_VOID: Final = {"meta"}
_OURS: Final = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "section", "div", "h1", "h2", "h3", "p", "span",
    "strong", "b", "small", "dl", "dt", "dd", "ul", "li", "code", "pre", "table", "caption", "thead", "tbody", "tr",
    "th", "td", "details", "summary", "figure", "figcaption", "svg", "rect", "line", "circle", "text",
}  # fmt: skip
_MATRIX: Final = {
    "mutants": [
        {"id": "M01", "title": "The filter is dropped", "families": ["A3"], "killed_by": ["A3", "A10"]},
        {"id": "M02", "title": made.HOSTILE, "families": ["A7"], "killed_by": ["A10"]},
    ]
}
ALL: Final = pytest.mark.parametrize(
    "run", [made.passing(), made.leaking(), made.doubtful(), made.hostile()], ids=["pass", "leak", "doubt", "hostile"]
)


class Reader(HTMLParser):
    """Reads a page as a browser would: elements with their attributes, balanced, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of these kinds."""
        return [attributes for tag, attributes in self.elements if tag in tags]


def read(run: Run) -> Reader:
    return Reader(page.rendered(run, _MATRIX))


@ALL
def test_a_page_is_made_of_our_elements_only_and_asks_for_nothing_outside(run: Run) -> None:
    found = read(run)
    assert {tag for tag, _ in found.elements} <= _OURS
    for tag, attributes in found.elements:
        assert not {"src", "href", "srcset", "style", "action", "data"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")]
    style = re.search(r"<style>(.*)</style>", page.rendered(run), re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


@ALL
def test_a_policy_forbids_whatever_got_through(run: Run) -> None:
    policies = [str(one["content"]) for one in read(run).all("meta") if one.get("http-equiv")]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policies[0]


@ALL
def test_headings_descend_and_tables_have_captions_and_headers(run: Run) -> None:
    found = read(run)
    levels = [int(tag[1]) for tag, _ in found.elements if tag in {"h1", "h2", "h3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    assert len(found.all("caption")) == len(found.all("table")) > 0
    assert {one.get("scope") for one in found.all("th")} == {"col", "row"}
    assert all(one.get("role") == "img" and one.get("aria-label") for one in found.all("svg"))


@ALL
def test_no_id_is_given_twice_and_every_section_is_labelled_by_one(run: Run) -> None:
    found = read(run)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {one["aria-labelledby"] for one in found.all("section")} <= set(ids)


def test_a_hostile_text_is_shown_as_text_with_its_controls_spelled_out() -> None:
    found = read(made.hostile())
    text = "".join(found.text)
    assert "<script>alert(1)</script>" in text
    assert "\\u{202e}gnp.exe" in text
    assert not set(text) & set("\x00\x07\x1b\u202e\u2028\ud800")


@pytest.mark.parametrize(
    ("run", "word", "sentence"),
    [
        (made.passing(), "pass", "No leak was found by any of 5 families, and every control held."),
        (made.leaking(), "leak", "15 leaks found by 3 families between 5 pairs of tenants."),
        (made.doubtful(), "not shown", "A3, A9 inconclusive; 2 served routes that no probe touched"),
    ],
)
def test_the_verdict_is_a_word_and_a_sentence_and_coverage_stands_before_the_bound(
    run: Run, word: str, sentence: str
) -> None:
    text = "\n".join(read(run).text)
    assert f"\n{word}\n" in text
    assert sentence in text
    assert text.index("served routes touched") < text.index("\nBound\n") < text.index("Who saw whose")


def test_the_map_shows_leaks_over_trials_and_marks_pairs_nobody_tried() -> None:
    text = "|".join(read(made.leaking()).text)
    assert "✗ 11| of 80" in text
    assert "|0| of 80" in text
    assert "|—|" in text


def test_the_map_gathers_those_that_were_tried_little_and_saw_nothing() -> None:
    crowd = made.evidence("A13", "Concurrency", [made.SEARCH])
    for number in range(12):
        crowd.trial(Trial("", "in the crowd", made.SEARCH, f"crowd-{number}", "acme"))
    quiet = replace(made.passing(), families=(crowd.result(seconds=1.0),))
    text = "|".join(read(quiet).text)
    assert "12 others" in text
    assert "crowd-7" not in text
    finding = replace(made.leaking().families[0].findings[0], attacker="crowd-7")
    crowd.leak(finding)
    text = "|".join(read(replace(quiet, families=(crowd.result(seconds=1.0),))).text)
    assert "11 others" in text
    assert "crowd-7" in text


def test_the_map_does_not_count_what_a_doubtful_family_tried() -> None:
    assert "|0| of 25|" in "|".join(read(made.doubtful()).text)


def test_a_plot_has_its_band_its_bars_its_interval_and_its_numbers_in_a_table() -> None:
    classes = [one.get("class") for one in read(made.passing()).all("rect", "line", "circle")]
    assert classes.count("band") == 1
    assert classes.count("edge") == 2
    assert classes.count("bar") > 10
    assert classes.count("point") == 1
    assert "-1 to 1" in read(made.passing()).text


def test_the_kill_matrix_tells_what_was_noticed_from_what_was_missed() -> None:
    found = read(made.passing())
    cells = [one.get("class") for one in found.all("td")]
    assert (cells.count("hit"), cells.count("miss")) == (1, 1)
    assert any(one.startswith("1 of 2 deliberately broken builds") for one in found.text)


def test_without_a_kill_matrix_nothing_is_claimed_about_it() -> None:
    assert "deliberately broken" not in page.rendered(made.passing())


def test_leaks_beyond_what_a_page_can_show_are_counted() -> None:
    evidence = made.evidence("A1", "t", [made.READ])
    for number in range(230):
        evidence.leak(made.found("A1", f"t{number}", made.READ, path=f"$[{number}]"))
    text = page.rendered(made.with_families(made.passing(), evidence))
    assert "Leaks (230)" in text
    assert "30 more stand in report.json." in text


def test_the_style_keeps_its_contrast_in_light_and_dark() -> None:
    style = Path(page.__file__).with_name("style.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in style.split("@media", 2)[:2])
    for colours in (light, dark):
        pairs = [("ink", "paper"), ("soft", "paper"), ("ink", "card"), ("soft", "card"), ("leak", "paper")]
        pairs += [(tone, f"{tone}-bg") for tone in ("pass", "leak", "unsure", "absent")]
        pairs += [("ink", "heat1"), ("ink", "heat2"), ("heat3-ink", "heat3"), ("ink", "pass-bg")]
        for front, back in pairs:
            assert _contrast(colours[front], colours[back]) >= 4.5, (front, back)


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
