"""A tiny knowledge base with its tenants' own providers of people and exports: sound, or believing what it is told."""

import secrets
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import httpx
import jwt
import pyrage
from fastapi import Depends, FastAPI, HTTPException, Request, Response, UploadFile
from pydantic import BaseModel
from pyrage import x25519

from tests.evals.service import OPERATIONS as TINY
from tests.evals.service import OPERATOR, Named, Query

BELIEFS: Final = (
    "audience",  # a token for whomever
    "claim",  # an organisation in whatever claim
    "list",  # one of several organisations
    "letters",  # an organisation in other letters
    "signature",  # whatever a token says
    "expiry",  # a token of long ago
    "proposed",  # a provider that no operator has agreed to
    "tid",  # the tenant that a token names
    "roles",  # the roles that a token names
)
ABOUT_EXPORTS: Final = (
    "operator",  # the key that an operator names
    "network",  # that nobody reads along
    "asker",  # that whoever asks for an export may have all
)
OPERATIONS: Final = TINY | {
    "issuer_propose": {
        "method": "PUT",
        "path": "/issuer",
        "json": {name: "{{" + name + "}}" for name in ("issuer", "audience", "claim", "organisation")},
    },
    "issuer_agree": {"method": "POST", "path": "/tenants/{{tenant_id}}/issuer", "as": "operator", "json": {}},
    "settings_patch": {
        "method": "PATCH",
        "path": "/settings",
        "json": {"export_recipient": "{{export_recipient?}}"},
    },
    "export": {"method": "POST", "path": "/exports", "json": {"recipient": "{{recipient?}}"}},
    "tenant_export": {
        "method": "POST",
        "path": "/tenants/{{tenant_id}}/export",
        "as": "operator",
        "json": {"recipient": "{{recipient?}}"},
    },
}


class Wish(BaseModel):
    """The provider that a tenant wants."""

    issuer: str
    audience: str
    claim: str
    organisation: str


class Keyed(BaseModel):
    """For whom an export is, or all of a tenant's are."""

    recipient: str | None = None
    export_recipient: str | None = None


@dataclass(slots=True)
class _Kept:
    beliefs: frozenset[str]
    tenants: dict[str, str] = field(default_factory=dict)  # token to tenant id
    wishes: dict[str, Wish] = field(default_factory=dict)
    agreed: set[str] = field(default_factory=set)
    documents: list[dict[str, str]] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)

    def export(self, tenant: str, recipient: str | None) -> Response:
        """Return all that a tenant has, for a recipient."""
        if recipient is None:
            raise HTTPException(409, "for whom?")
        texts = [one["text"] for one in self.documents if "asker" in self.beliefs or one["tenant"] == tenant]
        plain = "\n".join(texts).encode()
        sealed = pyrage.encrypt(plain, [x25519.Recipient.from_str(recipient)])
        return Response(plain if "network" in self.beliefs else sealed, media_type="application/octet-stream")

    def admits(self, wish: Wish, claims: dict[str, Any]) -> bool:
        found, wanted = claims.get(wish.claim), wish.organisation
        return claims.get("iss") == wish.issuer and (
            found == wanted
            or ("claim" in self.beliefs and wanted in claims.values())
            or ("list" in self.beliefs and isinstance(found, list) and wanted in found)
            or ("letters" in self.beliefs and str(found).lower() == wanted.lower())
        )

    def person(self, token: str) -> str:
        """Return whose person a token names."""
        claims = jwt.decode(token, options={"verify_signature": False})
        known = self.wishes if "proposed" in self.beliefs else {one: self.wishes[one] for one in self.agreed}
        ours = [tenant for tenant, wish in known.items() if self.admits(wish, claims)]
        if len(ours) != 1:
            raise HTTPException(401, "whose are you?")
        if "signature" not in self.beliefs:
            self.check(token, known[ours[0]])
        if "evaluation" not in claims.get("groups", ()) and not ("roles" in self.beliefs and "roles" in claims):
            raise HTTPException(403, "not for you")
        said = claims.get("tid")
        return said if "tid" in self.beliefs and said in self.wishes else ours[0]

    def check(self, token: str, wish: Wish) -> None:
        (key,) = jwt.PyJWKSet.from_dict(httpx.get(f"{wish.issuer}/keys", trust_env=False).json()).keys
        audience, lasting = "audience" not in self.beliefs, "expiry" not in self.beliefs
        options = {"verify_aud": audience, "verify_exp": lasting, "strict_aud": audience}
        options["require"] = ["exp", "sub", *(["aud"] if audience else [])]  # type: ignore[assignment]  # the library's own mixture
        jwt.decode(token, key, ["EdDSA"], options, audience=wish.audience if audience else None)  # type: ignore[arg-type]  # likewise


