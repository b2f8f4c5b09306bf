"""The table of roles is what the routes ask for."""

from pathlib import Path

import pytest

from app.describing.roles import BEGIN, END, current, table
from app.http.plane import tenant_routes

_PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")


def test_the_table_of_roles_is_current() -> None:
    assert current(_PAGE, tenant_routes()) == _PAGE, "run .venv/bin/python -m app.describing"


def test_a_route_that_the_page_does_not_know_or_knows_otherwise_is_noticed() -> None:
    routes = tenant_routes()
    assert current(_PAGE, routes[:-6]) != _PAGE
    asked = next(line for line in table(routes) if "`POST /v1/ask`" in line)
    assert asked == "| `POST /v1/ask` | ✓ | ✓ | ✓ |  |"
    assert current(_PAGE.replace(asked, asked.replace("|  |", "| ✓ |")), routes) == _PAGE


def test_a_page_without_a_place_for_the_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place"):
        current(_PAGE.replace(BEGIN, "").replace(END, ""), tenant_routes())
