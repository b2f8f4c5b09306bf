"""What the file of a target says, checked and frozen."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from evals.target.openapi import Route, Surface
from evals.target.operation import Operation
from evals.target.templates import fill_any

_LOCAL_NAMES: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


class WrongTarget(Exception):
    """The file of the target cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Masks:
    """What may differ between two equal answers: declared, and nothing else."""

    headers: frozenset[str] = frozenset()
    json: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """How to tell that a document can be searched: what to ask, which value to look at, which values end the wait."""

    operation: str
    value: str
    done: frozenset[str]
    failed: frozenset[str] = frozenset()
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """How to set off an alarm: what plants a tripwire and gives it as `value`, what says it, what shows the alert."""

    plant: str
    value: str
    say: str
    see: str
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Given:
    """A principal whose credentials the file holds: its name, its tenant's name, its role and its values."""

    name: str
    tenant: str
    role: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RoleSteps:
    """How another principal of a tenant is made: operations run as its first, and the values they are given."""

    steps: tuple[str, ...]
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """A service under test; docs/evals.md explains every field."""

    name: str
    reach: int
    bases: Mapping[str, str]
    operations: Mapping[str, Operation]
    openapi: tuple[tuple[str, str], ...] = ()
    rate: float = 50.0
    timeout: float = 60.0
    auth: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Headers that carry the credentials of a `tenant` or an `operator`."""
    sign_in: str | None = None
    operator: Mapping[str, object] | None = None
    tenant_steps: tuple[str, ...] = ()
    roles: Mapping[str, RoleSteps] = field(default_factory=dict)
    principals: tuple[Given, ...] = ()
    ready: Ready | None = None
    alarm: Alarm | None = None
    masks: Masks = field(default_factory=Masks)
    id_slots: frozenset[str] = frozenset()
    """Names of slots that take an id although they do not end in `id`."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Operations and families that do not apply, each with its reason."""
    white_box: Mapping[str, str] = field(default_factory=dict)
    """Paths on this machine that hold the service's stores, by name."""

    def has(self, *operations: str) -> bool:
        """Tell whether the target has all of these operations."""
        return all(name in self.operations for name in operations)

    @property
    def default_base(self) -> str:
        """The base that requests go to which name none: the first."""
        return next(iter(self.bases))

    def foreign_hosts(self) -> Iterator[str]:
        """Yield every host of the target that is not this machine."""
        for url in self.bases.values():
            host = urlsplit(url).hostname or ""
            if not is_loopback(host):
                yield host


def route_of(operation: Operation, surface: Surface) -> Route | None:
    """Return the served route that an operation uses, if there is one."""
    return surface.match(operation.base, operation.method, fill_any(operation.path))


def not_served(spec: TargetSpec, surface: Surface) -> tuple[str, ...]:
    """Return the operations that the target file has and the served OpenAPI lacks; none where none is served."""
    if not surface.routes:
        return ()
    return tuple(name for name, one in spec.operations.items() if route_of(one, surface) is None)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by name or number."""
    if host in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
