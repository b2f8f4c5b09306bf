"""Read a manifest of tenants; what is wrong in it is told with file, line and field."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import yaml

from retrieval.phrasing.shipped import begun
from retrieval.profile import profile_from, record_of
from tenancy.deployment.applying import Wanted
from tenancy.errors import ServiceError
from tenancy.plans import LIMITS, effective
from tenancy.provision import check_name, name_key

_LONGEST: Final = 1024 * 1024
_CLIENTS: Final = (
    "clients cannot stand in a manifest: only the tenant can make them. Its first one comes from the enrolment code, "
    "the others from POST /v1/clients."
)


class BadManifest(Exception):
    """One or more faults, a line each: `file:line: field: what is wrong`."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The tenants of a file, and where each stands in it."""

    path: Path
    tenants: tuple[Wanted, ...]
    lines: tuple[int, ...]

    def fault(self, at: int, sentence: str) -> str:
        """Return a fault about the name of the tenant number `at`."""
        return f"{self.path}:{self.lines[at]}: tenants[{at}].name: {sentence}"


def read_manifest(path: Path) -> Manifest:
    """Return what a file asks for, checked; BadManifest with every fault that was found."""
    if path.stat().st_size > _LONGEST:
        raise BadManifest(f"{path}:1: the file is longer than {_LONGEST:,} bytes")
    loader: yaml.SafeLoader | None = None
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        reading = _Reading(path, loader)
        found = reading.tenants(root)
    except UnicodeDecodeError:
        raise BadManifest(f"{path}:1: the file is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise BadManifest(f"{path}:{line}: this is not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise BadManifest(f"{path}:1: this is not YAML") from None
    finally:
        if loader is not None:
            loader.dispose()
    if reading.faults:
        raise BadManifest("\n".join(reading.faults))
    return found


@final
class _Reading:
    """One pass over a file's nodes, which know their lines."""

    def __init__(self, path: Path, loader: yaml.SafeLoader) -> None:
        self._path = path
        self._loader = loader
        self.faults: list[str] = []

    def _fault(self, node: yaml.Node | None, field: str, sentence: str) -> None:
        line = 1 if node is None else node.start_mark.line + 1
        self.faults.append(f"{self._path}:{line}: {field}: {sentence}")

    def tenants(self, root: yaml.Node | None) -> Manifest:
        """Read the whole file."""
        fields = dict(self._fields(root, "", {"tenants"}))
        listed = fields.get("tenants")
        if not isinstance(listed, yaml.SequenceNode):
            if not self.faults:
                self._fault(listed or root, "tenants", "write a list of tenants")
            return Manifest(self._path, (), ())
        found, lines, seen = list[Wanted](), list[int](), dict[str, int]()
        for at, node in enumerate(listed.value):
            wanted, line = self._tenant(node, f"tenants[{at}]"), node.start_mark.line + 1
            if wanted is not None:
                before = seen.setdefault(name_key(wanted.name), line)
                if before != line:
                    self._fault(node, f"tenants[{at}].name", f"it reads the same as the name in line {before}")
                found.append(wanted)
                lines.append(line)
        return Manifest(self._path, tuple(found), tuple(lines))

    def _fields(self, node: yaml.Node | None, at: str, known: set[str]) -> Iterator[tuple[str, yaml.Node]]:
        """Give the fields of a mapping; unknown and repeated ones are faults."""
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, at or "the file", f"write a mapping with: {', '.join(sorted(known))}")
            return
        seen = set[str]()
        for key, value in node.value:
            name, field = str(key.value), f"{at}.{key.value}".lstrip(".")
            if name in seen:
                self._fault(key, field, "it is said twice")
            elif name not in known:
                other = (
                    _CLIENTS if name == "clients" else f"there is no such field. Known are: {', '.join(sorted(known))}"
                )
                self._fault(key, field, other)
            else:
                yield name, value
            seen.add(name)

    def _tenant(self, node: yaml.Node, at: str) -> Wanted | None:
        before = len(self.faults)
        fields = dict(self._fields(node, at, {"name", "plan", "limits", "profile"}))
        if isinstance(node, yaml.MappingNode) and "name" not in fields and len(self.faults) == before:
            self._fault(node, f"{at}.name", "a tenant needs a name")
        name = self._text(fields.get("name"), f"{at}.name", check_name)
        plan = self._text(fields.get("plan"), f"{at}.plan", lambda plan: effective(plan, {}) and plan)
        limits = self._limits(fields.get("limits"), f"{at}.limits")
        profile = self._profile(fields.get("profile"), f"{at}.profile")
        if len(self.faults) > before or name is None:
            return None
        return Wanted(name, plan, limits, profile)

    def _text(self, node: yaml.Node | None, field: str, check: Callable[[str], Any]) -> str | None:
        if node is None:
            return None
        value = self._loader.construct_object(node, deep=True)
        if not isinstance(value, str):
            self._fault(node, field, "write text, in quotes where it could be read as something else")
            return None
        try:
            return str(check(value) and value.strip())
        except ServiceError as error:
            self._fault(node, field, error.detail)
            return None

    def _limits(self, node: yaml.Node | None, at: str) -> dict[str, int | float] | None:
        if node is None:
            return None
        found = dict[str, int | float]()
        for name, each in self._fields(node, at, set(LIMITS)):
            value = self._loader.construct_object(each, deep=True)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                self._fault(each, f"{at}.{name}", "write a number, 0 or more")
            else:
                found[name] = value
        return found

    def _profile(self, node: yaml.Node | None, at: str) -> dict[str, object] | None:
        if node is None:
            return None
        value = self._loader.construct_object(node, deep=True)
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            self._fault(node, at, "write a mapping of a profile's fields")
            return None
        try:
            return record_of(profile_from(begun(value)))
        except ServiceError as error:
            self._fault(node, at, error.detail)
            return None
