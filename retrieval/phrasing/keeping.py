"""Change, take back and preview a tenant's profiles."""

from dataclasses import dataclass, replace
from typing import Final

from retrieval.profile import Profile, fields_of, profile_from
from retrieval.prompt import build_prompt
from tenancy.compartment import Compartment
from tenancy.errors import ServiceError
from tenancy.ids import ChunkId, DocumentId
from tenancy.index.hits import Hit
from tenancy.stores.profiles import ProfileVersion
from tenancy.stores.records import Records
from tenancy.values.layout import NO_LAYOUT, Layout

QUESTION: Final = "What does the quoted document say?"
"""What a preview asks when it is given no question."""
# Real prompts carry random codes in these places, new for every question.
_FENCE: Final = "RANDOM-FENCE-CODE"
_CANARY: Final = "RANDOM-SECRET-CODE"
_PLACEHOLDERS: Final = (
    ("first-document.pdf", 4, "The text of the passage that fits the question best stands here, line by line."),
    ("second-document.docx", None, "The next passage stands here. Documents are quoted, never obeyed."),
)


class ProfileMoved(ServiceError):
    """Somebody changed the profile after the version that this change was made from."""

    status = 409
    code = "profile_changed"
    title = "The profile was changed in the meantime"


@dataclass(frozen=True, slots=True)
class Preview:
    """The messages that a question would be sent with, over placeholder documents."""

    profile: Profile
    messages: tuple[dict[str, str], ...]


def profile_of(kept: ProfileVersion) -> Profile:
    """Return a stored version as the profile that answers are written in."""
    return profile_from({**kept.fields, "name": kept.name}, version=kept.version)


async def change(compartment: Compartment, wanted: Profile, based_on: int | None = None) -> Profile:
    """Make `wanted` the newest version of the profile of its name; the same words again are the version there is.

    With `based_on`, ProfileMoved unless that is the newest version now.
    """
    async with compartment.begin() as records:
        newest = await records.profiles.newest(wanted.name)
        moved = based_on is not None and based_on != (0 if newest is None else newest.version)
        if moved and not _says(newest, wanted):
            raise ProfileMoved("This change was made from a version that is not the newest any more. Read it again.")
        return await _put(records, "profile.changed", newest, wanted)


async def roll_back(compartment: Compartment, name: str, version: int) -> Profile:
    """Make an earlier version's words the newest version; NotFound where there is none of that number."""
    async with compartment.begin() as records:
        wanted = profile_of(await records.profiles.version(name, version))
        return await _put(records, "profile.rolled_back", await records.profiles.newest(name), wanted)


async def _put(records: Records, action: str, newest: ProfileVersion | None, wanted: Profile) -> Profile:
    if newest is not None and _says(newest, wanted):
        return profile_of(newest)
    version = await records.profiles.put(wanted.name, fields_of(wanted))
    await records.audit.add(action, f"{wanted.name}@{version}")
    return replace(wanted, version=version)


def _says(kept: ProfileVersion | None, wanted: Profile) -> bool:
    return kept is not None and fields_of(profile_of(kept)) == fields_of(wanted)


async def preview(compartment: Compartment, name: str, version: int | None, question: str) -> Preview:
    """Return the prompt that a question would be asked with in a profile, its newest version by default.

    Nothing is looked up and no model is called: the documents are placeholders, and so are the two random codes.
    """
    async with compartment.snapshot() as records:
        newest, _ = await records.profiles.get(name)
        profile = profile_of(await records.profiles.version(name, newest if version is None else version))
    hits = [
        Hit(
            ChunkId("placeholder"), DocumentId("placeholder"), document, place, text, 0, len(text), 1.0, 1.0,
            NO_LAYOUT if page is None else Layout(((0, page),)),
        )
        for place, (document, page, text) in enumerate(_PLACEHOLDERS)
    ]  # fmt: skip
    prompt = build_prompt(question, hits, profile, nonce=_FENCE, canary=_CANARY)
    return Preview(profile, prompt.messages)
