"""The stage that every family plays on: tenants that hold twins of each other, and whatever a probe needs.

What a family may rely on:
- at least four tenants (two where the target file gives its own principals), each with the same documents and secrets
  of its own in them, all of which can be searched;
- `rng` starts from the run's seed and the family's id, so that a family repeats itself whichever others run;
- nothing that a family adds has to be taken away by it: the stage ends what it made and deletes what it put in.
"""

import random
from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import TypeVar, final

from evals.canaries.matching import Detector, Match
from evals.launch.model import Model
from evals.launch.sink import Sink
from evals.stage.abreast import abreast
from evals.stage.populate import NotPossible, Populate, Props, disposable, made_tenant, own_values, steady_operations
from evals.stage.scripts import PLANS, Plan
from evals.stage.sightings import Lookout, Sighting
from evals.stage.tenant import Planted, StagedTenant
from evals.stage.twins import never_existed
from evals.stage.world import FURTHER_PLANS, Worlds
from evals.target.extract import where
from evals.target.masks import Observable, observe
from evals.target.openapi import Route, Surface
from evals.target.operation import Operation
from evals.target.reply import Reply
from evals.target.session import Session
from evals.target.spec import TargetSpec, not_served, route_of
from evals.target.wire import Wire
from evals.verdicts.finding import Finding, shortened
from evals.verdicts.trial import Cell

Item = TypeVar("Item")
Pair = tuple[StagedTenant, StagedTenant]
View = tuple[tuple[str, Observable], ...]


