"""Where a compartment is wanted, nothing else will do: no id, no scope, no custody, no token."""

from collections.abc import AsyncIterator

from ingestion.accept import Incoming, accept, erase
from retrieval.search import Search, search
from tenancy.compartment import Compartment
from tenancy.custody import Custody
from tenancy.ids import LaneRef, TenantId
from tenancy.mint import Mint
from tenancy.scope import TenantScope, tenant_of


async def pass_something_else(
    tenant: TenantId, scope: TenantScope, custody: Custody, maybe: Compartment | None, content: AsyncIterator[bytes]
) -> None:
    asked = Search("what is theirs?")
    await search("ten_0", asked)  # E: arg-type
    await search(tenant, asked)  # E: arg-type
    await search(scope, asked)  # E: arg-type
    await search(custody, asked)  # E: arg-type
    await search(maybe, asked)  # E: arg-type
    await search(None, asked)  # E: arg-type
    await search([custody, custody], asked)  # E: arg-type
    await accept(tenant, Incoming("a.txt"), content)  # E: arg-type
    await accept(custody, Incoming("a.txt"), content)  # E: arg-type
    await erase("ten_0", "doc_0")  # E: arg-type
    tenant_of(custody)  # E: arg-type
    tenant_of(tenant)  # E: arg-type


async def ask_for_it_by_name(mint: Mint, tenant: TenantId, lane: LaneRef) -> None:
    await mint.compartment(tenant)  # E: attr-defined
    await mint.from_lane(tenant)  # E: arg-type
    await mint.from_lane("lan_0")  # E: arg-type
    await mint.from_token(lane)  # E: call-arg
    claimed = await mint.from_lane(lane)
    claimed[0].card()  # E: index
