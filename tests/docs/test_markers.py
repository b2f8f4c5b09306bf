"""Markers are read from the text of test files, and one that shows nothing is found."""

import pytest

from tests.docs.markers import Shown, marked_files, read
from tests.house.rules.tree import Finding, source

_PYTEST = "import pytest\n\n"


def _read(text: str, path: str = "tests/test_x.py") -> list[Shown | Finding]:
    return list(read([source(path, _PYTEST + text)]))


def _shown(text: str) -> list[tuple[str, str, str, str]]:
    return [(one.claim, one.test, one.without, one.fails) for one in _read(text) if isinstance(one, Shown)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('@pytest.mark.shows("a.b")\ndef test_it(): ...', [("a.b", "test_it", "", "")]),
        (
            '@pytest.mark.shows("a", "b")\nasync def test_it(): ...',
            [("a", "test_it", "", ""), ("b", "test_it", "", "")],
        ),
        ('@pytest.mark.shows("a", without="a lock")\ndef test_it(): ...', [("a", "test_it", "a lock", "")]),
        ('from pytest import mark\n@mark.shows("a")\ndef test_it(): ...', [("a", "test_it", "", "")]),
        ('pytestmark = pytest.mark.shows("a")', [("a", "", "", "")]),
        ('pytestmark = [pytest.mark.timeout(9), pytest.mark.shows("a")]', [("a", "", "", "")]),
        ('@pytest.mark.shows("a")\nclass TestIt:\n    def test_one(self): ...', [("a", "TestIt", "", "")]),
        ('class TestIt:\n    pytestmark = pytest.mark.shows("a")', [("a", "TestIt", "", "")]),
        (
            'class TestIt:\n    @pytest.mark.shows("a")\n    def test_one(self): ...',
            [("a", "TestIt::test_one", "", "")],
        ),
        ("def test_it(): ...", []),
    ],
)
def test_a_marker_names_the_claim_that_its_test_shows(text: str, shown: list[tuple[str, str, str, str]]) -> None:
    assert _shown(text) == shown
    assert [one for one in _read(text) if isinstance(one, Finding)] == []


@pytest.mark.parametrize(
    ("marks", "fails"),
    [
        ('@pytest.mark.xfail(reason="why")', "expected to fail"),
        ('@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.xfail)])', "expected to fail in part"),
        ('@pytest.mark.parametrize("x", [1, 2])', ""),
    ],
)
def test_an_expected_failure_is_told(marks: str, fails: str) -> None:
    assert _shown(f'@pytest.mark.shows("a")\n{marks}\ndef test_it(x): ...') == [("a", "test_it", "", fails)]


@pytest.mark.parametrize(
    "text",
    [
        '@pytest.mark.shows("a")\ndef helper(): ...',
        '@pytest.mark.shows("a")\n@pytest.fixture\ndef thing(): ...',
        '@pytest.mark.shows("a")\nclass Helper: ...',
        'CASE = pytest.param(1, marks=pytest.mark.shows("a"))',
        "SHOWS = pytest.mark.shows",
        '@pytest.mark.shows("a", because="x")\ndef test_it(): ...',
        '@pytest.mark.shows("a", without="")\ndef test_it(): ...',
        "@pytest.mark.shows()\ndef test_it(): ...",
        "@pytest.mark.shows(NAME)\ndef test_it(): ...",
        "@pytest.mark.shows\ndef test_it(): ...",
    ],
)
def test_a_marker_that_stands_on_no_test_or_names_no_claim_is_found(text: str) -> None:
    (found,) = _read(text)
    assert isinstance(found, Finding)
    assert found.line in {3, 4}


def test_a_marker_in_a_file_that_pytest_does_not_collect_is_found() -> None:
    (found,) = _read('@pytest.mark.shows("a")\ndef test_it(): ...', "tests/rooms.py")
    assert isinstance(found, Finding)


def test_the_markers_of_this_repository_are_read() -> None:
    assert len(list(read(marked_files()))) > 150
