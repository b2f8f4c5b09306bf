"""Fill `{{name}}` placeholders in the requests of a target file.

There is no logic: a name stands for its value. A text that is nothing but one placeholder keeps the value's type: a
list stays a list. `{{name?}}` is left out, with the field it stands in, when there is no such value.
"""

import re
from collections.abc import Mapping
from typing import Final

_PLACE: Final = re.compile(r"\{\{\s*([A-Za-z_][\w.-]*)(\??)\s*\}\}")
_ENVIRONMENT: Final = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class MissingValue(Exception):
    """A request names a value that nobody gave; the message says which."""


class _LeftOut:
    """Marks what an optional placeholder without a value removes."""


_LEFT_OUT: Final = _LeftOut()


def fill(template: object, values: Mapping[str, object]) -> object:
    """Return `template`, of texts, lists and mappings, with its placeholders filled; MissingValue if one cannot be."""
    filled = _filled(template, values)
    return None if isinstance(filled, _LeftOut) else filled


def fill_text(template: str, values: Mapping[str, object]) -> str:
    """Return a text with its placeholders filled, each as text."""
    return _PLACE.sub(lambda found: _text(found, values), template)


def fill_texts(templates: Mapping[str, str], values: Mapping[str, object]) -> dict[str, str]:
    """Return texts by name, without those that an optional placeholder left out."""
    kept = {name: text for name, text in templates.items() if not _is_left_out(text, values)}
    return {name: fill_text(text, values) for name, text in kept.items()}


def fill_any(template: str) -> str:
    """Return a text with every placeholder filled with something, for what only its shape matters."""
    return _PLACE.sub("any", template)


def places(template: object, *, optional: bool = True) -> frozenset[str]:
    """Return the names of every placeholder; without the optional ones, of those that have to be filled."""
    if isinstance(template, str):
        return frozenset(name for name, mark in _PLACE.findall(template) if optional or not mark)
    parts = template.values() if isinstance(template, Mapping) else template if isinstance(template, list) else ()
    return frozenset().union(*(places(part, optional=optional) for part in parts))


def from_environment(said: object, environment: Mapping[str, str]) -> object:
    """Return what a file says with every `${NAME}` in its texts replaced; MissingValue if one is not set."""
    if isinstance(said, str):
        return _ENVIRONMENT.sub(lambda found: _variable(found[1], environment), said)
    if isinstance(said, Mapping):
        return {name: from_environment(value, environment) for name, value in said.items()}
    if isinstance(said, list):
        return [from_environment(value, environment) for value in said]
    return said


def _variable(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise MissingValue(f"The target file needs ${{{name}}}. Set it in the environment.")
    return environment[name]


def _filled(template: object, values: Mapping[str, object]) -> object:
    if isinstance(template, str):
        whole = _PLACE.fullmatch(template)
        if whole is None:
            return fill_text(template, values)
        return _LEFT_OUT if _is_left_out(template, values) else _value(whole[1], values)
    if isinstance(template, Mapping):
        filled = {name: _filled(value, values) for name, value in template.items()}
        return {name: value for name, value in filled.items() if not isinstance(value, _LeftOut)}
    if isinstance(template, list):
        return [value for value in (_filled(one, values) for one in template) if not isinstance(value, _LeftOut)]
    return template


def _is_left_out(text: str, values: Mapping[str, object]) -> bool:
    whole = _PLACE.fullmatch(text)
    return whole is not None and bool(whole[2]) and whole[1] not in values


def _text(found: re.Match[str], values: Mapping[str, object]) -> str:
    if found[2] and found[1] not in values:
        return ""
    return str(_value(found[1], values))


def _value(name: str, values: Mapping[str, object]) -> object:
    if name not in values:
        raise MissingValue(f"The request needs a value for {{{{{name}}}}}.")
    return values[name]
