"""Collections on a Qdrant server: what a token reaches, what a request shows, what follows when one is lost or left."""

import base64
import json
from collections.abc import Callable

import httpx
import jwt
import numpy as np
import pytest
from numpy.typing import NDArray

from tenancy.errors import Unavailable
from tenancy.ids import TenantId, new_id
from tenancy.index.collection import Query
from tenancy.index.qdrant_calls import connecting
from tenancy.index.qdrant_jwt import CollectionName, PointsTokens, ServerKey
from tenancy.index.rotation import Rotation
from tenancy.index.server_points import ServerCollection
from tenancy.index.tenant_index import narrowing
from tests.standins.qdrant_server import StandIn
from tests.tenancy.index.on_server import API_KEY, Start, new_shelf, qdrant, start
from tests.tenancy.index.shelf import DIMENSION, Shelf, choose, ready, unit_vectors

__all__ = ["new_shelf", "qdrant", "start"]  # fixtures, found by name
_ASKED = unit_vectors(9, 1)[0]
_TEXT, _NAME, _TAG = "The Halifax convoy sails at dawn", "convoy-orders.txt", "red dossier"


def _numbers(body: bytes) -> NDArray[np.float64]:
    """Return every number of a JSON body that is not whole."""
    found: list[float] = []

    def walk(value: object) -> None:
        if isinstance(value, float):
            found.append(value)
        elif isinstance(value, dict):
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(json.loads(body) if body else None)
    return np.array(found)


def _shows_vector(qdrant: StandIn, vector: NDArray[np.float32]) -> bool:
    """Tell whether any request carried the model's own coordinates."""
    sent = np.concatenate([_numbers(asked.body) for asked in qdrant.asked])
    return bool(np.isin(vector.astype(np.float64), sent).mean() > 0.5)


def _shows_text(qdrant: StandIn, *words: str) -> list[str]:
    sent = qdrant.bodies()
    encodings: list[Callable[[str], bytes]] = [
        str.encode,
        lambda word: word.encode("utf-16-le"),
        lambda word: word.encode().hex().encode(),
        lambda word: base64.b64encode(word.encode())[:-4],
    ]
    return [word for word in words if any(encoded(word) in sent for encoded in encodings)]


async def _one_of_everything(shelf: Shelf) -> NDArray[np.float32]:
    vectors = unit_vectors(3, 2)
    document = await shelf.publish([_TEXT, "convoy"], vectors, tags={"dossier": _TAG}, name=_NAME)
    hits = await shelf.search("halifax convoy", vectors[0], narrow=narrowing({"dossier": _TAG}))
    assert hits[0].text == _TEXT
    assert hits[0].document_name == _NAME
    await shelf.publish([_TEXT], vectors[:1], document, tags={"dossier": _TAG}, name=_NAME)
    await shelf.search("halifax convoy", vectors[0])
    await shelf.pool.park(shelf.tenant)
    return vectors


async def test_L45_every_request_carries_a_short_token_that_reaches_one_collection_or_manages(
    qdrant: StandIn, shelf: Shelf
) -> None:
    await _one_of_everything(shelf)
    assert {asked.status for asked in qdrant.asked} == {200, 404}  # 404: the register that was not there yet
    managing = []
    for asked in qdrant.asked:
        parts = asked.path.partition("?")[0].split("/")
        if asked.claims["access"] == "m":
            managing.append((asked.method, len(parts), parts[-1] if len(parts) > 3 else ""))
        else:
            assert asked.claims["access"] == [{"collection": parts[2], "access": "prw"}]
            assert parts[3] == "points"
        assert asked.claims["exp"] > 0
    assert set(managing) == {("PUT", 3, ""), ("PUT", 4, "index"), ("DELETE", 3, "")}


@pytest.mark.shows("qdrant.requests")
async def test_L45_no_request_shows_text_names_filter_values_or_the_tenant(qdrant: StandIn, shelf: Shelf) -> None:
    await _one_of_everything(shelf)
    assert _shows_text(qdrant, _TEXT, "convoy", "Halifax", _NAME, _TAG, "dossier", shelf.tenant, shelf.tenant[4:]) == []


