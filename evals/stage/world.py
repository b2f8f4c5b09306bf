"""Two worlds that an attacker must not be able to tell apart: the victim holds its secrets, or decoys as long."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, final

from evals.canaries.derive import Canary, World
from evals.stage.populate import Populate
from evals.stage.scripts import PLANS, Plan, Script
from evals.stage.tenant import Planted, StagedTenant

FURTHER_PLANS: Final = tuple(replace(plan, key=f"further-{plan.key}") for plan in PLANS if plan.key)
"""For tenants that hold the usual documents already: other names, other secrets, the same topics."""


@final
class Worlds:
    """An attacker whose own things stay as they are, and a victim that can be moved from one world to the other."""

    def __init__(
        self, attacker: StagedTenant, victim: StagedTenant, populate: Populate, plans: Sequence[Plan] = PLANS
    ) -> None:
        """Begin in no world; whatever the victim holds already stays with it in both."""
        self.attacker, self.victim, self.plans = attacker, victim, tuple(plans)
        self.world: World | None = None
        """Which world the victim lives in: PLANTED or DECOY; None between them."""
        self._populate = populate
        self._put: list[Planted] = []

    def canaries(self, world: World) -> tuple[Canary, ...]:
        """Return the victim's secrets in a world, in the same order in each."""
        scripts = [self._populate.script(self.victim, plan, world) for plan in self.plans]
        return tuple(one for script in scripts for one in script.canaries)

    async def enter(self, world: World, *more: Script) -> None:
        """Take out what the last world had and put in, equal in names, lengths and order, what this one has.

        `more` are documents besides the plans'. Raises Refused, NotInTime.
        """
        await self.empty()
        self._put += await self._populate.plant(self.victim, self.plans, world=world)
        for one in more:
            put = await self._populate.put(self.victim, one)
            self.victim.documents.append(put)
            self._put.append(put)
        self.world = world

    async def empty(self) -> None:
        """Take out what the last world had; raises Refused."""
        self.world = None
        while self._put:
            document = self._put[-1]
            await self.victim.session.must("delete", document_id=document.document_id)
            self.victim.disown(document.document_id)
            self.victim.documents.remove(document)
            self._put.pop()
