"""A capability has no attribute to set, and none that names its tenant."""

from tenancy.compartment import Compartment
from tenancy.custody import Custody
from tenancy.scope import Authority, Caller, TenantScope
from tenancy.values.roles import Role


def change(scope: TenantScope, compartment: Compartment, custody: Custody, other: Compartment) -> None:
    scope.tenant = "ten_0"  # E: attr-defined
    scope._tenant = "ten_0"  # E: attr-defined
    scope.caller = other.caller  # E: misc
    scope.caller.roles = frozenset(Role)  # E: misc
    compartment.index = other.index  # E: misc
    compartment.blobs = other.blobs  # E: misc
    compartment._keys = None  # E: attr-defined
    compartment.anything = 1  # E: attr-defined
    custody._row = None  # E: attr-defined
    custody.status = "active"  # E: attr-defined


def read(scope: TenantScope, compartment: Compartment, custody: Custody) -> None:
    print(scope.tenant)  # E: attr-defined
    print(compartment.tenant)  # E: attr-defined
    print(compartment._keys)  # E: attr-defined
    print(compartment.scope)  # E: attr-defined
    print(custody._row)  # E: attr-defined


def widen(authority: Authority, caller: Caller) -> None:
    authority.tenant = authority.tenant  # E: misc
    caller.client = caller.client  # E: misc
