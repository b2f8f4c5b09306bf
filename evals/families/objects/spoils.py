"""What an attacker could take or change: ids to attack with, and how the victim sees that something changed."""

from typing import final

from evals.stage.populate import made_role
from evals.stage.stage import Stage, View
from evals.stage.tenant import StagedTenant


@final
class Spoils:
    """Gives ids that may be lost, and remembers how every tenant saw its own things last."""

    def __init__(self, stage: Stage) -> None:
        """Remember nothing yet."""
        self._stage = stage
        self._views: dict[str, View] = {}

    async def remember(self, tenant: StagedTenant) -> None:
        """See a tenant's things as they are now."""
        self._views[tenant.name] = await self._stage.view(tenant)

    async def unchanged(self, tenant: StagedTenant) -> bool:
        """Tell whether a tenant's things are as they were seen last."""
        return await self._stage.view(tenant) == self._views.get(tenant.name)

    async def ids(self, victim: StagedTenant, *, changing: bool) -> dict[str, tuple[str, ...]]:
        """Return ids of a victim, by kind; for a verb that changes, only of things that nobody minds to lose."""
        if not changing:
            return dict(victim.ids)
        found = {kind: ids for kind, ids in victim.ids.items() if kind not in {"document", "client", "tenant"}}
        found["document"] = ((await self._stage.disposable(victim)).document_id,)
        if victim.made:
            found["tenant"] = victim.ids.get("tenant", ())
        for role in list(self._stage.spec.roles)[:1]:
            session = await made_role(self._stage.props, victim, role)
            found["client"] = tuple(str(session.values[name]) for name in ("client_id",) if name in session.values)
        await self.remember(victim)
        return {kind: ids for kind, ids in found.items() if ids}
