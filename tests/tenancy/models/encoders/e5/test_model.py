"""multilingual-e5-small gives the vectors of its weights, whatever characters a text spells."""

import numpy as np
import pytest

from tenancy.models.encoders.e5.graph import e5_graph
from tenancy.models.encoders.e5.tokenizer import Unigrams
from tenancy.models.encoders.e5.weights import LAYERS, WIDTH, E5File, Tensors, opened
from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.session import session_of
from tenancy.models.encoders.traits import E5, EncoderBroken
from tests.tenancy.models.encoders.architecture import vector_by_the_paper
from tests.tenancy.models.plain import plain

_FERRY = "When does the ferry leave?"
_NINE = "The ferry leaves the island at nine in the morning."
_RESET = "Press the reset button for ten seconds, then wait."


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    return E5File.open().tensors()


@pytest.fixture(scope="module")
def unigrams() -> Unigrams:
    return Unigrams.load()


# Cosines as the package's own engine computes them.
@pytest.mark.parametrize(
    ("question", "passage", "cosine"),
    [
        (_FERRY, _NINE, 0.859),
        (_FERRY, "Die Fähre verlässt die Insel um neun Uhr morgens.", 0.832),
        ("¿Cuándo sale el transbordador?", _NINE, 0.752),
        ("Когда отходит паром?", "Паром отходит от острова в девять часов утра.", 0.858),
        ("渡轮几点开?", "渡轮早上九点离开小岛。", 0.904),
        ("متى تغادر العبارة؟", "تغادر العبارة الجزيرة في التاسعة صباحا.", 0.857),
        (_FERRY, _RESET, 0.769),
        ("渡轮几点开?", _RESET, 0.784),
        (_FERRY, f"{_NINE} " * 12, 0.882),
    ],
)
def test_cosines_are_those_of_the_engine_it_came_with(e5: Encoder, question: str, passage: str, cosine: float) -> None:
    found = e5.embed_question(question).vector @ e5.embed(plain([passage])).vectors[0]
    assert float(found) == pytest.approx(cosine, abs=0.015)


@pytest.mark.parametrize("text", ["", "契約は六か月前に解約できる。" * 3])
def test_the_8_bit_graph_agrees_with_the_architecture_in_64(
    e5: Encoder, tensors: Tensors, unigrams: Unigrams, text: str
) -> None:
    ids = unigrams.ids(f"query: {text}")
    weights = {**_weights(tensors), "embeddings.word_embeddings.weight": opened(tensors.blocks("emb.word")[ids])}
    expected = vector_by_the_paper(weights, list(range(len(ids))), layers=LAYERS)
    assert float(expected @ e5.embed_question(text).vector) >= 0.99


def test_a_text_has_the_same_bits_alone_and_among_others(e5: Encoder) -> None:
    texts = [_NINE, _RESET, "", _NINE * 20]
    alone = [e5.embed(plain([text])).vectors[0] for text in texts]
    np.testing.assert_array_equal(e5.embed(plain(texts)).vectors, alone)


def test_questions_and_passages_are_read_with_their_prefixes(e5: Encoder) -> None:
    assert not np.array_equal(e5.embed_question(_NINE).vector, e5.embed(plain([_NINE])).vectors[0])


def test_the_vectors_of_all_tokens_are_there_for_who_asks(tensors: Tensors) -> None:
    session = session_of(e5_graph(tensors))
    tokens = np.random.default_rng(7).standard_normal((5, WIDTH), np.float32)
    vector, states = session.run(["vector", "states"], {"tokens": tokens})
    assert states.shape == (5, WIDTH)
    np.testing.assert_allclose(vector, states.mean(0) / np.linalg.norm(states.mean(0)), atol=1e-6)


@pytest.mark.parametrize("mark", ["<s>", "</s>", "<pad>", "<unk>", "<mask>"])
def test_a_mark_that_a_text_spells_is_text(unigrams: Unigrams, mark: str) -> None:
    start, *pieces, end = unigrams.ids(f"before {mark} after")
    assert (start, end) == (0, 2)
    assert not {0, 1, 2, 250_001} & set(pieces)
    assert len(pieces) > unigrams.count("before after") + 2


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("cafe\u0301", "café"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("\uff21\uff22\uff23", "ABC"),
        ("one\n\n\ttwo ", "one two"),
        ("\ufb01ne", "fine"),
    ],
)
def test_ways_of_writing_the_same_are_read_alike(unigrams: Unigrams, written: str, same: str) -> None:
    assert unigrams.ids(written) == unigrams.ids(same)


def test_half_a_surrogate_pair_is_read_as_something(unigrams: Unigrams) -> None:
    assert unigrams.count("a \ud800 b") == 3


def test_counting_leaves_out_the_markers_and_cuts_nothing_off(unigrams: Unigrams) -> None:
    assert unigrams.count("") == 0
    assert unigrams.count("island " * 1_000) == 1_000
    ids = unigrams.ids("island " * 1_000)
    assert (len(ids), ids[0], ids[-1]) == (E5.max_tokens, 0, 2)


def test_bytes_that_are_another_file_are_refused() -> None:
    with pytest.raises(EncoderBroken, match="form that is known"):
        E5File(b"E5S1" + bytes(80))


def _weights(tensors: Tensors) -> dict[str, np.ndarray]:
    """Return the weights but for the words under the names of the published model."""
    plain = {"position_embeddings": "pos", "token_type_embeddings": "type"}
    found = {
        f"embeddings.{name}.weight": tensors.floats(f"emb.{short}").reshape(-1, WIDTH) for name, short in plain.items()
    }
    found |= _scaled(tensors, "embeddings.LayerNorm", "emb.ln")
    parts = {f"attention.self.{part}": part[0] for part in ("query", "key", "value")}
    parts |= {"attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo"}
    for layer in range(LAYERS):
        ours, theirs = f"l{layer}.", f"encoder.layer.{layer}."
        for name, short in parts.items():
            inner = 4 * WIDTH if short == "fo" else WIDTH
            found[f"{theirs}{name}.weight"] = tensors.matrix(f"{ours}{short}.w", inner)
            found[f"{theirs}{name}.bias"] = tensors.floats(f"{ours}{short}.b")
        found |= _scaled(tensors, f"{theirs}attention.output.LayerNorm", f"{ours}aln")
        found |= _scaled(tensors, f"{theirs}output.LayerNorm", f"{ours}oln")
    return found


def _scaled(tensors: Tensors, name: str, short: str) -> dict[str, np.ndarray]:
    return {f"{name}.weight": tensors.floats(f"{short}.w"), f"{name}.bias": tensors.floats(f"{short}.b")}
