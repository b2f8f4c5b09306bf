"""Routes for a tenant's prompt profiles: every change is a new version, and no version ever changes."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.route_audit import changes, reads
from app.auth import Administrator, Chooser
from app.http.bodies import Body, documented, json_body
from app.http.documents import Cursor, Limit
from app.http.replaying import HEADER, content_of, fingerprint, once
from app.http.replies import gives, listed, maybe, page_of, reply, shape, timestamp
from retrieval.phrasing.keeping import QUESTION, change, preview, profile_of, roll_back
from retrieval.phrasing.shipped import TEMPLATES, begun, template
from retrieval.profile import InvalidProfile, Profile, fields_of, profile_from
from tenancy.errors import NotFound
from tenancy.ids import reads_like_an_id
from tenancy.stores.profiles import DEFAULT_PROFILE, ProfileVersion

router = APIRouter(prefix="/v1/profiles")
Name = Annotated[str, Path(examples=[DEFAULT_PROFILE])]
_LONGEST_QUESTION: Final = 16_000
_LAST_VERSION: Final = 2**31 - 1  # what the databases count to

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_WHOLE: Final[dict[str, Any]] = {"type": "integer", "minimum": 1}
_WORDS: Final[dict[str, dict[str, Any]]] = {
    "system": _TEXT,
    "tone": _TEXT,
    "terminology": {"type": "object", "additionalProperties": _TEXT},
    "language": _TEXT,
    "constraints": listed(_TEXT),
    "citations": {"type": "string", "enum": ["required", "optional"]},
    "second_opinion": {"type": "boolean"},
    "temperature": {"type": "number"},
    "max_tokens": _WHOLE,
    "model": maybe(_TEXT),
    "refusal": _TEXT,
}
_WHEN: Final = {"created_at": maybe({"type": "string", "format": "date-time"})}
PROFILE: Final = shape("Profile", name=_TEXT, version=_WHOLE, **_WORDS)
PROFILES: Final = shape(
    "Profiles",
    items=listed(shape("ProfileName", name=_TEXT, version=_WHOLE, **_WHEN)),
    templates=listed(shape("ProfileTemplate", template=_TEXT, about=_TEXT, **_WORDS)),
)
VERSION: Final = shape("ProfileVersion", name=_TEXT, version=_WHOLE, **_WHEN, by=maybe(_TEXT), **_WORDS)
PREVIEW: Final = shape(
    "ProfilePreview",
    profile=shape("ProfileUsed", name=_TEXT, version=_WHOLE),
    model=maybe(_TEXT),
    temperature={"type": "number"},
    max_tokens=_WHOLE,
    messages=listed(shape("Message", role=_TEXT, content=_TEXT)),
)


class ProfileWords(Body):
    """What the profile says from now on, whole: a field that is left out or null has its default again.

    With `template`, the fields of that shipped profile are what those left out become. With `version`, the change is
    refused if that is not the newest version any more. `name` may only repeat the path.
    """

    template: str | None = Field(None, json_schema_extra={"enum": [*TEMPLATES, None]})
    name: str | None = None
    version: int | None = Field(None, ge=1, le=_LAST_VERSION)
    system: str | None = None
    tone: str | None = None
    terminology: dict[str, str] | None = None
    language: str | None = None
    constraints: list[str] | None = None
    citations: Literal["required", "optional"] | None = None
    second_opinion: bool | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    model: str | None = None
    refusal: str | None = None


class EarlierVersion(Body):
    """The version whose words shall hold again."""

    version: int = Field(ge=1, le=_LAST_VERSION)


class PreviewRequest(Body):
    """What to ask, in which version; by default the newest one and a question of ours."""

    question: str = Field(QUESTION, min_length=1, max_length=_LONGEST_QUESTION)
    version: int | None = Field(None, ge=1, le=_LAST_VERSION)


def profile_view(profile: Profile) -> dict[str, object]:
    """Return a profile as the outside sees it."""
    return {"name": profile.name, "version": profile.version, **fields_of(profile)}


def _when(kept: ProfileVersion) -> dict[str, object]:
    return {"created_at": None if kept.created_at is None else timestamp(kept.created_at)}


def _templates() -> list[Mapping[str, object]]:
    found = ((name, template(name)) for name in TEMPLATES)
    return [{"template": name, "about": each.about, **fields_of(each.profile)} for name, each in found]


@router.get("", responses=gives(PROFILES, 401, 403, 503))
@reads("profile.listed")
async def list_profiles(compartment: Chooser) -> Response:
    """Return the tenant's profiles with their newest versions, and apart from them the templates to begin one with."""
    async with compartment.snapshot() as records:
        found = await records.profiles.list()
    items = [{"name": kept.name, "version": kept.version, **_when(kept)} for kept in found]
    return reply({"items": items, "templates": _templates()})


