"""What a target serves, by its own OpenAPI documents: routes, the slots of each, and a smallest valid body."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, final
from urllib.parse import unquote

_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_SLOT: Final = re.compile(r"\{([^}]+)\}")
_DEEPEST: Final = 6
_PATHS_KEPT: Final = 1024
_ANY_KIND: Final = frozenset({"", "name", "key", "slug"})


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a request that takes a value: path, query, header, cookie or body."""

    place: str
    name: str

    @property
    def label(self) -> str:
        """As coverage names it: `path:document_id`."""
        return f"{self.place}:{self.name}"


@dataclass(frozen=True, slots=True)
class Route:
    """A verb and a path template that a target serves."""

    base: str
    method: str
    path: str
    name: str
    """`GET /v1/documents/{document_id}`; with the base behind it where a route before it has the same name."""
    slots: tuple[Slot, ...] = ()
    media: str = ""
    """The media type of the body it takes; empty if it takes none."""
    schema: Mapping[str, Any] = field(default_factory=dict, compare=False)
    examples: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What the document gives as an example of a parameter, by the parameter's name."""

    def matches(self, base: str, method: str, path: str) -> bool:
        """Tell whether a request is for this route."""
        return (base, method) == (self.base, self.method) and _pattern(self.path).fullmatch(path) is not None

    def id_slots(self, also: frozenset[str]) -> tuple[Slot, ...]:
        """Return the slots that take an id: every one in the path, else by its name or because it is in `also`."""
        return tuple(slot for slot in self.slots if slot.place == "path" or is_id(slot.name) or slot.name in also)


@final
class Surface:
    """Every route of a target."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Take the routes; a literal path wins over one with slots."""
        self.routes = tuple(routes)
        self._literal_first = sorted(self.routes, key=lambda route: route.path.count("{"))

    def match(self, base: str, method: str, path: str) -> Route | None:
        """Return the route that a request is for."""
        clean = path.partition("?")[0]
        return next((one for one in self._literal_first if one.matches(base, method, clean)), None)

    def name_of(self, base: str, method: str, path: str) -> str:
        """Return the name of the route that a request is for, or the request's own line."""
        route = self.match(base, method, path)
        return f"{method} {path.partition('?')[0]}" if route is None else route.name


def is_id(name: str) -> bool:
    """Tell whether a slot takes an id, by its name."""
    return re.fullmatch(r"id|ids|.*_ids?|.*Ids?|.*-ids?", name) is not None


def kind_of(route: Route, slot: Slot) -> str:
    """Return which kind of id a slot takes: `document` for `document_id`, `documentIds`, `/documents/{name}`."""
    name = slot.name.rpartition(".")[2]
    kind = re.sub(r"^x-|(^|[_-])ids?$", "", re.sub(r"(?<=[a-z])Ids?$", "", name), flags=re.IGNORECASE).lower()
    before = re.search(rf"/([^/]+)/\{{{re.escape(name)}\b", route.path)
    return before[1].removesuffix("s") if before and kind in _ANY_KIND else kind or name


def read_surface(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> Surface:
    """Return the surface that OpenAPI documents describe, each with the base it was served by."""
    routes: dict[str, Route] = {}
    for base, document in documents:
        for path, item in document.get("paths", {}).items():
            for method in _METHODS:
                if method in item:
                    name = f"{method.upper()} {path}"
                    name = f"{name} ({base})" if name in routes else name
                    routes[name] = _route(base, method.upper(), path, name, item, document)
    return Surface(routes.values())


def _route(base: str, method: str, path: str, name: str, item: Mapping[str, Any], document: Mapping[str, Any]) -> Route:
    said = item[method.lower()]
    given = [resolved(one, document) for one in [*item.get("parameters", ()), *said.get("parameters", ())]]
    slots = {Slot(str(one["in"]), str(one["name"])) for one in given}
    slots |= {Slot("path", slot.partition(":")[0]) for slot in _SLOT.findall(path)}
    content = resolved(said.get("requestBody", {}), document).get("content", {})
    media = next(iter(content), "")
    schema = _inlined(content[media].get("schema", {}), document) if media else {}
    slots |= {Slot("body", str(one)) for one in schema.get("properties", {})}
    examples = {str(one["name"]): found for one in given if (found := _example(one)) is not None}
    return Route(base, method, path, name, tuple(sorted(slots, key=lambda slot: slot.label)), media, schema, examples)


def _example(parameter: Mapping[str, Any]) -> str | None:
    """Return the example that a parameter is documented with, by itself or in its schema."""
    schema = parameter.get("schema", {})
    found = [one["example"] for one in (parameter, schema) if "example" in one]
    found += schema.get("examples", ())
    return str(found[0]) if found else None


def resolved(node: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a `$ref` stands for, or the node itself."""
    seen: set[str] = set()
    while "$ref" in node and node["$ref"] not in seen:
        seen.add(node["$ref"])
        target: Any = document
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target.get(unquote(part).replace("~1", "/").replace("~0", "~"), {})
        node = target
    return node


def _inlined(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any]:
    """Return a schema whose properties stand in it; deeper than a body needs, nothing is followed."""
    schema = dict(resolved(schema, document))
    if depth < _DEEPEST:
        if "properties" in schema:
            schema["properties"] = {
                name: _inlined(one, document, depth + 1) for name, one in schema["properties"].items()
            }
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                schema[choice] = [_inlined(one, document, depth + 1) for one in schema[choice]]
        if isinstance(schema.get("items"), Mapping):
            schema["items"] = _inlined(schema["items"], document, depth + 1)
    return schema


def smallest(schema: Mapping[str, Any], name: str = "") -> Any:  # noqa: ANN401 - JSON of any shape
    """Return a small value that a schema allows: its example, default or first choice, else one made for its type."""
    given = [schema[one] for one in ("example", "default", "const") if one in schema]
    given += schema.get("enum", ())
    given += [smallest(schema[one][0], name) for one in ("anyOf", "oneOf", "allOf") if schema.get(one)]
    return given[0] if given else _made(schema, name)


def _made(schema: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON of any shape
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {one: smallest(schema.get("properties", {}).get(one, {}), one) for one in needed}
        case "array":
            return [smallest(schema.get("items", {}), name)] * max(1, int(schema.get("minItems", 0)))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            word = (name or "text").ljust(int(schema.get("minLength", 0)), "x")
            return word[: int(schema.get("maxLength", len(word)))]


@lru_cache(maxsize=_PATHS_KEPT)
def _pattern(path: str) -> re.Pattern[str]:
    parts = _SLOT.split(path)
    return re.compile(
        "".join(
            (".+" if part.endswith(":path") else "[^/]+") if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
    )
