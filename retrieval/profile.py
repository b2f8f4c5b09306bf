"""A tenant's prompt profile: plain words about how answers are written, with no logic in them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from tenancy.errors import Invalid

_LONGEST_TEXT: Final = 8_000  # characters in one field
_LONGEST_ITEM: Final = 500
_MOST_ITEMS: Final = 50
_MOST_TOKENS: Final = 32_000
_HOTTEST: Final = 2.0

# What template languages begin with, and a braced name that is reached into. Profiles are never formatted, so none of
# these would do anything; a text that has them was written for another machine and is refused before it is kept.
_TEMPLATE: Final = re.compile(
    r"\{\{|\}\}|\{%|%\}|\{#|\$\{|#\{|<%|%>|\$\(|%\(\w*\)[sdrf]|\{[^{}\n]{0,200}(?:[.!\[]\w|__)[^{}\n]{0,200}\}"
)
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


class Citations(StrEnum):
    """Whether every statement needs a source, or only those that the model gave one."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class InvalidProfile(Invalid):
    """A field of a profile could not be used exactly as it is written."""

    code = "invalid_profile"


@dataclass(frozen=True, slots=True)
class Profile:
    """How one tenant's answers are written. An instance that exists is valid: building another raises InvalidProfile.

    `terminology` holds (say not, say) pairs; `model` None means the tenant's default; `max_tokens` bounds the answer;
    `second_opinion` lets the model judge its claims against their quotes;
    `refusal` is the sentence given when the documents do not answer.
    """

    name: str = "default"
    version: int = 1
    system: str = "You answer questions from the organisation's own documents."
    tone: str = "plain, precise, friendly"
    terminology: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    constraints: tuple[str, ...] = ()
    citations: Citations = Citations.REQUIRED
    second_opinion: bool = False
    temperature: float = 0.0
    max_tokens: int = 700
    model: str | None = None
    refusal: str = "The documents do not contain enough to answer this question."

    def __post_init__(self) -> None:
        """Refuse whatever could not be used exactly as it is written."""
        _expect(_NAME.fullmatch(self.name) is not None, "name", "has 1 to 64 of the characters a-z, 0-9, - and _")
        _expect(_LANGUAGE.fullmatch(self.language) is not None, "language", "is a language tag such as `en` or `pt-BR`")
        _expect(0.0 <= self.temperature <= _HOTTEST, "temperature", "lies between 0 and 2")
        _expect(1 <= self.max_tokens <= _MOST_TOKENS, "max_tokens", "lies between 1 and 32,000")
        _expect(self.version >= 1, "version", "counts from 1")
        _expect(bool(self.refusal.strip()), "refusal", "is a sentence to give when there is no answer")
        for field in ("system", "tone", "refusal"):
            _plain(field, getattr(self, field), _LONGEST_TEXT)
        for field, items in (("constraints", self.constraints), ("terminology", _flat(self.terminology))):
            _expect(len(items) <= 2 * _MOST_ITEMS, field, "has at most 50 entries")
            for item in items:
                _expect(bool(item.strip()), field, "has no empty entry")
                _plain(field, item, _LONGEST_ITEM)
        if self.model is not None:
            _plain("model", self.model, _LONGEST_ITEM)


def profile_from(record: Mapping[str, object], *, version: int = 1) -> Profile:
    """Build a profile from a JSON object, with defaults for absent fields; InvalidProfile for anything unknown."""
    known = {field.name for field in fields(Profile)}
    unknown = sorted(set(record) - known)
    _expect(not unknown, ", ".join(unknown) or "profile", "is not a field of a profile")
    values: dict[str, object] = {key: _value(key, record[key]) for key in record if record[key] is not None}
    values["version"] = version
    try:
        return Profile(**values)  # type: ignore[arg-type]  # `_value` gave each field the type it declares
    except TypeError:
        raise InvalidProfile("A field of the profile has the wrong type.") from None


def record_of(profile: Profile) -> dict[str, object]:
    """Return the JSON object that `profile_from` reads back, without the version."""
    return {"name": profile.name, **fields_of(profile)}


def fields_of(profile: Profile) -> dict[str, object]:
    """Return what a profile says, as a JSON object without its name and version."""
    return {
        "system": profile.system,
        "tone": profile.tone,
        "terminology": dict(profile.terminology),
        "language": profile.language,
        "constraints": list(profile.constraints),
        "citations": profile.citations.value,
        "second_opinion": profile.second_opinion,
        "temperature": profile.temperature,
        "max_tokens": profile.max_tokens,
        "model": profile.model,
        "refusal": profile.refusal,
    }


def _value(field: str, value: object) -> object:
    """Turn one JSON value into what the dataclass holds."""
    match field, value:
        case "constraints", list():
            _expect(all(isinstance(item, str) for item in value), field, "is a list of sentences")
            return tuple(value)
        case "terminology", Mapping():
            _expect(all(isinstance(item, str) for item in value.values()), field, "maps words to words")
            return tuple((str(key), str(item)) for key, item in value.items())
        case "citations", str():
            _expect(value in set(Citations), field, "is `required` or `optional`")
            return Citations(value)
        case "temperature", int() | float() if not isinstance(value, bool):
            return float(value)
        case (("max_tokens" | "version"), int()) if not isinstance(value, bool):
            return value
        case (("name" | "system" | "tone" | "language" | "model" | "refusal"), str()) | ("second_opinion", bool()):
            return value
        case _:
            raise InvalidProfile(f"The profile's `{field}` has the wrong type.")


def _flat(pairs: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(word for pair in pairs for word in pair)


def _plain(field: str, text: str, longest: int) -> None:
    """Refuse over-long text, control characters and the beginnings of template languages."""
    _expect(len(text) <= longest, field, f"has at most {longest:,} characters")
    _expect(not any(ord(letter) < 32 and letter not in "\n\t" for letter in text), field, "has no control characters")  # noqa: PLR2004 - the first printable code point
    _expect(
        _TEMPLATE.search(text) is None,
        field,
        "is plain text: placeholders and template tags such as `{{`, `{%` and `${` have no meaning here",
    )


def _expect(holds: bool, field: str, rule: str) -> None:  # noqa: FBT001 - reads as a sentence where it is called
    if not holds:
        raise InvalidProfile(f"The profile is not valid: `{field}` {rule}.")
