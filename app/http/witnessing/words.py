"""What an access is called in a trail, by its route, and how its outcome is."""

from typing import Final

_OWN: Final = {
    "GET /v1/me": "caller.read",
    "POST /v1/documents": "document.uploaded",
    "GET /v1/documents": "document.listed",
    "GET /v1/documents/{document_id}": "document.read",
    "DELETE /v1/documents/{document_id}": "document.deleted",
    "GET /v1/documents/{document_id}/content": "content.read",
    "GET /v1/documents/{document_id}/chunks": "chunk.listed",
    "GET /v1/documents/{document_id}/events": "document.watched",
    "POST /v1/documents/{document_id}/retry": "document.retried",
    "POST /v1/search": "search.made",
    "POST /v1/ask": "question.asked",
    "POST /v1/chat/completions": "question.asked",
    "GET /v1/clients": "client.listed",
    "POST /v1/clients": "client.created",
    "POST /v1/clients/{client_id}/rotate": "client.rotated",
    "DELETE /v1/clients/{client_id}": "client.revoked",
    "GET /v1/audit": "audit.read",
    "GET /v1/audit/verify": "audit.verified",
    "GET /v1/audit/export": "audit.exported",
    "GET /v1/logs": "log.listed",
    "GET /v1/logs/{log_id}": "log.read",
    "GET /v1/alerts": "alert.listed",
    "GET /v1/alerts/{alert_id}": "alert.read",
    "GET /v1/profiles": "profile.listed",
    "PUT /v1/profiles/{name}": "profile.changed",
    "POST /v1/profiles/{name}/rollback": "profile.rolled_back",
    "POST /v1/profiles/{name}/preview": "profile.previewed",
    "GET /v1/settings": "settings.read",
    "PATCH /v1/settings": "settings.changed",
    "GET /admin/v1/tenants": "tenant.listed",
    "POST /admin/v1/tenants": "tenant.created",
    "PATCH /admin/v1/tenants/{tenant_id}": "tenant.changed",
    "DELETE /admin/v1/tenants/{tenant_id}": "tenant.erased",
    "POST /admin/v1/tenants/{tenant_id}/suspend": "tenant.suspended",
    "POST /admin/v1/tenants/{tenant_id}/resume": "tenant.resumed",
    "POST /admin/v1/tenants/{tenant_id}/rotate-key": "key.rotated",
    "POST /admin/v1/tenants/{tenant_id}/export": "export.begun",
    "POST /admin/v1/tenants/{tenant_id}/tripwires": "tripwire.planted",
    "GET /admin/v1/tenants/{tenant_id}/issuer": "issuer.read",
    "POST /admin/v1/tenants/{tenant_id}/issuer/confirm": "issuer.confirmed",
    "DELETE /admin/v1/tenants/{tenant_id}/issuer": "issuer.ended",
    "GET /admin/v1/providers": "provider.listed",
    "PUT /admin/v1/providers/{plan}": "provider.set",
    "DELETE /admin/v1/providers/{plan}": "provider.removed",
    "POST /admin/v1/providers/{plan}/suspend": "provider.suspended",
    "POST /admin/v1/providers/{plan}/resume": "provider.resumed",
    "GET /admin/v1/orphans": "orphan.listed",
    "GET /admin/v1/tripwires": "tripwire.listed",
    "GET /admin/v1/usage.csv": "usage.read",
}
_VERBS: Final = {"GET": "read", "POST": "requested", "PUT": "changed", "PATCH": "changed", "DELETE": "deleted"}
VAIN: Final = frozenset({"denied", "refused", "failed"})
"""The outcomes of what was asked for in vain."""
_READING: Final = frozenset({"GET", "HEAD"})
_ASKING: Final = frozenset({"search.made", "question.asked", "profile.previewed"})
_NOTING: Final = frozenset(own for route, own in _OWN.items() if not route.startswith("GET ")) - _ASKING
_DENIED: Final = frozenset({401, 403, 404})


def action_of(method: str, route: str) -> str:
    """Return the action that a route's template stands for: its own word, or its noun and what the method does."""
    own = _OWN.get(f"{method} {route}")
    if own is not None:
        return own
    steps = [step for step in route.removeprefix("/admin").split("/") if step and not step.startswith("{")]
    noun = steps[1] if len(steps) > 1 else "service"
    below = f"{steps[2]}_" if len(steps) > 2 else ""  # noqa: PLR2004 - version, noun, what is below it
    return f"{noun.removesuffix('s')}.{below}{_VERBS.get(method, method.lower())}"


def outcome_of(status: int, *, repeated: bool) -> str:
    """Return how an answer with a status went."""
    if status < 400:  # noqa: PLR2004 - what HTTP calls done, by its first digit
        return "repeated" if repeated else "done"
    if status in _DENIED:
        return "denied"
    return "refused" if status < 500 else "failed"  # noqa: PLR2004 - likewise


def settled(method: str, action: str, outcome: str, *, noted: bool) -> str | None:
    """Return an outcome in the light of whether the request has `noted` an entry of its own; None where that says all.

    A change that was done and noted nothing has changed nothing: it was made before.
    """
    if outcome != "done" or method in _READING or action in _ASKING:
        return outcome
    if noted:
        return None
    return "unchanged" if action in _NOTING else outcome
