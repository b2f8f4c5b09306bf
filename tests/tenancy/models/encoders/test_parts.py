"""An encoder says where the parts of a chunk are, in any script, beside the same vector as ever."""

from pathlib import Path

import numpy as np
import pytest

from tenancy.ids import ChunkId, DocumentId
from tenancy.models.encoders.e5.tokenizer import Unigrams
from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.folder import Pooling, load_folder
from tenancy.stores.views import Chunk
from tenancy.values.embedded_text import EmbeddedText, parted
from tenancy.values.layout import NO_LAYOUT, Layout, Rows
from tenancy.values.units import units_in
from tests.tenancy.models.encoders.made import made_folder

_LATIN = "The café  opens at six. The ferry leaves the island at nine in the morning, and comes back at noon.\nNo dogs."
_DECOMPOSED = "Cafe\u0301s ouvrent a\u0300 six heures. Le ferry part a\u0300 neuf heures."
_CHINESE = "渡轮早上九点离开小岛。中午回来。狗不可以上船!"
_WIDE = "Ｔｈｅ ｆｅｒｒｙ ﬁnally left. Nobody saw ½ of it… She came back at noon."
_ROWS = "Fares\nFrom | To | Price\nQuay | Island | 4.20\nIsland | Quay | 3.90\nTickets are sold on board."


def _chunk(text: str, layout: Layout = NO_LAYOUT, start: int = 0) -> Chunk:
    return Chunk(ChunkId(""), DocumentId(""), "a.txt", 0, text, start, start + len(text), layout)


def _table(start: int) -> Chunk:
    first = start + _ROWS.index("Quay | Island")
    rows = Rows(first, start + _ROWS.index("Tickets") - 1, ("From", "To", "Price"), "Prices", "Fares")
    return _chunk(_ROWS, Layout(rows=(rows,)), start)


@pytest.mark.parametrize("name", ["e5", "minilm"])
@pytest.mark.parametrize("title", [None, "Timetable of the ferry 渡轮"])
@pytest.mark.parametrize(
    "chunk",
    [*map(_chunk, (_LATIN, _DECOMPOSED, _CHINESE, _WIDE)), _table(0), _table(700)],
    ids=["latin", "decomposed", "chinese", "wide", "table", "later table"],
)
def test_every_unit_has_a_part_where_it_is(
    request: pytest.FixtureRequest, name: str, title: str | None, chunk: Chunk
) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    embedded = parted(title, [chunk])
    (parts,) = encoder.embed(embedded).parts
    assert parts is not None
    found = [chunk.text[start:end].strip() for start, end in zip(parts.starts, parts.ends, strict=True)]
    units = [chunk.text[unit.start : unit.end] for unit in units_in(chunk.text, chunk.start, chunk.layout)]
    assert len(units) >= 2
    for unit in units:
        assert any(part and part in unit for part in found), (unit, found)
    assert all(any(part in unit for unit in units) for part in found), found
    assert all(any(part and unit.startswith(part) for part in found) for unit in units), found


@pytest.mark.parametrize("name", ["e5", "minilm"])
def test_the_vector_of_the_whole_is_the_same_bits(request: pytest.FixtureRequest, name: str) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    texts = [each for text in (_LATIN, _CHINESE, _WIDE) for each in parted("Ferry", [_chunk(text)])]
    with_parts = encoder.embed(texts)
    without = encoder.embed([EmbeddedText(each.text) for each in texts])
    np.testing.assert_array_equal(with_parts.vectors, without.vectors)
    assert without.parts == (None,) * 3


@pytest.mark.parametrize("name", ["e5", "minilm"])
def test_a_question_has_its_own_tokens_without_marks_and_prefix(request: pytest.FixtureRequest, name: str) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    question = "When does the ferry leave?"
    vector, tokens = encoder.embed_question(question)
    assert tokens.shape == (encoder.count_tokens(question), 384)
    np.testing.assert_allclose(np.linalg.norm(tokens, axis=1), 1, atol=1e-6)
    assert vector.shape == (384,)
    assert encoder.embed_question("").tokens.shape == (0, 384)


@pytest.mark.parametrize("pooling", [Pooling.MEAN, Pooling.CLS])
def test_an_encoder_in_a_folder_gives_them_too(tmp_path: Path, pooling: Pooling) -> None:
    encoder = load_folder(made_folder(tmp_path / "tiny", pooling=pooling, passage_prefix="query "))
    (parts,) = encoder.embed([EmbeddedText("nine\nferry leaves at nine", 5, ((0, 12), (13, 20)))]).parts
    encoder.close()
    assert parts is not None
    assert [(int(start), int(end)) for start, end in zip(parts.starts, parts.ends, strict=True)] == [(0, 12), (13, 20)]


def test_what_is_read_is_the_same_with_its_places() -> None:
    unigrams = Unigrams.load()
    for text in ("", "   ", _DECOMPOSED, _WIDE, "a \ud800 b", "\u200b\u200b x", "island " * 600):
        ids, places = unigrams.located(text)
        assert list(ids) == unigrams.ids(text)
        assert places.shape == (len(ids), 2)
        assert places[:, 1].max(initial=0) <= len(text)
        assert (np.diff(places[1:-1, 1]) >= 0).all()
