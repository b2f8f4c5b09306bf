"""The rules about names find drawers, missing openings and untyped ids."""

import pytest

from tests.house.rules import naming
from tests.house.samples import flagged

_IDS = ("tenancy/ids.py", 'from typing import NewType\nDocumentId = NewType("DocumentId", str)\n')


@pytest.mark.parametrize("path", ["app/utils.py", "app/core/x.py", "app/db_helpers.py", "tests/common.py"])
def test_a_drawer_for_leftovers_is_found(path: str) -> None:
    assert flagged(naming.named_for_what_they_do, (path, "")) == [1]


@pytest.mark.parametrize("path", ["app/scoreboard.py", "app/based.py", "tenancy/mint.py"])
def test_a_name_that_only_resembles_one_is_not(path: str) -> None:
    assert flagged(naming.named_for_what_they_do, (path, "")) == []


@pytest.mark.parametrize("text", ["x = 1", '"""No full stop"""', '"""Two things. Said at once."""'])
def test_a_module_that_does_not_open_with_one_sentence_is_found(text: str) -> None:
    assert flagged(naming.open_with_one_sentence, ("app/x.py", text)) == [1]


def test_an_opening_sentence_may_span_lines_or_be_followed_by_rules() -> None:
    text = '"""What this is for, which\nneeds two lines.\n\nIts rules. There are two.\n"""\n'
    assert flagged(naming.open_with_one_sentence, ("app/x.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "def f(document_id: str): ...",
        "def f(*, document_id: str | None = None): ...",
        "class A:\n    document_id: str",
    ],
)
def test_an_id_that_is_text_is_found(text: str) -> None:
    assert len(flagged(naming.ids_have_their_types, _IDS, ("ingestion/x.py", text))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("ingestion/x.py", "def f(document_id: DocumentId): ..."),
        ("ingestion/x.py", "def f(title: str): ..."),
        ("app/http/x.py", "def f(document_id: str): ..."),
    ],
)
def test_an_id_with_its_type_or_at_the_border_is_not(path: str, text: str) -> None:
    assert flagged(naming.ids_have_their_types, _IDS, (path, text)) == []
