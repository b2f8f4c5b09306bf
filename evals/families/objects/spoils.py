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
        self._spare: dict[str, dict[str, tuple[str, ...]]] = {}

    async def remember(self, tenant: StagedTenant) -> None:
        """See a tenant's things as they are now."""
        self._views[tenant.name] = await self._stage.view(tenant, 1)

    async def unchanged(self, tenant: StagedTenant) -> bool:
        """Tell whether a tenant's things are as they were seen last."""
        return await self._stage.view(tenant, 1) == self._views.get(tenant.name)

    async def ids(self, victim: StagedTenant, *, changing: bool) -> dict[str, tuple[str, ...]]:
        """Return ids of a victim, by kind; for a verb that changes, only of things that nobody minds to lose."""
        if not changing:
            return dict(victim.ids)
        if victim.name not in self._spare:
            self._spare[victim.name] = await self._made(victim)
            await self.remember(victim)
        found = {kind: ids for kind, ids in victim.ids.items() if kind not in {"document", "client", "tenant"}}
        return {**found, **self._spare[victim.name]}

    def spent(self, victim: StagedTenant) -> None:
        """Make new spoils for a victim the next time: the present ones may be gone."""
        self._spare.pop(victim.name, None)

    async def _made(self, victim: StagedTenant) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {"document": ((await self._stage.disposable(victim)).document_id,)}
        if victim.made and "tenant" in victim.ids:
            found["tenant"] = victim.ids["tenant"]
        for role in list(self._stage.spec.roles)[:1]:
            session = await made_role(self._stage.props, victim, role)
            if "client_id" in session.values:
                found["client"] = (str(session.values["client_id"]),)
        return found
