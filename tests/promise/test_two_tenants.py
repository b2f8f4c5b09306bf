"""Whatever two tenants do, in whatever order: each finds all of its own, and neither sees anything of the other."""

import asyncio
import shutil
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ingestion.accept import erase, retry
from ingestion.description import change
from retrieval.search import Search, search
from tenancy.compartment import Compartment
from tenancy.erasure import request_erasure, run_erasure
from tenancy.errors import NotFound
from tenancy.ids import BlobRef, DocumentId, VersionId
from tenancy.index.hits import Hit
from tenancy.index.tenant_index import narrowing
from tenancy.mint import TenantSuspended
from tenancy.sealing import SealBroken
from tenancy.stores.views import DocumentStatus
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.promise.model.twins import Paper, Twin
from tests.tenancy.building import NOWHERE, OPERATOR, House, Resident, fresh_folder, house, upload

T = TypeVar("T")
_TOPIC = "renewal terms of the harbour contract"
_NAMES = {"A": "Harbour Alder", "B": "Harbour Birch"}


class TwoTenants(RuleBasedStateMachine):
    """Twin tenants with the same file names and topics, told apart by canaries only."""

    which = st.sampled_from("AB")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = fresh_folder()
        self.stack = AsyncExitStack()
        self.twins: dict[str, Twin] = {}
        self.former: list[tuple[Resident, list[DocumentId]]] = []
        self.canaries: dict[str, str] = {}
        self.home: House

    def run_now(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def move_in(self) -> None:
        self.home = self.run_now(self.stack.enter_async_context(house(self.folder)))
        for who, name in _NAMES.items():
            self.twins[who] = Twin(self.run_now(self.home.settle(name)))

    def teardown(self) -> None:
        self.run_now(self.stack.aclose())
        self.runner.close()
        for path in self.folder.rglob("*"):
            raw = path.read_bytes() if path.is_file() else b""
            assert not [canary for canary in self.canaries if canary.encode() in raw], f"in the clear: {path}"
        shutil.rmtree(self.folder)

    def enter(self, who: str) -> Compartment | None:
        """Open a tenant's compartment, or show that a suspended one stays shut."""
        twin = self.twins[who]
        if not twin.suspended:
            return self.run_now(self.home.enter(twin.resident))
        with pytest.raises(TenantSuspended):
            self.run_now(self.home.enter(twin.resident))
        return None

    def plant(self, who: str) -> tuple[str, str]:
        """Return a new canary of a tenant and a text that carries it."""
        canary = f"zq{who.lower()}{len(self.canaries):04d}x"
        self.canaries[canary] = self.twins[who].resident.id
        return canary, _text(canary)

    @rule(who=which, external=st.sampled_from([None, None, "contract-1", "contract-2"]))
    def upload_or_replace(self, who: str, external: str | None) -> None:
        compartment = self.enter(who)
        if compartment is None:
            return
        twin, (canary, text) = self.twins[who], self.plant(who)
        before = [each for each, paper in twin.papers.items() if external and paper.external == external]
        document = self.run_now(upload(compartment, "contract.txt", text, external))
        assert before in ([], [document.id])
        assert self.run_now(upload(compartment, "again.txt", text)).id == document.id
        twin.papers.setdefault(document.id, Paper(canary, None, external)).newest = canary

    @rule(who=which, whose=which, number=st.integers(0, 9))
    def hold_the_same_bytes_as_another_document(self, who: str, whose: str, number: int) -> None:
        compartment, papers = self.enter(who), self.twins[whose].papers
        if compartment is not None and papers:
            canary = papers[sorted(papers)[number % len(papers)]].newest
            document = self.run_now(upload(compartment, "copy.txt", _text(canary), f"copy of {canary}"))
            self.twins[who].papers.setdefault(document.id, Paper(canary)).newest = canary

    @rule(who=which, number=st.integers(0, 9))
    def describe(self, who: str, number: int) -> None:
        compartment, papers = self.enter(who), self.twins[who].papers
        if compartment is not None and papers:
            document = sorted(papers)[number % len(papers)]
            self.run_now(change(compartment, document, {"metadata": {"number": number}}))
            again = self.run_now(self.home.enter(self.twins[who].resident))  # a request knows what was before it
            hits = self.run_now(search(again, Search(_TOPIC, 100, narrowing({"number": number}))))
            assert papers[document].live is None or document in {hit.document_id for hit in hits}
            self.see(who, hits)

    @rule()
    def work_off_the_queue(self) -> None:
        self.run_now(self.home.drain())
        for twin in self.twins.values():
            for paper in twin.papers.values() if not twin.suspended else ():
                paper.live = paper.newest

    @rule(who=which, number=st.integers(0, 9))
    def delete(self, who: str, number: int) -> None:
        compartment, papers = self.enter(who), self.twins[who].papers
        if compartment is not None and papers:
            document = sorted(papers)[number % len(papers)]
            self.run_now(erase(compartment, document))
            del papers[document]

    @rule(who=which)
    def find_all_of_ones_own_by_their_canaries(self, who: str) -> None:
        compartment = self.enter(who)
        if compartment is None:
            return
        for document, paper in self.twins[who].papers.items():
            if paper.live is not None:
                hits = self.run_now(search(compartment, Search(paper.live, 100)))
                assert [hit for hit in hits if hit.document_id == document and paper.live in hit.text]

    @rule(who=which)
    def search_for_the_others_canaries(self, who: str) -> None:
        compartment = self.enter(who)
        if compartment is not None:
            mine = self.twins[who].resident.id
            for canary in [each for each, owner in self.canaries.items() if owner != mine]:
                self.see(who, self.run_now(search(compartment, Search(f"{_TOPIC} {canary}", 100))))

    @rule(who=which)
    def lose_the_index_and_find_the_same(self, who: str) -> None:
        compartment = self.enter(who)
        if compartment is not None:
            asked = Search(f"the secret figure in the {_TOPIC}", 100)
            before = self.run_now(search(compartment, asked))
            self.run_now(compartment.index.park())
            assert self.run_now(search(compartment, asked)) == before

    @rule(who=which)
    def ask_by_id_for_what_is_the_others(self, who: str) -> None:
        compartment = self.enter(who)
        if compartment is None:
            return
        foreign = [each for other in self.twins if other != who for each in self.twins[other].papers]
        gone = [each for _, papers in self.former for each in papers]
        for document in [*foreign, *gone]:
            for act in (erase, retry, partial(change, words={})):
                with pytest.raises(NotFound):
                    self.run_now(act(compartment, document))
            with pytest.raises(NotFound):
                self.run_now(_read(compartment, document))
        for other in self.twins.values():
            for path in self.home.foundation.blobs.list(other.resident.id) if other is not self.twins[who] else ():
                with pytest.raises(SealBroken):
                    self.run_now(_content(compartment, path.name))

    @rule(who=which)
    def make_and_revoke_a_client(self, who: str) -> None:
        compartment = self.enter(who)
        if compartment is None:
            return
        made = self.run_now(compartment.add_client("reader", frozenset({Role.USER}), "reading"))
        issued = self.run_now(self.home.mint.exchange(made.client.id, made.secret, None))
        opened = self.run_now(self.home.mint.from_token(issued.access_token, NOWHERE))
        assert opened.card().id == self.twins[who].resident.id
        self.run_now(compartment.revoke_client(made.client.id))
        with pytest.raises(TokenRefused):
            self.run_now(self.home.mint.from_token(issued.access_token, NOWHERE))
        for other in self.twins:
            stranger = self.enter(other) if other != who else None
            if stranger is not None:
                with pytest.raises(NotFound):
                    self.run_now(stranger.revoke_client(made.client.id))

    @rule(who=which)
    def suspend_or_resume(self, who: str) -> None:
        twin = self.twins[who]
        custody = self.run_now(self.home.custody(twin.resident.id))
        self.run_now(custody.resume() if twin.suspended else custody.suspend())
        twin.suspended = not twin.suspended

    @rule(who=which)
    def be_suspended_while_the_queue_is_worked_off(self, who: str) -> None:
        if not self.twins[who].suspended:
            self.upload_or_replace(who, None)
            self.suspend_or_resume(who)
            self.work_off_the_queue()
            self.suspend_or_resume(who)
            self.work_off_the_queue()

    @rule(who=which)
    def erase_and_move_in_anew_under_the_same_name(self, who: str) -> None:
        old = self.twins[who]
        on = self.home.foundation
        erasure = self.run_now(request_erasure(self.home.mint, on, OPERATOR, old.resident.id, "a test"))
        with pytest.raises(TokenRefused):
            self.run_now(self.home.enter(old.resident))
        receipt = self.run_now(run_erasure(on, erasure))
        assert receipt.counts_after["blobs"] == receipt.counts_after["chunks"] == 0
        self.former.append((old.resident, list(old.papers)))
        self.twins[who] = Twin(self.run_now(self.home.settle(_NAMES[who])))

    @rule()
    def restart(self) -> None:
        self.run_now(self.stack.aclose())
        self.home = self.run_now(self.stack.enter_async_context(house(self.folder)))

    @invariant()
    def each_sees_its_own_and_nothing_else(self) -> None:
        for who, twin in self.twins.items():
            compartment = self.enter(who)
            if compartment is None:
                continue
            assert compartment.card().id == twin.resident.id
            self.see(who, self.run_now(search(compartment, Search(_TOPIC, 100))))
            self.run_now(self.look_at_everything(who, compartment))

    @invariant()
    def whoever_was_erased_stays_erased(self) -> None:
        for resident, _ in self.former:
            with pytest.raises(TokenRefused):
                self.run_now(self.home.enter(resident))

    def see(self, who: str, hits: list[Hit]) -> None:
        """Check that every hit is of the version that answers of one of the tenant's own documents."""
        papers = self.twins[who].papers
        for hit in hits:
            assert hit.document_id in papers
            assert self.carried(hit.text) <= {papers[hit.document_id].live}

    def carried(self, text: str) -> set[str]:
        return {canary for canary in self.canaries if canary in text}

    async def look_at_everything(self, who: str, compartment: Compartment) -> None:
        twin = self.twins[who]
        async with compartment.snapshot() as records:
            listed, _ = await records.documents.page(100, None)
            assert {document.id for document in listed} == set(twin.papers)
            for document in listed:
                paper = twin.papers[document.id]
                assert (document.status is DocumentStatus.READY) == (paper.live == paper.newest)
                if document.live_version is not None:
                    chunks = await records.chunks.page(document.live_version, 100, -1)
                    assert self.carried("".join(chunk.text for chunk in chunks)) == {paper.live}
            trail, _ = await records.audit.page(1000)
            assert (await records.audit.verify()).intact
        seen = repr(trail)
        others = [twin.resident for other, twin in self.twins.items() if other != who]
        for other in [*others, *(resident for resident, _ in self.former)]:
            assert other.client not in seen
            assert other.id not in seen
        assert self.carried(seen) == set()


def _text(canary: str) -> str:
    return f"{_TOPIC}\n\nThe secret figure is {canary} per year."


async def _read(compartment: Compartment, document: DocumentId) -> None:
    async with compartment.snapshot() as records:
        assert await records.chunks.page(VersionId(document.replace("doc_", "ver_")), 100, -1) == []
        await records.documents.get(document)


async def _content(compartment: Compartment, name: str) -> bytes:
    return b"".join([part async for part in compartment.blobs.read(BlobRef(name))])


@pytest.mark.shows("storage.two-tenants")
def test_L11_L18_L42_two_tenants_never_see_each_other_whatever_they_do() -> None:
    run_state_machine_as_test(
        TwoTenants,
        settings=settings(
            max_examples=12,
            stateful_step_count=35,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # a failure is told as it happened; making it shorter would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