@router.get("/{name}", responses=gives(PROFILE, 401, 403, 404, 503))
@reads("profile.read")
async def read_profile(compartment: Chooser, name: Name) -> Response:
    """Return a profile's newest version."""
    async with compartment.snapshot() as records:
        version, fields = await records.profiles.get(name)
    return reply(profile_view(profile_from({**fields, "name": name}, version=version)))


@router.put(
    "/{name}",
    responses=gives(PROFILE, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra=documented(ProfileWords) | HEADER,
)
@changes("profile.changed")
async def put_profile(
    request: Request,
    compartment: Administrator,
    name: Name,
    body: Annotated[ProfileWords, Depends(json_body(ProfileWords))],
) -> Response:
    """Make a profile, or its next version; what says the same as the newest version is answered with that one."""
    if reads_like_an_id(name):
        raise NotFound  # an id names something that was made, never something to be made
    if body.name not in {None, name}:
        raise InvalidProfile(
            "The profile's `name` is another than the path's. Leave it out, or put it under its own path."
        )
    words = body.model_dump(exclude={"name", "version"})
    wanted = profile_from({**begun(words), "name": name})

    async def work() -> Response:
        return reply(profile_view(await change(compartment, wanted, body.version)))

    return await once(request, compartment, fingerprint(request, content_of(body)), work)


@router.get("/{name}/versions", responses=gives(page_of("ProfileVersions", VERSION), 401, 403, 404, 422, 503))
@reads("profile.versions_read")
async def list_versions(compartment: Chooser, name: Name, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return a page of a profile's versions, newest first, each with its words, its time and who made it."""
    async with compartment.snapshot() as records:
        found, following = await records.profiles.versions(name, limit, cursor)
    items = [{**profile_view(profile_of(kept)), **_when(kept), "by": kept.author} for kept in found]
    return reply({"items": items, "next_cursor": following})


@router.post(
    "/{name}/rollback",
    responses=gives(PROFILE, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra=documented(EarlierVersion) | HEADER,
)
@changes("profile.rolled_back")
async def roll_profile_back(
    request: Request,
    compartment: Administrator,
    name: Name,
    body: Annotated[EarlierVersion, Depends(json_body(EarlierVersion))],
) -> Response:
    """Make a new version that says what an earlier one said."""

    async def work() -> Response:
        return reply(profile_view(await roll_back(compartment, name, body.version)))

    return await once(request, compartment, fingerprint(request, content_of(body)), work)


@router.post(
    "/{name}/preview",
    responses=gives(PREVIEW, 401, 403, 404, 413, 422, 503),
    openapi_extra=documented(PreviewRequest),
)
@reads("profile.previewed")
async def preview_profile(
    compartment: Chooser, name: Name, body: Annotated[PreviewRequest, Depends(json_body(PreviewRequest))]
) -> Response:
    """Return the prompt that a question would be asked with, over placeholder documents; no model is called."""
    seen = await preview(compartment, name, body.version, body.question)
    profile = seen.profile
    return reply(
        {
            "profile": {"name": profile.name, "version": profile.version},
            "model": profile.model,
            "temperature": profile.temperature,
            "max_tokens": profile.max_tokens,
            "messages": seen.messages,
        }
    )
