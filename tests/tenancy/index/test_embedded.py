"""The embedded engine: what its folder holds, and what its filters let through."""

from pathlib import Path

import numpy as np
import pytest
import qdrant_edge as edge

from tenancy.index.collection import Query, chunk_id, point_id
from tenancy.index.embedded import INDEXED_FROM, EmbeddedCollection
from tenancy.index.tenant_index import InvalidFilter, Narrowing, narrowing, reserved
from tenancy.models.encoders.traits import Calibration
from tests.tenancy.index.shelf import DIMENSION, Shelf, choose, ready, unit_vectors

_SECRET = "The Halifax convoy sails at dawn"
_NAME = "convoy-orders-halifax.txt"
_TAG = "admiralty-red-dossier"


def _forms(text: str) -> list[bytes]:
    return [text.encode(), text.encode("utf-16-le"), text.encode().hex().encode()]


def _bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.shows("sealing.index")
async def test_L45_no_text_name_or_filter_value_is_in_any_byte_of_the_folder(shelf: Shelf, memory: Path) -> None:
    await shelf.publish([_SECRET, "convoy"], unit_vectors(1, 2), tags={"dossier": _TAG}, name=_NAME)
    await shelf.publish(["convoy"] * INDEXED_FROM, unit_vectors(2, INDEXED_FROM), tags={"dossier": _TAG}, name=_NAME)
    asked = unit_vectors(1, 2)[0]
    assert [hit.text for hit in await shelf.search("convoy", asked, narrow=narrowing({"dossier": _TAG}))]
    held = _bytes_below(memory)
    assert len(held) > 1000
    for word in (_SECRET, _NAME, _TAG, "convoy", "dossier", "halifax", shelf.tenant):
        assert [form for form in _forms(word) if form in held] == []


@pytest.mark.shows("sealing.index", without="sealing")
async def test_L45_the_search_above_would_find_text_put_into_a_payload(shelf: Shelf, memory: Path) -> None:
    await shelf.publish(["engine"], unit_vectors(1, 1), tags={})
    async with shelf.pool.using(shelf.tenant, shelf.index().rotation, None, shelf.index()._read) as awake:  # noqa: SLF001 - the wall is looked at from inside
        inner: EmbeddedCollection = awake.collection  # type: ignore[assignment]  # the pool makes embedded ones
        clear = edge.Point(1, {"dense": unit_vectors(1, 1)[0].tolist()}, {"text": _SECRET})
        inner._shard.update(edge.UpdateOperation.upsert_points([clear]))  # noqa: SLF001 - as above
        inner._shard.flush()  # noqa: SLF001 - as above
    assert _SECRET.encode() in _bytes_below(memory)


async def test_cosines_of_an_encoder_are_put_on_the_scale_of_evidence(shelf: Shelf) -> None:
    vectors = unit_vectors(1, 40)
    far = int(np.argmin(vectors @ vectors[0]))
    await shelf.publish([("capstan", "quay")[number == far] for number in range(40)], vectors)
    index = shelf.index(calibration=Calibration(0.5, 1.5))
    hits = await index.search(ready(vectors[0]), {"quay": 1}, choose(10), depth=1)
    found = {hit.text: hit.similarity for hit in reversed(hits)}
    assert found["capstan"] == pytest.approx(0.75, abs=1e-2)
    assert found["quay"] == 0.0, "found by its words alone"


async def test_parking_removes_the_collections_folder(shelf: Shelf, memory: Path) -> None:
    await shelf.publish(["engine"], unit_vectors(1, 1))
    await shelf.search("engine", unit_vectors(1, 1)[0])
    assert list(memory.iterdir())
    await shelf.pool.park(shelf.tenant)
    assert list(memory.iterdir()) == []


async def test_parking_a_collection_whose_folder_is_gone_is_no_error(memory: Path) -> None:
    collection = await EmbeddedCollection.create(memory / "one", DIMENSION)
    (memory / "one").rename(memory / "two")
    await collection.close()
    assert not (memory / "one").exists()


async def test_a_filter_narrows_to_documents_that_meet_every_field(shelf: Shelf) -> None:
    await shelf.publish(["anchor one"], unit_vectors(1, 1), tags={"year": 2024, "kind": "log"})
    await shelf.publish(["anchor two"], unit_vectors(2, 1), tags={"year": 2025, "kind": "log"})
    await shelf.publish(["anchor three"], unit_vectors(3, 1), tags={"year": 2025, "kind": "chart"})
    asked = unit_vectors(4, 1)[0]

    async def found(**asked_for: object) -> set[str]:
        return {hit.text for hit in await shelf.search("anchor", asked, narrow=narrowing(asked_for))}

    assert await found(kind="log") == {"anchor one", "anchor two"}
    assert await found(year=2025, kind="log") == {"anchor two"}
    assert await found(year=[2024, 2025], kind=["chart"]) == {"anchor three"}
    assert await found(year=2025.0, kind="log") == {"anchor two"}
    assert await found(year="2025") == set()
    assert await found(nothing="like it") == set()


async def test_a_condition_without_alternatives_is_refused_by_the_engine_adapter(memory: Path) -> None:
    collection = await EmbeddedCollection.create(memory / "one", DIMENSION)
    query = Query(ready(unit_vectors(1, 1)[0]), [], [], ((),), 10)
    with pytest.raises(ValueError, match="without alternatives"):
        await collection.search(query, choose(10))
    await collection.close()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kind": []},
        {"kind": None},
        {"kind": [None]},
        {"kind": {"any": "thing"}},
        {"kind": [["nested"]]},
        {"kind": ["x"] * 65},
        {"tenant": "ten_x"},
        {"Tenant-ID": "ten_x"},
        {" owner ": "x"},
        {"collection": "x"},
    ],
    ids=str,
)
def test_L13_an_empty_a_shapeless_or_a_reserved_filter_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(InvalidFilter):
        narrowing(asked)


def test_fields_of_documents_are_not_reserved() -> None:
    assert not reserved("kind")
    assert narrowing({"kind": "log", "year": [1, 2]}) == Narrowing((("kind", ("log",)), ("year", (1, 2))))


async def test_equal_scores_at_the_end_of_a_ranking_do_not_depend_on_the_order_of_insertion(shelf: Shelf) -> None:
    first = await shelf.publish(["anchor"] * 150, np.repeat(unit_vectors(1, 1), 150, axis=0))
    await shelf.publish(["anchor"] * 150, np.repeat(unit_vectors(1, 1), 150, axis=0))
    await shelf.search("anchor", unit_vectors(1, 1)[0])
    await shelf.publish(["anchor"] * 150, np.repeat(unit_vectors(1, 1), 150, axis=0), first)
    before = await shelf.search("anchor", unit_vectors(1, 1)[0])
    await shelf.pool.park(shelf.tenant)
    assert await shelf.search("anchor", unit_vectors(1, 1)[0]) == before
    assert [hit.chunk_id for hit in before] == sorted(hit.chunk_id for hit in before)


def test_point_ids_stand_for_chunk_ids_and_sort_like_them() -> None:
    ids = [f"chk_{'0' * 23}{letter}" for letter in "0123456789abcdefghjkmnpqrstvwxyz"]
    points = [point_id(each) for each in ids]  # type: ignore[arg-type]  # chunk ids by their form
    assert [chunk_id(point.int) for point in points] == ids
    assert sorted(points) == points
