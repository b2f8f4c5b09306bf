"""Make the tenants of a stage, or take the principals that the target file gives, and put their documents in."""

import asyncio
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from evals.canaries.derive import CanaryKit, World
from evals.stage.scripts import PLANS, Plan, Script, script
from evals.stage.sightings import Lookout
from evals.stage.tenant import Planted, StagedTenant
from evals.target.operation import Caller
from evals.target.pacing import until
from evals.target.session import Refused, Session
from evals.target.spec import TargetSpec, WrongTarget
from evals.target.wire import Wire


class NotPossible(Exception):
    """The target cannot give a family what it asks of the stage; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Props:
    """What the parts of a stage work with."""

    wire: Wire
    spec: TargetSpec
    kit: CanaryKit
    lookout: Lookout
    run_id: str
    operator: Session | None


def operator_of(wire: Wire, spec: TargetSpec) -> Session | None:
    """Return the operator's session if the target file gives its credentials."""
    if spec.operator is None:
        return None
    return Session(wire, spec, "operator", caller=Caller.OPERATOR, values=spec.operator)


async def given_tenants(props: Props) -> list[StagedTenant]:
    """Sign in the principals that the target file gives; the first of a tenant is its session, the others its roles."""
    tenants: dict[str, StagedTenant] = {}
    for one in props.spec.principals:
        session = Session(props.wire, props.spec, one.name, tenant=one.tenant, role=one.role, values=one.values)
        await session.sign_in()
        if one.tenant in tenants:
            tenants[one.tenant].roles[one.role or one.name] = session
        else:
            tenants[one.tenant] = StagedTenant(one.tenant, session, made=False)
            props.lookout.watch(tenants[one.tenant])
    return list(tenants.values())


async def made_tenant(
    props: Props, name: str, keep: list[StagedTenant], more: Mapping[str, object] = MappingProxyType({})
) -> StagedTenant:
    """Make a tenant as the target file says, sign its first principal in and make its roles; NotPossible, Refused.

    It is added to `keep` before anything else, so that what is made halfway is ended too. `more` are values that its
    steps may take beside its name.
    """
    if not props.spec.tenant_steps:
        raise NotPossible("The target file has no steps that make a tenant.")
    values: dict[str, object] = {**more, "name": f"eval {props.run_id} {name}", "slug": f"eval-{props.run_id}-{name}"}
    session = Session(props.wire, props.spec, name, tenant=name, role="first", values=values)
    tenant = StagedTenant(name, session, made=True)
    keep.append(tenant)
    props.lookout.watch(tenant)
    for step in props.spec.tenant_steps:
        by = _caller(props, session, step)
        reply = await by.must(step, **session.values)
        tenant.learn(reply)
        session.values |= {given: found[0] for given in reply.gives if (found := reply.every(given))}
    await session.sign_in()
    for role in props.spec.roles:
        tenant.roles[role] = await made_role(props, tenant, role)
    return tenant


async def made_role(props: Props, tenant: StagedTenant, role: str) -> Session:
    """Make another principal of a tenant as the target file says, signed in; raises Refused."""
    how = props.spec.roles[role]
    values: dict[str, object] = {**how.values, "name": role}
    for step in how.steps:
        reply = await tenant.session.must(step, **values)
        tenant.learn(reply)
        values |= {given: found[0] for given in reply.gives if (found := reply.every(given))}
    session = Session(props.wire, props.spec, f"{tenant.name}-{role}", tenant=tenant.name, role=role, values=values)
    await session.sign_in()
    return session


def _caller(props: Props, session: Session, step: str) -> Session:
    if props.spec.operations[step].caller is not Caller.OPERATOR:
        return session
    if props.operator is None:
        raise WrongTarget(f"{step} is an operator's, and the target file gives no `operator`.")
    return props.operator


