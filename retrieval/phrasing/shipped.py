"""The profiles that come with the service, for a tenant to take over as its own and change."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from retrieval.profile import Profile, fields_of, profile_from
from tenancy.errors import Invalid

TEMPLATES: Final = ("it-service-desk", "legal", "marketing")
_FOLDER: Final = files("retrieval.phrasing") / "templates"


class NoSuchTemplate(Invalid):
    """No profile of that name comes with the service."""

    code = "no_such_template"


@dataclass(frozen=True, slots=True)
class Template:
    """A profile to begin with, and one line about what it is for."""

    about: str
    profile: Profile


@cache
def template(name: str) -> Template:
    """Return one of TEMPLATES, checked like a tenant's own profile."""
    said = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    fields = {key: value.strip() if isinstance(value, str) else value for key, value in said.items()}
    return Template(str(fields.pop("about")), profile_from({**fields, "name": name}))


def begun(record: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a new profile: where `template` names a shipped one, its fields stand for those left out.

    A field that is null is left out. NoSuchTemplate for a name that no shipped profile has.
    """
    given = {key: value for key, value in record.items() if value is not None}
    name = given.pop("template", None)
    if name is None:
        return given
    if name not in TEMPLATES:
        raise NoSuchTemplate(f"There is no such template. Choose one of: {', '.join(TEMPLATES)}.")
    return {**fields_of(template(str(name)).profile), **given}
