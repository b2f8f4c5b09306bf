"""Routes that put a question to a tenant's documents: search and ask."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import CHOOSER, Asker, RoleRequired
from app.http.bodies import Body, documented, json_body
from app.http.replaying import HEADER, content_of, fingerprint, once
from app.http.replies import ANSWER, HITS, answer_view, gives, hit_view, reply
from app.http.witnessing.asked import answered, searched
from app.http.witnessing.recorder import note_interaction
from retrieval.ask import Ask, ask
from retrieval.search import Search, search
from tenancy.compartment import Compartment
from tenancy.errors import Invalid, NotFound
from tenancy.index.tenant_index import InvalidFilter, Narrowing, narrowing
from tenancy.stores.profiles import DEFAULT_PROFILE
from tenancy.values.roles import Right, alternatives, roles_with

router = APIRouter()
_LONGEST_USER: Final = 2_000
_LONGEST: Final = 16_000
_AT_LENGTH: Final = roles_with(Right.ASK_AT_LENGTH)


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
    most = _LONGEST if _AT_LENGTH & compartment.caller.roles else _LONGEST_USER
    if len(text) > most:
        raise QuestionTooLong(f"A question may have at most {most:,} characters in this role.")
    if not text.strip():
        raise QuestionTooLong("The question is empty.")


@router.post(
    "/v1/search",
    responses=gives(HITS, 401, 403, 409, 413, 422, 503),
    openapi_extra=documented(SearchRequest) | HEADER,
)
@reads("search.made")
async def search_documents(
    request: Request, compartment: Asker, body: Annotated[SearchRequest, Depends(json_body(SearchRequest))]
) -> Response:
    """Return the chunks that fit the query best, best first."""
    require_length(compartment, body.query)
    narrow = narrowed(body, body.filter)

    async def work() -> Response:
        hits = await search(compartment, Search(body.query, body.top_k, narrow))
        note_interaction(request, searched(body.query, hits))
        return reply({"hits": [hit_view(hit) for hit in hits]})

    return await once(request, compartment, fingerprint(request, content_of(body)), work)


class StreamingUnavailable(Invalid):
    """The caller asked for a stream, which this version does not give."""

    code = "streaming_unavailable"


class AskRequest(Body):
    """A question, in the words of one of the tenant's profiles, answered from some of its documents."""

    question: str = Field(min_length=1, max_length=_LONGEST)
    profile: str = Field(DEFAULT_PROFILE, min_length=1, max_length=64)
    top_k: int = Field(10, ge=1, le=100)
    filter: dict[str, object] | None = None
    conversation_id: str | None = Field(None, max_length=64)
    stream: bool = False


@router.post(
    "/v1/ask",
    responses=gives(ANSWER, 401, 403, 404, 409, 413, 422, 502, 503, 504),
    openapi_extra=documented(AskRequest) | HEADER,
)
@reads("question.asked")
async def ask_documents(
    request: Request, compartment: Asker, body: Annotated[AskRequest, Depends(json_body(AskRequest))]
) -> Response:
    """Return an answer built only from the caller's own documents, with citations, or a refusal."""
    require_length(compartment, body.question)
    if body.profile != DEFAULT_PROFILE and not CHOOSER.roles & compartment.caller.roles:
        wanted = alternatives(CHOOSER.roles)
        raise RoleRequired(f"Choosing a profile takes the role {wanted}. Leave `profile` out to use your own.")
    if body.stream:
        raise StreamingUnavailable("Answers are not streamed in this version. Leave `stream` out or set it to false.")
    if body.conversation_id is not None:
        raise NotFound  # there are no conversations yet, so no id names one
    asked = Ask(body.question, body.profile, body.top_k, narrowed(body, body.filter))

    async def work() -> Response:
        answer = await ask(compartment, asked)
        note_interaction(request, answered(body.question, answer))
        return reply(answer_view(answer))

    return await once(request, compartment, fingerprint(request, content_of(body)), work)
