"""A multi-tenant RAG service as the usual tutorial builds it: the first target that is not ours, and full of leaks."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, HTTPException, Request, Response, UploadFile
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from tests.standins.naive_rag.answering import answer
from tests.standins.naive_rag.leaks import NAIVE, Leak
from tests.standins.naive_rag.searching import Search, search, shown
from tests.standins.naive_rag.state import State

OPERATOR_KEY: Final = "sk-operator-of-the-naive-server"
_Caller = Callable[[Request], str]


class Tenant(BaseModel):
    """A tenant to make."""

    name: str


class Ask(Search):
    """What to answer."""

    conversation_id: str | None = None


def naive_rag(leaks: frozenset[Leak] = NAIVE) -> FastAPI:
    """Return the server with these leaks."""
    state = State(leaks)
    app = FastAPI(title="Naive RAG")

    def caller(request: Request) -> str:
        key = request.headers.get("x-api-key", "")
        if key not in state.keys:
            raise HTTPException(401, "no valid X-API-Key")
        claimed = state.named(request.headers.get("x-tenant")) if Leak.HEADER_WINS in leaks else None
        return claimed or state.keys[key]

    _operators(app, state)
    _documents(app, state, caller)
    _around_documents(app, state, caller)
    _questions(app, state, caller)
    _extras(app, state, caller)
    return app


def _operators(app: FastAPI, state: State) -> None:
    def operator(request: Request) -> None:
        if request.headers.get("x-api-key") != OPERATOR_KEY:
            raise HTTPException(401, "no valid X-API-Key")

    @app.post("/tenants", status_code=201, dependencies=[Depends(operator)])
    def make(body: Tenant) -> dict[str, str]:
        tenant, key = state.new_tenant(body.name)
        return {"tenant_id": tenant, "api_key": key}

    @app.delete("/tenants/{tenant_id}", status_code=204, dependencies=[Depends(operator)])
    def end(tenant_id: str) -> Response:
        state.end_tenant(tenant_id)
        return Response(status_code=204)

    @app.get("/health")
    def health() -> dict[str, Any]:
        counts = {"chunks": len(state.collection.chunks)} if Leak.TOTALS_SHARED in state.leaks else {}
        return {"status": "ok", **counts}


def _documents(app: FastAPI, state: State, caller: _Caller) -> None:
    tenant_id = Annotated[str, Depends(caller)]

    @app.post("/documents", status_code=201)
    async def upload(tenant: tenant_id, file: UploadFile) -> dict[str, Any]:
        text = (await file.read()).decode("utf-8", errors="replace")
        name = file.filename or "unnamed"
        if Leak.MARKS_KEPT not in state.leaks:
            name = "".join(one for one in name if one.isprintable())
        document, known = state.put(tenant, name, text)
        return {"id": document.id, "name": document.name, "duplicate": known}

    @app.get("/documents")
    def listed(tenant: tenant_id) -> dict[str, Any]:
        mine = [one for one in state.documents.values() if one.tenant == tenant and not one.deleted]
        total = len(state.documents) if Leak.TOTALS_SHARED in state.leaks else len(mine)
        return {"items": [{"id": one.id, "name": one.name} for one in mine], "total": total}

    @app.get("/documents/{document_id}")
    def read(tenant: tenant_id, document_id: str, response: Response) -> dict[str, str]:
        one = state.found(tenant, document_id, Leak.READ_UNCHECKED)
        public = Leak.PUBLIC_CACHING in state.leaks
        response.headers["Cache-Control"] = "public, max-age=600" if public else "private, no-store"
        return {"id": one.id, "name": one.name, "text": one.text}

    @app.delete("/documents/{document_id}", status_code=204)
    def remove(tenant: tenant_id, document_id: str) -> Response:
        state.delete(state.found(tenant, document_id, Leak.DELETE_UNCHECKED))
        return Response(status_code=204)


def _around_documents(app: FastAPI, state: State, caller: _Caller) -> None:
    tenant_id = Annotated[str, Depends(caller)]

    @app.get("/documents/{document_id}/download")
    def download(tenant: tenant_id, document_id: str) -> PlainTextResponse:
        one = state.found(tenant, document_id, Leak.DOWNLOAD_UNCHECKED)
        return PlainTextResponse(one.text, headers={"Cache-Control": "private, no-store"})

    @app.get("/documents/{document_id}/related")
    def related(tenant: tenant_id, document_id: str) -> dict[str, Any]:
        one = state.found(tenant, document_id, Leak.READ_UNCHECKED)
        everywhere = Leak.RELATED_UNFILTERED in state.leaks
        hits = state.collection.query(
            one.text,
            5,
            lambda chunk: chunk.document != one.id and (everywhere or chunk.tenant == tenant),
            state.counted(tenant),
        )
        return {"hits": [shown(state, hit) for hit in hits]}


def _questions(app: FastAPI, state: State, caller: _Caller) -> None:
    tenant_id = Annotated[str, Depends(caller)]

    @app.post("/search")
    async def find(tenant: tenant_id, body: Search) -> dict[str, Any]:
        return {"hits": [shown(state, hit) for hit in await search(state, tenant, body)]}

    @app.post("/ask")
    async def ask(tenant: tenant_id, body: Ask) -> dict[str, Any]:
        talk = state.conversation(tenant, body.conversation_id)
        asked = body.model_dump_json(exclude={"conversation_id"})
        key = (body.query,) if Leak.ANSWERS_CACHED in state.leaks else (tenant, asked)
        if key not in state.answers:
            said = answer(body.query, await search(state, tenant, body), state.leaks)
            sources = [{"document_id": hit.chunk.document, "name": hit.chunk.name} for hit in said.hits]
            state.answers[key] = {"answer": said.text, "sources": sources}
        talk.turns.append({"question": body.query, "answer": str(state.answers[key]["answer"])})
        return {**state.answers[key], "conversation_id": talk.id}

    @app.get("/conversations/{conversation_id}")
    def history(tenant: tenant_id, conversation_id: str) -> dict[str, Any]:
        talk = state.conversation(tenant, conversation_id)
        return {"id": talk.id, "turns": talk.turns}


def _extras(app: FastAPI, state: State, caller: _Caller) -> None:
    tenant_id = Annotated[str, Depends(caller)]

    @app.get("/suggest")
    def suggest(tenant: tenant_id, prefix: str = "") -> dict[str, Any]:
        everywhere = Leak.WORDS_SUGGESTED in state.leaks
        chunks = [chunk for chunk in state.collection.chunks if everywhere or chunk.tenant == tenant]
        found = {word for chunk in chunks for word in chunk.words if word.startswith(prefix.lower())}
        return {"words": sorted(found)[:20]}

    @app.get("/jobs")
    def jobs(tenant: tenant_id) -> dict[str, Any]:
        everybodys = Leak.JOBS_SHARED in state.leaks
        return {"jobs": [job for job in state.jobs if everybodys or job["tenant"] == tenant]}

    @app.get("/metrics")
    def metrics() -> PlainTextResponse:
        if Leak.FILES_IN_METRICS not in state.leaks:
            return PlainTextResponse("naive_up 1\n")
        lines = [f'naive_document_bytes{{tenant="{one.tenant}",file="{one.name}"}} {len(one.text)}' for one in
                 state.documents.values()]  # fmt: skip
        return PlainTextResponse("\n".join(["naive_up 1", *lines, ""]))

    if Leak.STATE_SHOWN in state.leaks:

        @app.get("/debug/state")
        def debug() -> dict[str, Any]:
            asked = [turn for talk in state.conversations.values() for turn in talk.turns][-50:]
            return {"tenants": state.names, "asked": asked, "cached": [list(key) for key in state.answers]}
