"""Raise a stage: read what the target serves, make the tenants, plant, wait, and clean up at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from evals.canaries.derive import CanaryKit
from evals.launch.model import Model
from evals.launch.sink import Sink
from evals.stage.abreast import abreast
from evals.stage.alarms import set_off
from evals.stage.cleanup import clean
from evals.stage.populate import Populate, Props, given_tenants, made_tenant, operator_of
from evals.stage.scripts import PLANS, Plan
from evals.stage.sightings import Lookout
from evals.stage.stage import Stage
from evals.target.openapi import Surface, read_surface
from evals.target.session import Refused, Session
from evals.target.spec import TargetSpec
from evals.target.wire import Wire

NAMES: Final = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run is to be made: what everything is drawn from, its own name, how many trials a family should make.

    `names` and `plans` are the tenants to make and the documents that each of them gets.
    """

    seed: str
    run_id: str
    trials: int
    names: tuple[str, ...] = NAMES
    plans: tuple[Plan, ...] = PLANS


@asynccontextmanager
async def raised(
    spec: TargetSpec, wire: Wire, wish: Wish, sink: Sink, model: Model | None, left_behind: list[str]
) -> AsyncIterator[Stage]:
    """Yield a stage over an open wire; whatever could not be cleaned up is added to `left_behind`.

    Raises WrongTarget, Refused, NotInTime, NotPossible, Unreachable.
    """
    wire.surface = await served(wire, spec)
    kit = CanaryKit.of_seed(wish.seed, sink=sink.url)
    props = Props(wire, spec, kit, Lookout(), wish.run_id, operator_of(wire, spec))
    stage = Stage(props, [], seed=wish.seed, trials=wish.trials, sink=sink, model=model)
    try:
        stage.tenants += await given_tenants(props)
        if spec.tenant_steps:
            for name in wish.names:
                await made_tenant(props, name, stage.tenants)
        populate = Populate(props)
        planting = [populate.plant(tenant, wish.plans) for tenant in stage.tenants]
        await abreast([*planting, set_off(props, stage.tenants)])
        await abreast(populate.tour(tenant) for tenant in stage.tenants)
        yield stage
    finally:
        left_behind += await clean(stage)


async def served(wire: Wire, spec: TargetSpec) -> Surface:
    """Read the OpenAPI documents that the target serves; raises Refused if one is not there, or is none."""
    nobody = Session(wire, spec, "nobody")
    documents: list[tuple[str, Any]] = []
    for base, path in spec.openapi:
        reply = await nobody.send(nobody.request("GET", path, base=base), bare=True)
        if not reply.done or not isinstance(reply.json, dict):
            raise Refused(f"{base}{path} answered {reply.status} and no OpenAPI document.")
        documents.append((base, reply.json))
    try:
        return read_surface(documents)
    except (AttributeError, KeyError, TypeError) as error:
        raise Refused(f"Its OpenAPI documents cannot be read: {type(error).__name__} {error}.") from error
