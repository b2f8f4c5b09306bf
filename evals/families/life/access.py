"""Access that was ended: a revoked client and a suspended tenant are refused on the next request, not at expiry."""

from collections.abc import Sequence

from evals.stage.populate import made_role, own_values, steady_operations
from evals.stage.stage import Stage
from evals.stage.tenant import StagedTenant
from evals.target.reply import Reply
from evals.target.session import Session
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial


async def ended_access(stage: Stage, evidence: Evidence) -> None:
    """End a client, then suspend a tenant of its own making, and ask with the credentials that both still have."""
    roles = list(stage.spec.roles)[:1] if stage.serves("client_revoke") else []
    operator = stage.operator if stage.serves("tenant_suspend", "tenant_resume") else None
    if not stage.spec.tenant_steps or not (roles or operator):
        return
    tenant = await stage.fresh_tenant("ended", plans=())
    await stage.disposable(tenant)
    for role in roles:
        session = await made_role(stage.props, tenant, role)
        open_before = await _done(stage, tenant, session)
        await tenant.session.must("client_revoke", client_id=session.values["client_id"])
        await _refused(stage, evidence, tenant, session, open_before, "a revoked client")
    if operator is not None:
        await _suspended(stage, evidence, tenant, operator)


async def _suspended(stage: Stage, evidence: Evidence, tenant: StagedTenant, operator: Session) -> None:
    values = {"tenant_id": tenant.ids["tenant"][0], "reason": "A suspension is tried."}
    open_before = await _done(stage, tenant, tenant.session)
    await operator.must("tenant_suspend", **values)
    await _refused(stage, evidence, tenant, tenant.session, open_before, "a suspended tenant")
    await operator.must("tenant_resume", **values)
    again = await _done(stage, tenant, tenant.session)
    name = "A tenant that was resumed is answered as before."
    evidence.control(ControlKind.POSITIVE, name, held=set(again) == set(open_before), detail=", ".join(again))


async def _done(stage: Stage, tenant: StagedTenant, session: Session) -> list[str]:
    """Return the operations that are done for a principal which may still act."""
    operations = [one for one in steady_operations(stage.spec) if stage.serves(one)]
    return [one for one in operations if (await _ask(stage, tenant, session, one)).done]


async def _ask(stage: Stage, tenant: StagedTenant, session: Session, operation: str) -> Reply:
    document = {"document_id": tenant.put_in[-1]} if "document_id" in stage.spec.operations[operation].needs else {}
    return await session.call(operation, **own_values(tenant), **document)


async def _refused(
    stage: Stage, evidence: Evidence, tenant: StagedTenant, session: Session, open_before: Sequence[str], who: str
) -> None:
    """Ask again for all that was done before, and sign in again."""
    name = f"What is asked for as {who} was done before that."
    evidence.control(ControlKind.POSITIVE, name, held=bool(open_before), detail=", ".join(open_before))
    replies = [await _ask(stage, tenant, session, operation) for operation in open_before]
    replies += [await session.call(stage.spec.sign_in)] if stage.spec.sign_in else []
    for reply in replies:
        cell = Cell(reply.route, "", "clients", "http")
        evidence.trial(Trial("", who, cell, session.principal, tenant.name))
        if reply.done:
            title = f"{reply.route} is done for {who}."
            evidence.leak(stage.finding(title, reply, attacker=tenant, victim=tenant.name, cell=cell))
