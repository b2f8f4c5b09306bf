"""Custody counts, suspends and destroys; it has no way to content."""

from tenancy.compartment import Compartment
from tenancy.custody import Custody
from tenancy.identity.operators import Operator
from tenancy.mint import Mint


async def open_it(custody: Custody, mint: Mint, operator: Operator) -> Compartment:
    custody.begin()  # E: attr-defined
    custody.snapshot()  # E: attr-defined
    custody.queueing()  # E: attr-defined
    custody.index  # E: attr-defined
    custody.blobs  # E: attr-defined
    custody.models  # E: attr-defined
    await mint.custody("root", "ten_0", "a reason")  # E: arg-type
    await mint.custody(operator, "ten_0")  # E: call-arg
    return custody  # E: return-value
