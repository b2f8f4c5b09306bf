"""Routes, slots and small bodies from OpenAPI documents."""

from typing import Any

import pytest

from evals.target.openapi import Route, Slot, kind_of, read_surface, smallest
from tests.evals.service import tiny_service

_ADMIN: dict[str, Any] = {"paths": {"/healthz": {"get": {}}, "/things/{thing_id}": {"delete": {}}}}


def test_every_route_is_known_by_verb_and_template() -> None:
    surface = read_surface([("api", tiny_service().openapi()), ("admin", _ADMIN)])
    assert {route.name for route in surface.routes} == {
        "POST /tenants",
        "DELETE /tenants/{tenant_id}",
        "GET /healthz",
        "GET /healthz (admin)",
        "POST /documents",
        "GET /documents",
        "GET /documents/{document_id}",
        "DELETE /documents/{document_id}",
        "POST /search",
        "DELETE /things/{thing_id}",
    }


def test_a_request_is_matched_to_its_route_and_to_no_other() -> None:
    surface = read_surface([("api", tiny_service().openapi()), ("admin", _ADMIN)])
    assert surface.name_of("api", "GET", "/documents/doc_1?x=y") == "GET /documents/{document_id}"
    assert surface.name_of("admin", "GET", "/healthz") == "GET /healthz (admin)"
    assert surface.match("api", "GET", "/documents/doc_1/chunks") is None
    assert surface.match("api", "PATCH", "/documents/doc_1") is None
    assert surface.match("admin", "GET", "/documents") is None
    assert surface.name_of("api", "GET", "/nothing") == "GET /nothing"


def test_slots_of_path_and_body_are_found_and_ids_told_by_name_or_declaration() -> None:
    surface = read_surface([("api", tiny_service().openapi())])
    by_name = {route.name: route for route in surface.routes}
    assert by_name["GET /documents/{document_id}"].id_slots(frozenset()) == (Slot("path", "document_id"),)
    assert by_name["POST /search"].id_slots(frozenset()) == (Slot("body", "tenant_id"),)
    assert by_name["POST /search"].id_slots(frozenset({"query"})) == (Slot("body", "query"), Slot("body", "tenant_id"))
    assert by_name["POST /documents"].media == "multipart/form-data"


@pytest.mark.parametrize(
    "parameter",
    [{"example": "default"}, {"schema": {"example": "default"}}, {"schema": {"examples": ["default", "other"]}}],
)
def test_the_example_that_a_slot_is_documented_with_is_known(parameter: dict[str, Any]) -> None:
    said = {"parameters": [{"in": "path", "name": "name", "required": True, **parameter}]}
    (route,) = read_surface([("api", {"paths": {"/words/{name}": {"get": said}}})]).routes
    assert route.examples == {"name": "default"}


def test_a_smallest_body_holds_what_is_required_and_nothing_else() -> None:
    surface = read_surface([("api", tiny_service().openapi())])
    search = next(route for route in surface.routes if route.name == "POST /search")
    assert smallest(search.schema) == {"query": "query"}


def test_a_smallest_value_is_of_the_type_that_is_asked_for() -> None:
    schema = {
        "type": "object",
        "required": ["n", "b", "l", "e", "s", "o"],
        "properties": {
            "n": {"type": "integer", "minimum": 3},
            "b": {"type": "boolean"},
            "l": {"type": "array", "items": {"type": "string"}},
            "e": {"enum": ["x", "y"]},
            "s": {"type": "string", "minLength": 6},
            "o": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        },
    }
    assert smallest(schema) == {"n": 3, "b": False, "l": ["l"], "e": "x", "s": "sxxxxx", "o": "o"}


@pytest.mark.parametrize(
    ("path", "slot", "kind"),
    [
        ("/v1/documents/{document_id}", Slot("path", "document_id"), "document"),
        ("/conversations/{id}/turns", Slot("path", "id"), "conversation"),
        ("/search", Slot("body", "document_ids"), "document"),
        ("/search", Slot("body", "filter.document_id"), "document"),
        ("/search", Slot("body", "documentIds"), "document"),
        ("/search", Slot("header", "X-Tenant-Id"), "tenant"),
        ("/v1/profiles/{name}", Slot("path", "name"), "profile"),
    ],
)
def test_a_slot_takes_ids_of_one_kind(path: str, slot: Slot, kind: str) -> None:
    assert kind_of(Route("api", "GET", path, f"GET {path}"), slot) == kind
