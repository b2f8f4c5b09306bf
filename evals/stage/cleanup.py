"""Take away what a run made, and nothing else."""

from typing import Final

from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.target.wire import Unreachable

_GONE: Final = frozenset({401, 403, 404, 409, 410})
"""What a target may answer about a thing that a family has ended already."""


async def clean(stage: Stage) -> list[str]:
    """End the tenants that were made, delete the documents put into the others; return what may be left behind."""
    stage.wire.phase = "cleanup"
    left: list[str] = []
    for tenant in [*stage.extras, *stage.tenants]:
        try:
            left += await (_end(stage, tenant) if tenant.made else _empty(stage, tenant))
        except Unreachable as error:
            left.append(f"{tenant.name}: {error}")
    return left


async def _end(stage: Stage, tenant: StagedTenant) -> list[str]:
    if stage.operator is None or not stage.spec.has("tenant_delete"):
        return await _empty(stage, tenant)
    left = []
    for tenant_id in tenant.ids.get("tenant", ()):
        reply = await stage.operator.call("tenant_delete", tenant_id=tenant_id, reason="The evaluation run is over.")
        left += _left(reply, f"tenant {tenant.name}")
    return left


async def _empty(stage: Stage, tenant: StagedTenant) -> list[str]:
    left: list[str] = []
    if not stage.spec.has("delete"):
        return [f"documents of {tenant.name}: the target file has no `delete`"] if tenant.put_in else left
    for document_id in tenant.put_in:
        left += _left(await tenant.session.call("delete", document_id=document_id), f"a document of {tenant.name}")
    return left


def _left(reply: Reply, what: str) -> list[str]:
    gone = reply.done or reply.status in _GONE
    return [] if gone else [f"{what}: {reply.route} answered {reply.status}"]
