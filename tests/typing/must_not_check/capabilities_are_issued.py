"""No expression constructs, subclasses or duplicates a capability: the mint alone issues them."""

import dataclasses
from typing import NoReturn

from tenancy.compartment import Compartment
from tenancy.custody import Custody
from tenancy.ids import TenantId
from tenancy.scope import TenantScope


def never() -> NoReturn:
    raise SystemExit


TenantScope()  # E: call-arg
TenantScope(None)  # E: arg-type
TenantScope(TenantId("ten_0"))  # E: arg-type
Compartment()  # E: call-arg
Compartment(None)  # E: arg-type
Compartment(object())  # E: arg-type
Custody()  # E: call-arg
Custody("ten_0")  # E: arg-type


class Wider(TenantScope):  # E: misc
    pass


class Borrowed(Compartment):  # E: misc
    pass


class Opening(Custody):  # E: misc
    pass


def duplicate(scope: TenantScope, compartment: Compartment, custody: Custody) -> None:
    dataclasses.replace(scope)  # E: type-var
    dataclasses.replace(compartment)  # E: type-var
    dataclasses.replace(custody)  # E: type-var
