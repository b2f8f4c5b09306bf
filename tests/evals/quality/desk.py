"""The small service of `shelves` behind HTTP, with a target file for it."""

import secrets
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, HTTPException, Request, UploadFile
from pydantic import BaseModel

from evals.target.reading import target_of
from evals.target.spec import TargetSpec
from tests.evals.quality.shelves import Shelf

OPERATOR: Final = "operator-of-the-desk"


class Asked(BaseModel):
    query: str = ""
    question: str = ""
    top_k: int = 10


class Named(BaseModel):
    name: str


class Desk:
    """The service: `shelves` by token, the names of tenants made and ended, documents that fail on purpose."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {}
        self.made: list[str] = []
        self.ended: list[str] = []
        self.failing = ""
        self.needed = 2
        self.polls: dict[str, int] = {}
        self.app = FastAPI()
        self._operator_routes()
        self._tenant_routes()

    def shelf(self, request: Request) -> Shelf:
        found = self.shelves.get(request.headers.get("authorization", ""))
        if found is None:
            raise HTTPException(401, "who are you?")
        return found

    def _operator_routes(self) -> None:
        @self.app.post("/tenants", status_code=201)
        def make(body: Named, request: Request) -> dict[str, str]:
            if request.headers.get("authorization") != OPERATOR:
                raise HTTPException(401, "who are you?")
            token = secrets.token_hex(16)
            self.shelves[token] = Shelf(self.needed)
            self.made.append(body.name)
            return {"tenant_id": token, "token": token}

        @self.app.delete("/tenants/{tenant_id}", status_code=204)
        def end(tenant_id: str) -> None:
            del self.shelves[tenant_id]
            self.ended.append(tenant_id)

    def _tenant_routes(self) -> None:
        mine = Annotated[Shelf, Depends(self.shelf)]

        @self.app.post("/documents", status_code=201)
        async def put(shelf: mine, file: UploadFile) -> dict[str, str]:
            name = str(file.filename)
            document_id = await shelf.ingest(name, await file.read())
            self.polls[document_id] = 0
            return {"id": document_id, "name": name}

        @self.app.get("/documents/{document_id}")
        async def status(shelf: mine, document_id: str) -> dict[str, str]:
            self.polls[document_id] += 1
            if self.polls[document_id] == 1:
                return {"status": "queued"}
            await shelf.wait()
            name = shelf.documents[document_id].split("\n")[0]
            return {"status": "failed" if name == self.failing else "ready"}

        @self.app.post("/search")
        async def search(shelf: mine, body: Asked) -> dict[str, Any]:
            found = await shelf.search(body.query, body.top_k)
            return {"hits": [{"document_id": hit.document_id, "text": hit.text} for hit in found.hits]}

        @self.app.post("/ask")
        async def ask(shelf: mine, body: Asked) -> dict[str, Any]:
            answered = await shelf.ask(body.question)
            cited = [{"document_id": one, "quote": quote} for one, quote in answered.citations]
            return {"answer": answered.text, "refused": answered.refused, "citations": cited}


def desk_target(url: str, **more: object) -> TargetSpec:
    """Return what a target file for the desk says."""
    said: dict[str, object] = {
        "name": "desk",
        "reach": 3,
        "bases": {"api": url},
        "rate": 2000,
        "auth": {"tenant": {"Authorization": "{{token}}"}, "operator": {"Authorization": "{{token}}"}},
        "operator": {"token": OPERATOR},
        "tenant": {"steps": ["tenant_create"]},
        "ready": {"operation": "get", "value": "status", "done": ["ready"], "failed": ["failed"]},
        "operations": OPERATIONS,
        **more,
    }
    return target_of(said, "desk")


OPERATIONS: Final[dict[str, dict[str, object]]] = {
    "tenant_create": {
        "method": "POST",
        "path": "/tenants",
        "as": "operator",
        "json": {"name": "{{name}}"},
        "gives": {"tenant_id": "$.tenant_id", "token": "$.token"},
    },
    "tenant_delete": {"method": "DELETE", "path": "/tenants/{{tenant_id}}", "as": "operator"},
    "ingest": {
        "method": "POST",
        "path": "/documents",
        "files": [{"field": "file", "name": "{{name}}", "content": "{{content}}"}],
        "gives": {"document_id": "$.id"},
    },
    "get": {"method": "GET", "path": "/documents/{{document_id}}", "gives": {"status": "$.status"}},
    "search": {
        "method": "POST",
        "path": "/search",
        "json": {"query": "{{query}}", "top_k": "{{top_k}}"},
        "changes": False,
        "gives": {"found": "$.hits[*].document_id", "text": "$.hits[*].text"},
    },
    "ask": {
        "method": "POST",
        "path": "/ask",
        "json": {"question": "{{question}}"},
        "changes": False,
        "gives": {
            "answer": "$.answer",
            "refused": "$.refused",
            "cited": "$.citations[*].document_id",
            "quote": "$.citations[*].quote",
        },
    },
}
