"""Read the file of a target and refuse what it does not say rightly.

An unknown field is an error: a mask or a reason that is misspelled must not silently be none.
"""

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from evals.target.extract import is_path
from evals.target.operation import Caller, FilePart, Operation
from evals.target.spec import Alarm, Given, Masks, Ready, RoleSteps, TargetSpec, WrongTarget
from evals.target.templates import MissingValue, from_environment

_FIELDS: Final = frozenset(
    {"name", "reach", "bases", "openapi", "rate", "timeout", "auth", "sign_in", "operator", "tenant", "roles"}
    | {"principals", "ready", "alarm", "operations", "masks", "id_slots", "absent", "white_box"}
)
_OPERATION: Final = frozenset(
    {"method", "path", "base", "as", "headers", "query", "json", "form", "files", "expect", "gives", "changes"}
    | {"steady"}
)
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class _Loader(yaml.CSafeLoader):
    """Refuses a name that is said twice: the first would silently be gone."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the base class's signature
        names = [key.value for key, _ in node.value]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"said twice: {', '.join(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)


def read_target(path: Path, environment: Mapping[str, str]) -> TargetSpec:
    """Return the target that a file describes, with `${NAME}` taken from `environment`; raises WrongTarget."""
    try:
        loaded = from_environment(yaml.load(path.read_text(encoding="utf-8"), _Loader), environment)  # noqa: S506 - a safe one
    except (OSError, MissingValue, yaml.YAMLError) as error:
        raise WrongTarget(f"{path}: {error}") from error
    if not isinstance(loaded, dict):
        raise WrongTarget(f"{path} is not a mapping of fields.")
    try:
        return target_of(loaded, str(path))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WrongTarget(f"{path}: a field is missing or of the wrong kind: {error}.") from error


def target_of(said: Mapping[str, Any], source: str) -> TargetSpec:
    """Return the target that a mapping describes; raises WrongTarget naming `source`."""
    _known(said, _FIELDS, source)
    bases = said.get("bases") or {}
    if not bases or not said.get("operations"):
        raise WrongTarget(f"{source} needs `bases` and `operations`.")
    first = next(iter(bases))
    spec = TargetSpec(
        name=str(said.get("name") or source),
        reach=int(said.get("reach", 1)),
        bases={name: str(url).rstrip("/") for name, url in bases.items()},
        operations={
            name: _operation(name, one, first, f"{source}: operations.{name}")
            for name, one in said["operations"].items()
        },
        openapi=tuple((str(one["base"]), str(one["path"])) for one in said.get("openapi") or ()),
        rate=float(said.get("rate", 50)),
        timeout=float(said.get("timeout", 60)),
        auth=said.get("auth") or {},
        sign_in=said.get("sign_in"),
        operator=said.get("operator"),
        tenant_steps=tuple((said.get("tenant") or {}).get("steps", ())),
        roles={name: RoleSteps(tuple(one["steps"]), one.get("values") or {}) for name, one in _items(said, "roles")},
        principals=tuple(_given(one) for one in said.get("principals") or ()),
        ready=_ready(said.get("ready")),
        alarm=_alarm(said.get("alarm"), source),
        masks=_masks(said.get("masks") or {}, source),
        id_slots=frozenset(said.get("id_slots") or ()),
        absent={name: str(reason) for name, reason in _items(said, "absent")},
        white_box={name: str(path) for name, path in _items(said, "white_box")},
    )
    _check(spec, source)
    return spec


def _items(said: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    return list((said.get(name) or {}).items())


def _known(said: Mapping[str, Any], fields: frozenset[str], source: str) -> None:
    unknown = sorted(set(said) - fields)
    if unknown:
        raise WrongTarget(f"{source} has fields that nobody reads: {', '.join(unknown)}.")


def _operation(name: str, said: Mapping[str, Any], base: str, source: str) -> Operation:
    _known(said, _OPERATION, source)
    gives = {str(value): str(path) for value, path in (said.get("gives") or {}).items()}
    wrong = [path for path in gives.values() if not is_path(path)]
    if wrong:
        raise WrongTarget(f"{source}: not a JSONPath: {', '.join(wrong)}.")
    expect = said.get("expect") or ()
    method = str(said["method"]).upper()
    changes = bool(said.get("changes", method not in _READS))
    return Operation(
        name=name,
        method=method,
        path=str(said["path"]),
        base=str(said.get("base", base)),
        caller=Caller(said.get("as", "tenant")),
        headers=said.get("headers") or {},
        query={key: str(value) for key, value in (said.get("query") or {}).items()},
        json=said.get("json"),
        form=said.get("form"),
        files=tuple(FilePart(**part) for part in said.get("files") or ()),
        expect=(expect,) if isinstance(expect, int) else tuple(expect),
        gives=gives,
        changes=changes,
        steady=bool(said.get("steady", not changes)),
    )


def _given(said: Mapping[str, Any]) -> Given:
    values = {name: value for name, value in said.items() if name not in {"name", "tenant", "role"}}
    return Given(str(said["name"]), str(said["tenant"]), str(said.get("role", "")), values)


def _ready(said: Mapping[str, Any] | None) -> Ready | None:
    if said is None:
        return None
    done, failed = (frozenset(map(str, said.get(name) or ())) for name in ("done", "failed"))
    return Ready(str(said["operation"]), str(said["value"]), done, failed, float(said.get("seconds", 120)))


def _alarm(said: Mapping[str, Any] | None, source: str) -> Alarm | None:
    if said is None:
        return None
    _known(said, frozenset({"plant", "value", "say", "see", "seconds"}), f"{source}: alarm")
    plant, value, say, see = (str(said[name]) for name in ("plant", "value", "say", "see"))
    return Alarm(plant, value, say, see, float(said.get("seconds", 30)))


def _masks(said: Mapping[str, Any], source: str) -> Masks:
    _known(said, frozenset({"headers", "json", "patterns"}), f"{source}: masks")
    for pattern in said.get("patterns") or ():
        try:
            re.compile(pattern)
        except re.error as error:
            raise WrongTarget(f"{source}: masks.patterns: {pattern!r}: {error}.") from error
    for path in said.get("json") or ():
        if not is_path(path):
            raise WrongTarget(f"{source}: masks.json: {path!r} is not a JSONPath.")
    headers = frozenset(str(name).lower() for name in said.get("headers") or ())
    return Masks(headers, tuple(said.get("json") or ()), tuple(said.get("patterns") or ()))


def _check(spec: TargetSpec, source: str) -> None:
    """Raise WrongTarget for a name that stands for nothing."""
    named = [*spec.tenant_steps, *(step for role in spec.roles.values() for step in role.steps)]
    named += [name for name in (spec.sign_in, spec.ready and spec.ready.operation) if name]
    named += [spec.alarm.plant, spec.alarm.say, spec.alarm.see] if spec.alarm else []
    missing = sorted(set(named) - set(spec.operations))
    if missing:
        raise WrongTarget(f"{source} names operations that it does not describe: {', '.join(missing)}.")
    lost = sorted({one.base for one in spec.operations.values()} - set(spec.bases))
    if lost:
        raise WrongTarget(f"{source} sends operations to bases that it does not have: {', '.join(lost)}.")
    both = sorted(set(spec.absent) & set(spec.operations))
    if both:
        raise WrongTarget(f"{source} describes operations and declares them absent: {', '.join(both)}.")
    if not spec.tenant_steps and len({one.tenant for one in spec.principals}) <= 1:
        raise WrongTarget(f"{source} needs `principals` of at least two tenants, or steps that make a `tenant`.")
