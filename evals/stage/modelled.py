"""Tenants whose answers are written by the run's own model provider (reach 4), each with a key of its own."""

from typing import Final

from evals.stage.populate import NotPossible, made_tenant
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant

NAMES: Final = ("modelled-one", "modelled-two")


def can_be_modelled(stage: Stage) -> bool:
    """Tell whether the run has a model provider and the target's tenants can be made to use it."""
    steps = [stage.spec.operations[step] for step in stage.spec.tenant_steps]
    return stage.model is not None and any("model_url" in step.needs for step in steps)


async def modelled(stage: Stage) -> list[StagedTenant]:
    """Return two such tenants with documents of their own, made once for all families; raises NotPossible."""
    if stage.model is None or not can_be_modelled(stage):
        raise NotPossible("There is no model provider of the run's own that the target's tenants can be made to use.")
    made = {tenant.name: tenant for tenant in stage.extras if tenant.name in NAMES and tenant.documents}
    for name in NAMES:
        if name not in made:
            values = {"model_url": stage.model.base_url, "model_key": key_of(name), "model_name": "stand-in"}
            made[name] = await made_tenant(stage.props, name, stage.extras, values)
            await stage.populate.plant(made[name])
            await stage.populate.tour(made[name])
    return [made[name] for name in NAMES]


def key_of(name: str) -> str:
    """Return the provider key of a tenant: it opens nothing, and tells in a prompt who paid for it."""
    return f"sk-void-{name}"
