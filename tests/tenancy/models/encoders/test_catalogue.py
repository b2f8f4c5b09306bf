"""An encoder is loaded by the first who needs it, and one that cannot be is the failure of its own tenants alone."""

import asyncio
import threading
from dataclasses import replace

import pytest

from retrieval.search import Search, search
from tenancy.mint import Mint
from tenancy.models.embedder import Embedder
from tenancy.models.encoders.catalogue import EncoderMissing, Encoders, Listing
from tenancy.models.encoders.traits import EncoderBroken, Traits
from tenancy.provision import NewTenant, provision
from tests.tenancy.building import NOWHERE, OPERATOR, House, Resident, WordHashes, upload

_TRAITS = WordHashes.traits


class Opening:
    """Opens an encoder when it is let, after as many failures as it is told, and counts."""

    def __init__(self, *, failures: int = 0) -> None:
        self.times = 0
        self.failures = failures
        self.may = threading.Event()

    def __call__(self) -> Embedder:
        self.times += 1
        assert self.may.wait(10)
        if self.times <= self.failures:
            raise EncoderBroken("weights.bin is damaged; reinstall the package.")
        return WordHashes()


async def test_nothing_is_loaded_before_it_is_needed_and_then_once() -> None:
    opening = Opening()
    encoders = Encoders([Listing(_TRAITS, opening)], _TRAITS.name)
    assert (encoders.names, encoders.traits(_TRAITS.name), opening.times) == ((_TRAITS.name,), _TRAITS, 0)
    first, second, third = (asyncio.ensure_future(encoders.get(_TRAITS.name)) for _ in range(3))
    await asyncio.sleep(0)
    first.cancel()  # who stops waiting does not stop it for the others
    opening.may.set()
    assert await second is await third is await encoders.get(_TRAITS.name)
    assert opening.times == 1


async def test_an_encoder_that_did_not_load_is_tried_again() -> None:
    opening = Opening(failures=1)
    opening.may.set()
    encoders = Encoders([Listing(_TRAITS, opening)], _TRAITS.name)
    with pytest.raises(EncoderMissing, match="bulkhead doctor"):
        await encoders.get(_TRAITS.name)
    assert isinstance(await encoders.get(_TRAITS.name), WordHashes)


async def test_an_encoder_that_is_missing_says_what_to_install() -> None:
    opening = Opening()
    encoders = Encoders([Listing(_TRAITS, opening, "Install that package.")], _TRAITS.name)
    assert encoders.names == ()
    with pytest.raises(EncoderMissing, match="Install that package") as refused:
        await encoders.get(_TRAITS.name)
    assert (refused.value.status, refused.value.dependency, opening.times) == (503, "models", 0)
    with pytest.raises(EncoderMissing, match="BULKHEAD_EMBEDDER_DIR"):
        encoders.traits("psychic")


async def test_a_tenant_without_its_encoder_fails_alone(home: House, a: Resident) -> None:
    other = Traits("other", 32, 256)
    encoders = Encoders([Listing(other, WordHashes), Listing(_TRAITS, WordHashes, "Install that package.")], other.name)
    foundation = replace(home.foundation, embedders=encoders)
    mint = Mint(foundation)
    document = await upload(await home.enter(a), "quay.txt", "The quay was rebuilt in 1931.")
    await home.drain()
    compartment = await mint.from_token(a.token, NOWHERE)
    with pytest.raises(EncoderMissing, match="Install that package"):
        await search(compartment, Search("When was the quay rebuilt?"))
    async with compartment.snapshot() as records:
        assert (await records.documents.get(document.id)).live_version is not None, "what needs no encoder goes on"
    _, enrolment = await provision(foundation, OPERATOR, NewTenant("Birch & Sons"))
    made = await mint.enrol(enrolment.code, NOWHERE)
    token = (await mint.exchange(made.client.id, made.secret, None)).access_token
    assert await search(await mint.from_token(token, NOWHERE), Search("When was the quay rebuilt?")) == []