@pytest.mark.shows("qdrant.requests")
async def test_L45_no_request_shows_a_vector_of_the_model(qdrant: StandIn, shelf: Shelf) -> None:
    vectors = await _one_of_everything(shelf)
    assert not any(_shows_vector(qdrant, vector) for vector in vectors)


@pytest.mark.shows("qdrant.requests", without="the rotation")
async def test_L45_without_the_rotation_the_vectors_would_be_seen(qdrant: StandIn, start: Start) -> None:
    class Unturned:
        def turn(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
            return vectors

    turned = await start().make(TenantId(new_id("ten")), Shelf.shape_of(b"r" * 32))
    bare = ServerCollection(turned._client, turned._name, Unturned(), turned._discard)  # type: ignore[arg-type]  # noqa: SLF001 - the wall taken away
    await bare.search(Query(ready(_ASKED), [], [], (), 10), choose(10))
    assert _shows_vector(qdrant, _ASKED)
    await bare.close()


async def test_L45_a_tenants_token_is_refused_for_another_tenants_collection(qdrant: StandIn, start: Start) -> None:
    server = start()
    ours = await server.make(TenantId(new_id("ten")), Shelf.shape_of(b"a" * 32))
    theirs = await server.make(TenantId(new_id("ten")), Shelf.shape_of(b"b" * 32))
    nothing = Query(ready(_ASKED), [], [], (), 10)
    assert await theirs.search(nothing, choose(10)) == []

    def aimed(client_of: ServerCollection) -> ServerCollection:
        return ServerCollection(client_of._client, theirs._name, Rotation(b"b" * 32, DIMENSION), server.discard)  # noqa: SLF001 - a client aimed at another collection

    with pytest.raises(Unavailable, match="403"):
        await aimed(ours).search(nothing, choose(10))
    assert qdrant.asked[-1].status == 403
    # With the wall removed, a token for both, the same request is answered.
    both = _Tokens([ours._name, theirs._name])  # noqa: SLF001 - as above
    open_client = connecting(qdrant.url)(both)
    wide = ServerCollection(open_client, theirs._name, Rotation(b"b" * 32, DIMENSION), server.discard)  # noqa: SLF001 - as above
    assert await wide.search(nothing, choose(10)) == []
    await open_client.close()
    await ours.close()
    await theirs.close()


class _Tokens:
    """Tokens for several collections, as the product cannot make them."""

    def __init__(self, names: list[CollectionName]) -> None:
        self._access = [{"collection": name, "access": "prw"} for name in names]

    def __call__(self) -> str:
        return jwt.encode({"access": self._access, "exp": 4_000_000_000}, API_KEY, algorithm="HS256")


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 4_000_000_000},
        {"access": "m"},
        {"access": "m", "exp": 1},
    ],
    ids=["no access", "no exp", "expired"],
)
async def test_the_stand_in_refuses_tokens_without_access_or_exp_and_expired_ones(
    qdrant: StandIn, claims: dict[str, object]
) -> None:
    token = jwt.encode(claims, API_KEY, algorithm="HS256")
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{qdrant.url}/collections", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        forged = jwt.encode({"access": "m", "exp": 4_000_000_000}, "x" * 32, algorithm="HS256")
        answer = await client.get(f"{qdrant.url}/collections", headers={"Authorization": f"Bearer {forged}"})
        assert answer.status_code == 401


async def test_a_token_for_points_makes_no_collection_and_takes_no_snapshot(qdrant: StandIn, start: Start) -> None:
    made = await start().make(TenantId(new_id("ten")), Shelf.shape_of(b"a" * 32))
    name = made._name  # noqa: SLF001 - the routes are asked past the adapter
    headers = {"Authorization": f"Bearer {PointsTokens(ServerKey(API_KEY), name)()}"}
    async with httpx.AsyncClient(base_url=qdrant.url, headers=headers) as client:
        assert (await client.post(f"/collections/{name}/snapshots")).status_code == 403
        assert (await client.delete(f"/collections/{name}")).status_code == 403
        assert (await client.put("/collections/bh-another-one", json={"vectors": {}})).status_code == 403
        assert (await client.get(f"/collections/{name}/exists")).status_code == 200
    await made.close()