@final
class Stage:
    """See the module; `evals.stage.raising.raised` builds one."""

    def __init__(
        self,
        props: Props,
        tenants: Iterable[StagedTenant],
        *,
        seed: str,
        trials: int,
        sink: Sink | None = None,
        model: Model | None = None,
    ) -> None:
        """Take what was populated."""
        self.tenants: list[StagedTenant] = list(tenants)
        """Attackers and victims; tenants made later with `fresh_tenant` are not among them."""
        self.extras: list[StagedTenant] = []
        """Tenants made by families, which the stage ends too."""
        self.seed, self.trials = seed, trials
        """`trials` is how many distinct attempts a family should make; each cell of its coverage comes first."""
        self.rng = random.Random(seed)  # noqa: S311 - a run has to repeat itself
        self.sink, self.model = sink, model
        """The sink's fetches, and the model's prompts (reach 4); None where the run has none."""
        self.populate = Populate(props)
        self._standards: tuple[str, ...] = ()
        self.props = props

    # What is attacked

    @property
    def spec(self) -> TargetSpec:
        """What the target file says."""
        return self.props.spec

    @property
    def wire(self) -> Wire:
        """The connection, with its log."""
        return self.props.wire

    @property
    def surface(self) -> Surface:
        """Every route that the target serves, by its own OpenAPI; empty if it has none."""
        return self.props.wire.surface

    @property
    def operator(self) -> Session | None:
        """The operator's session (reach 3), or None."""
        return self.props.operator

    def serves(self, *operations: str) -> bool:
        """Tell whether the target has these operations and, where it serves OpenAPI, serves them."""
        return self.spec.has(*operations) and not set(operations) & set(not_served(self.spec, self.surface))

    def begin(self, family: str, standards: tuple[str, ...] = ()) -> None:
        """Start a family: its requests and findings are written down under its id, its choices repeat with the seed."""
        self.wire.phase = family
        self._standards = standards
        self.rng = random.Random(f"{self.seed}/{family}")  # noqa: S311 - a run has to repeat itself

    def operation_of(self, route: Route) -> Operation | None:
        """Return the operation of the target file that uses a route, if one does."""
        return next((one for one in self.spec.operations.values() if route_of(one, self.surface) is route), None)

    # Who attacks whom

    def pairs(self) -> list[Pair]:
        """Return every ordered pair of attacker and victim, shuffled."""
        found = list(permutations(self.tenants, 2))
        self.rng.shuffle(found)
        return found

    def others(self, victim: StagedTenant) -> list[StagedTenant]:
        """Return the tenants that could attack a victim."""
        return [one for one in self.tenants if one is not victim]

    def pick(self, items: Sequence[Item], most: int) -> list[Item]:
        """Return at most so many of some items, chosen at random, in their order."""
        if len(items) <= most:
            return list(items)
        return [items[index] for index in sorted(self.rng.sample(range(len(items)), most))]

    # What an answer shows

    @property
    def detector(self) -> Detector:
        """A detector of every secret of every tenant, and of their never-planted twins."""
        return self.lookout.detector

    @property
    def lookout(self) -> Lookout:
        """Knows whose every secret and id is."""
        return self.props.lookout

    def look(self, reply: Reply | bytes, caller: StagedTenant, said: Iterable[str] = ()) -> Sighting:
        """Return what a whole answer, headers too, shows to a caller; what only echoes `said` is left out."""
        parts = reply.parts if isinstance(reply, Reply) else (reply,)
        return self.lookout.look(parts, caller.name, said)

    def observe(self, reply: Reply, asked: Iterable[str] = ()) -> Observable:
        """Return what counts of a reply when it is compared, with the ids that the request named masked."""
        return observe(reply, self.spec.masks, asked)

    def finding(
        self,
        title: str,
        reply: Reply,
        *,
        attacker: StagedTenant,
        victim: str,
        cell: Cell,
        saw: Match | str = "",
        says: str = "",
    ) -> Finding:
        """Write a leak down: `saw` is the match, or a text that the answer should not hold; else `says` tells why."""
        value = saw if isinstance(saw, str) else saw.canary.value
        how = "" if isinstance(saw, str) or saw.how == "plain" else f" ({saw.how})"
        return Finding(
            family=self.wire.phase,
            title=title,
            attacker=attacker.name,
            victim=victim,
            cell=cell,
            excerpt=f"{shortened(value)}{how}" if value else says or f"status {reply.status}",
            json_path=self._where(reply, saw) if value else "",
            curl=reply.curl,
            standards=self._standards,
        )

    def _where(self, reply: Reply, saw: Match | str) -> str:
        if isinstance(saw, str):
            return where(reply.json, lambda text: saw in text)
        one = Detector([saw.canary])
        return where(reply.json, lambda text: bool(one.find(text)))

    # What is a tenant's own

    async def view(self, tenant: StagedTenant, most: int | None = None) -> View:
        """Return all that a tenant sees of its own through steady operations: equal views mean that nothing changed.

        With `most`, only so many documents are looked into; all of them show in what a tenant can list.
        """
        looks = [
            (operation, document)
            for operation in steady_operations(self.spec)
            for document in self._looked_into(operation, tenant, most)
        ]
        replies = await abreast(
            tenant.session.call(operation, **own_values(tenant, document)) for operation, document in looks
        )
        return tuple(
            (f"{operation} of {document.key}", self.observe(reply))
            for (operation, document), reply in zip(looks, replies, strict=True)
        )

    def _looked_into(self, operation: str, tenant: StagedTenant, most: int | None) -> list[Planted]:
        by_document = "document_id" in self.spec.operations[operation].needs
        return tenant.documents[:most] if by_document else tenant.documents[:1]

    def never_existed(self, one: str) -> str:
        """Return the twin of an id, which never existed."""
        return never_existed(one, self.rng)

    def secrets(self) -> set[str]:
        """Return what no report may show in full: every secret planted, every credential of every principal."""
        tenants = [*self.tenants, *self.extras]
        sessions = [session for tenant in tenants for session in (tenant.session, *tenant.roles.values())]
        sessions += [self.operator] if self.operator else []
        credentials = {secret for session in sessions for secret in session.secrets()}
        return credentials | {canary.value for tenant in tenants for canary in tenant.canaries}

    # What can be added

    async def fresh_tenant(self, name: str, plans: Iterable[Plan] = PLANS) -> StagedTenant:
        """Make another tenant with documents of its own; `plans=()` leaves it empty. Raises NotPossible."""
        if any(one.name == name for one in [*self.tenants, *self.extras]):
            raise NotPossible(f"There is a tenant {name!r} already.")
        tenant = await made_tenant(self.props, name, self.extras)
        await self.populate.plant(tenant, plans)
        await self.populate.tour(tenant)
        return tenant

    async def disposable(self, tenant: StagedTenant) -> Planted:
        """Put a document without secrets into a tenant, to be attacked or deleted; raises NotPossible."""
        put = await self.populate.put(tenant, disposable(tenant, self.rng))
        tenant.own("document", [put.document_id])
        return put

    async def second_world(self, label: str = "worlds") -> Worlds:
        """Return a pair of tenants, of which the victim can hold secrets or decoys; fresh ones where they can be made.

        The attacker holds twins of what the victim will. Raises NotPossible.
        """
        if not self.spec.tenant_steps:
            attacker, victim = self.tenants[:2]
            await self.populate.plant(attacker, FURTHER_PLANS)
            return Worlds(attacker, victim, self.populate, FURTHER_PLANS)
        attacker = await self.fresh_tenant(f"{label}-attacker")
        victim = await self.fresh_tenant(f"{label}-victim", plans=())
        return Worlds(attacker, victim, self.populate)
