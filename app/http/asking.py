"""Routes that read a tenant's documents to find something: search."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from app.auth import Asker
from app.http.bodies import Body, documented, json_body
from app.http.replies import HITS, gives, reply
from retrieval.search import Search, search
from tenancy.compartment import Compartment
from tenancy.errors import Invalid
from tenancy.index.tenant_index import InvalidFilter, Narrowing, narrowing
from tenancy.scope import Role

router = APIRouter()
_LONGEST_USER: Final = 2_000
_LONGEST: Final = 16_000


class QuestionTooLong(Invalid):
    """The question is longer than the caller's role may ask."""

    code = "question_too_long"


class SearchRequest(Body):
    """What to look for, in how many chunks, among which documents."""

    query: str = Field(min_length=1, max_length=_LONGEST)
    top_k: int = Field(10, ge=1, le=100)
    filter: dict[str, object] | None = None


def narrowed(body: Body, asked: dict[str, object] | None) -> Narrowing | None:
    """Return the checked filter; a filter that is given and null or empty is refused, never taken for none."""
    if "filter" not in body.model_fields_set:
        return None
    if asked is None:
        raise InvalidFilter("The filter is null. Leave it out to search all your documents.")
    return narrowing(asked)


def require_length(compartment: Compartment, text: str) -> None:
    """Raise QuestionTooLong for a question longer than the caller's roles allow, in characters."""
    longer = {Role.POWER, Role.ADMIN} & compartment.caller.roles
    most = _LONGEST if longer else _LONGEST_USER
    if len(text) > most:
        raise QuestionTooLong(f"A question may have at most {most:,} characters in this role.")
    if not text.strip():
        raise QuestionTooLong("The question is empty.")


@router.post("/v1/search", responses=gives(HITS, 401, 403, 413, 422), openapi_extra=documented(SearchRequest))
async def search_documents(
    compartment: Asker, body: Annotated[SearchRequest, Depends(json_body(SearchRequest))]
) -> Response:
    """Return the chunks that fit the query best, best first."""
    require_length(compartment, body.query)
    narrow = narrowed(body, body.filter)
    hits = await search(compartment, Search(body.query, body.top_k, narrow))
    found = [
        {
            "chunk_id": hit.chunk_id,
            "document_id": hit.document_id,
            "document_name": hit.document_name,
            "text": hit.text,
            "score": hit.score,
            "page": hit.page,
            "start": hit.start,
            "end": hit.end,
        }
        for hit in hits
    ]
    return reply({"hits": found})
