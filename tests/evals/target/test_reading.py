"""Target files that are wrong are refused with the place."""

from pathlib import Path
from typing import Any

import pytest

from evals.target.reading import read_target, target_of
from evals.target.spec import WrongTarget
from tests.evals.service import tiny_target


def _said(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - anything may be said wrongly
    said: dict[str, Any] = {
        "bases": {"api": "http://127.0.0.1:1"},
        "tenant": {"steps": ["make"]},
        "operations": {"make": {"method": "POST", "path": "/tenants"}},
    }
    return {**said, **changed}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"mask": {}}, "nobody reads: mask"),
        ({"masks": {"header": ["date"]}}, "nobody reads: header"),
        ({"masks": {"patterns": ["("]}}, "masks.patterns"),
        ({"masks": {"json": ["$..["]}}, "not a JSONPath"),
        ({"tenant": {"steps": ["enrol"]}}, "does not describe: enrol"),
        ({"absent": {"make": "no"}}, "declares them absent: make"),
        ({"tenant": None}, "at least two tenants"),
        ({"principals": [{"name": "a", "tenant": "A"}], "tenant": None}, "at least two tenants"),
        ({"alarm": {"plant": "make", "value": "v", "say": "search", "see": "make"}}, "does not describe: search"),
        ({"alarm": {"plant": "make", "value": "v", "say": "make", "see": "make", "wait": 3}}, "nobody reads: wait"),
        ({"bases": {}}, "needs `bases`"),
        ({"operations": {"make": {"method": "POST", "path": "/t", "url": "/t"}}}, "operations.make"),
        ({"operations": {"make": {"method": "POST", "path": "/t", "base": "admin"}}}, "does not have: admin"),
        ({"operations": {"make": {"method": "POST", "path": "/t", "gives": {"id": "$["}}}}, "not a JSONPath"),
    ],
)
def test_what_is_said_wrongly_is_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(WrongTarget, match=says):
        target_of(_said(**changed), "made.yaml")


def test_what_is_said_rightly_is_taken() -> None:
    spec = target_of(_said(absent={"ask": "It has no generator."}), "made.yaml")
    assert spec.absent == {"ask": "It has no generator."}
    assert tiny_target("http://127.0.0.1:1/").bases == {"api": "http://127.0.0.1:1"}


def test_a_file_that_cannot_be_read_or_lacks_a_field_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "made.yaml"
    with pytest.raises(WrongTarget, match=r"made\.yaml"):
        read_target(path, {})
    path.write_text("bases: {api: http://127.0.0.1:1}\noperations: {make: {path: /t}}\n", encoding="utf-8")
    with pytest.raises(WrongTarget, match="'method'"):
        read_target(path, {})
    path.write_text("bases: {api: http://127.0.0.1:1}\nmasks: {}\nmasks: {json: []}\n", encoding="utf-8")
    with pytest.raises(WrongTarget, match="said twice: masks"):
        read_target(path, {})
    path.write_text("bases: {api: '${NOT_SET}'}\n", encoding="utf-8")
    with pytest.raises(WrongTarget, match="NOT_SET"):
        read_target(path, {})
