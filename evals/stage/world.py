"""Two worlds that an attacker must not be able to tell apart: the victim holds its secrets, or decoys as long."""

from typing import final

from evals.canaries.derive import World
from evals.stage.populate import Populate
from evals.stage.scripts import PLANS
from evals.stage.tenant import StagedTenant


@final
class Worlds:
    """An attacker whose own things stay as they are, and a victim that can be moved from one world to the other."""

    def __init__(self, attacker: StagedTenant, victim: StagedTenant, populate: Populate) -> None:
        """Begin with a victim that holds nothing."""
        self.attacker, self.victim = attacker, victim
        self.world: World | None = None
        """Which world the victim lives in: PLANTED or DECOY; None while it holds nothing."""
        self._populate = populate

    async def enter(self, world: World) -> None:
        """Take out all that the victim holds and put in, equal in names, lengths and order, what this world has."""
        await self.empty()
        await self._populate.plant(self.victim, PLANS, world=world)
        self.world = world

    async def empty(self) -> None:
        """Take out all that the victim holds; raises Refused."""
        for document in self.victim.documents:
            await self.victim.session.must("delete", document_id=document.document_id)
            self.victim.disown(document.document_id)
        self.victim.documents.clear()
        self.world = None