def believing(*beliefs: str, reachable: bool = True) -> FastAPI:
    """Return the service with these beliefs of BELIEFS; one that reaches no provider takes none."""
    kept, app = _Kept(frozenset(beliefs)), FastAPI(title="believing")

    def caller(request: Request) -> str:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            return kept.tenants.get(token) or kept.person(token)
        except jwt.PyJWTError:
            raise HTTPException(401, "who are you?") from None

    def operator(request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {OPERATOR}":
            raise HTTPException(401, "who are you?")

    _operators_routes(app, kept, operator)
    _settings_routes(app, kept, caller, reachable=reachable)
    _documents_routes(app, kept, caller)
    return app


def _operators_routes(app: FastAPI, kept: _Kept, operator: Any) -> None:  # noqa: ANN401 - a dependency
    @app.post("/tenants", status_code=201, dependencies=[Depends(operator)])
    def make(body: Named) -> dict[str, str]:
        token, tenant = secrets.token_urlsafe(24), f"ten_{secrets.token_hex(8)}"
        kept.tenants[token] = tenant
        return {"tenant_id": tenant, "token": token, "name": body.name}

    @app.delete("/tenants/{tenant_id}", status_code=204, dependencies=[Depends(operator)])
    def end(tenant_id: str) -> None:
        kept.tenants = {token: tenant for token, tenant in kept.tenants.items() if tenant != tenant_id}
        kept.documents = [one for one in kept.documents if one["tenant"] != tenant_id]

    @app.post("/tenants/{tenant_id}/export", dependencies=[Depends(operator)])
    def export(tenant_id: str, body: Keyed) -> Response:
        named = body.recipient if "operator" in kept.beliefs else None
        return kept.export(tenant_id, named or kept.recipients.get(tenant_id))

    @app.post("/tenants/{tenant_id}/issuer", status_code=204, dependencies=[Depends(operator)])
    def agree(tenant_id: str) -> None:
        kept.agreed.add(tenant_id)


def _settings_routes(app: FastAPI, kept: _Kept, caller: Any, *, reachable: bool) -> None:  # noqa: ANN401 - a dependency
    caller_id = Annotated[str, Depends(caller)]

    @app.put("/issuer", status_code=204)
    def propose(tenant: caller_id, body: Wish) -> None:
        if not reachable:
            raise HTTPException(422, "not reachable")
        kept.wishes[tenant] = body
        kept.agreed.discard(tenant)

    @app.patch("/settings", status_code=204)
    def change(tenant: caller_id, body: Keyed) -> None:
        kept.recipients[tenant] = body.export_recipient or ""

    @app.post("/exports")
    def export(tenant: caller_id, body: Keyed) -> Response:
        return kept.export(tenant, body.recipient or kept.recipients.get(tenant))


def _documents_routes(app: FastAPI, kept: _Kept, caller: Any) -> None:  # noqa: ANN401 - a dependency
    caller_id = Annotated[str, Depends(caller)]

    @app.post("/documents", status_code=201)
    async def put(tenant: caller_id, file: UploadFile) -> dict[str, str]:
        one = {"id": f"doc_{secrets.token_hex(8)}", "tenant": tenant, "text": (await file.read()).decode()}
        kept.documents.append(one)
        return {"id": one["id"]}

    @app.get("/documents")
    def listed(tenant: caller_id) -> dict[str, Any]:
        return {"items": [{"id": one["id"]} for one in kept.documents if one["tenant"] == tenant]}

    @app.get("/documents/{document_id}")
    def read(tenant: caller_id, document_id: str) -> dict[str, str]:
        found = [one for one in kept.documents if (one["id"], one["tenant"]) == (document_id, tenant)]
        if not found:
            raise HTTPException(404, "nothing here")
        return found[0]

    @app.delete("/documents/{document_id}", status_code=204)
    def take_out(tenant: caller_id, document_id: str) -> None:
        kept.documents.remove(read(tenant, document_id))

    @app.post("/search")
    def search(tenant: caller_id, body: Query) -> dict[str, Any]:
        del body
        return {"hits": [{"text": one["text"]} for one in kept.documents if one["tenant"] == tenant]}
