"""What a tenant's tour looks at, so that every id of its own is known and can be attacked with."""

from evals.stage.populate import growing_operations, steady_operations
from evals.target.reading import target_of

_OPERATIONS = {
    "documents": {"method": "GET", "path": "/documents", "gives": {"document_id": "$.items[*].id"}},
    "logs": {"method": "GET", "path": "/logs", "steady": False, "gives": {"log_id": "$.items[*].id"}},
    "trail": {"method": "GET", "path": "/trail", "steady": False, "gives": {"action": "$.items[*].action"}},
    "log": {"method": "GET", "path": "/logs/{{log_id}}", "steady": False, "gives": {"log_id": "$.id"}},
    "make": {"method": "POST", "path": "/keys", "gives": {"key_id": "$.id"}},
}


def test_what_grows_is_looked_at_for_its_ids_and_changes_nothing() -> None:
    spec = target_of(
        {"bases": {"api": "http://127.0.0.1:1"}, "tenant": {"steps": ["make"]}, "operations": _OPERATIONS}, "it"
    )
    assert growing_operations(spec) == ["logs"]
    assert steady_operations(spec) == ["documents"]
