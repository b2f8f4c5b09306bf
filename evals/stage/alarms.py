"""Set off an alarm in each tenant of a stage, so that each has an alert of its own that others can be made to name."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from evals.stage.populate import Props
from evals.stage.tenant import StagedTenant
from evals.target.pacing import NotInTime, until
from evals.target.session import Session
from evals.target.spec import Alarm


async def set_off(props: Props, tenants: Sequence[StagedTenant]) -> None:
    """Let each tenant say a tripwire of its neighbour's, as the target file describes it, and learn the alert's id.

    An alert that does not come is none: the route that shows one is then touched by no probe, and the gate says so.
    Raises Refused.
    """
    how, operator = props.spec.alarm, props.operator
    if how is None or operator is None:
        return
    pairs = zip(tenants, (*tenants[1:], *tenants[:1]), strict=True)
    await asyncio.gather(*(_ring(how, operator, sayer, owner) for sayer, owner in pairs))


async def _ring(how: Alarm, operator: Session, sayer: StagedTenant, owner: StagedTenant) -> None:
    planted = await operator.must(how.plant, **owner.session.values)
    said = f"Where does {planted.given(how.value)} stand?"
    await sayer.session.must(how.say, query=said, question=said)

    async def alerted() -> bool | None:
        seen = await sayer.session.must(how.see, limit=100)
        sayer.learn(seen)
        return True if any(seen.every(name) for name in seen.gives if name.endswith("_id")) else None

    with suppress(NotInTime):
        await until(alerted, f"an alert of {sayer.name}", how.seconds)