@final
class Populate:
    """Puts documents into tenants and waits until they can be searched."""

    def __init__(self, props: Props) -> None:
        """Work with the props of a stage."""
        self._props = props
        ingest = props.spec.operations.get("ingest")
        self.takes_metadata = ingest is not None and "metadata" in ingest.needs

    async def plant(
        self, tenant: StagedTenant, plans: Iterable[Plan] = PLANS, *, world: World = World.PLANTED
    ) -> list[Planted]:
        """Write a tenant's documents after plans, put them in, wait until all can be searched, and know the secrets."""
        scripts = [self.script(tenant, plan, world) for plan in plans]
        planted = await asyncio.gather(*(self.put(tenant, one) for one in scripts))
        tenant.documents += planted
        return list(planted)

    def script(self, tenant: StagedTenant, plan: Plan, world: World = World.PLANTED) -> Script:
        """Write one document, and know its secrets and their never-planted twins."""
        kit, lookout = self._props.kit, self._props.lookout
        written = script(kit, plan, tenant.name, world=world, takes_metadata=self.takes_metadata)
        twin = script(kit, plan, tenant.name, world=World.TWIN, takes_metadata=self.takes_metadata)
        lookout.know(written.canaries, tenant.name)
        lookout.know(twin.canaries, "")
        return written

    async def put(self, tenant: StagedTenant, one: Script) -> Planted:
        """Put one document in and wait until it can be searched; raises Refused, NotInTime, NotPossible."""
        if not self._props.spec.has("ingest"):
            raise NotPossible("The target file has no operation `ingest`.")
        values: Mapping[str, object] = {"metadata": json.dumps(one.metadata)} if one.metadata else {}
        reply = await tenant.session.must("ingest", name=one.name, content=one.content, **values)
        tenant.learn(reply)
        document_id = reply.given("document_id")
        tenant.put_in.append(document_id)
        await self.ready(tenant, document_id, one.name)
        return Planted(document_id, one.key, one.name, one.canaries)

    async def ready(self, tenant: StagedTenant, document_id: str, name: str = "") -> None:
        """Wait until a document can be searched; raises Refused if it failed, NotInTime."""
        how = self._props.spec.ready
        if how is None:
            return

        async def status() -> str | None:
            reply = await tenant.session.must(how.operation, document_id=document_id)
            now = reply.given(how.value)
            return now if now in how.done | how.failed else None

        if await until(status, f"{name or document_id} of {tenant.name} being ready", how.seconds) in how.failed:
            raise Refused(f"{name or document_id} of {tenant.name} failed; without it nothing is shown.")

    async def tour(self, tenant: StagedTenant) -> None:
        """Let a tenant look at all that is its own, and ask, so that its ids are known."""
        if self._props.spec.has("ask") and tenant.documents:
            asked = await tenant.session.call("ask", **own_values(tenant))
            if asked.done:
                tenant.learn(asked)
        for operation in growing_operations(self._props.spec):
            grown = await tenant.session.call(operation, **own_values(tenant))
            if grown.done:
                tenant.learn(grown)
        for operation in steady_operations(self._props.spec):
            for document in tenant.documents:
                reply = await tenant.session.call(operation, **own_values(tenant, document))
                if reply.done:
                    tenant.learn(reply)
                if "document_id" not in self._props.spec.operations[operation].needs:
                    break


def steady_operations(spec: TargetSpec) -> list[str]:
    """Return the operations that show a tenant its own, unchanged as long as nothing changes."""
    known = {"document_id", "query", "question", "top_k", "limit", "cursor"}
    return [
        one.name
        for one in spec.operations.values()
        if one.steady and one.caller is Caller.TENANT and one.needs <= known
    ]


def growing_operations(spec: TargetSpec) -> list[str]:
    """Return the operations that only read, show a tenant ids of its own, and show more the more is done."""
    return [
        one.name
        for one in spec.operations.values()
        if not one.steady
        and not one.changes
        and one.caller is Caller.TENANT
        and one.needs <= {"limit", "cursor"}
        and any(name.endswith("_id") for name in one.gives)
    ]


def own_values(tenant: StagedTenant, document: Planted | None = None) -> dict[str, object]:
    """Return what a tenant fills requests about its own things with."""
    shown = document or (tenant.documents[0] if tenant.documents else None)
    question = shown.canaries[0].question if shown and shown.canaries else "What is there?"
    values: dict[str, object] = {"query": question, "question": question, "top_k": 10, "limit": 100}
    return values | ({"document_id": shown.document_id} if shown else {})


def disposable(tenant: StagedTenant, rng: random.Random) -> Script:
    """Write a document that nobody minds to lose: no secrets, and its own bytes."""
    number = rng.getrandbits(64)
    return Script(
        "disposable", f"note-{number:016x}.txt", f"Note {number:016x} of {tenant.name}: to be thrown away.\n", {}, ()
    )
