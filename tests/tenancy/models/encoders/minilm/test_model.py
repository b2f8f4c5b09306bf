"""The offline embedder gives the published vectors, whatever else it is asked at the time."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tenancy.models.encoders.encoder import Encoder
from tests.tenancy.models.plain import plain

_TEXTS = [
    "short",
    "The harbour master signs every manifest before the ferry leaves. " * 12,
    "",
    "What is the notice period in the Harlow lease?",
    "Quarterly figures, in thousands of euros. " * 5,
    "short",
]


def test_the_example_sentence_has_its_published_vector(minilm: Encoder) -> None:
    vector = minilm.embed_question("This is an example sentence").vector
    np.testing.assert_allclose(vector[:5], [0.0677, 0.0635, 0.0487, 0.0793, 0.0374], atol=5e-5)


def test_every_vector_is_float32_and_of_unit_length(minilm: Encoder) -> None:
    vectors = minilm.embed(plain(_TEXTS)).vectors
    assert vectors.dtype == np.float32
    assert vectors.shape == (6, minilm.traits.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_text_has_the_same_bits_alone_and_among_others_in_any_order(minilm: Encoder) -> None:
    alone = [minilm.embed_question(text).vector for text in _TEXTS]
    np.testing.assert_array_equal(minilm.embed(plain(_TEXTS)).vectors, alone)
    np.testing.assert_array_equal(minilm.embed(plain(_TEXTS[::-1])).vectors, alone[::-1])


def test_questions_asked_while_an_upload_is_embedded_keep_their_bits(minilm: Encoder) -> None:
    question = "Who signs the manifest?"
    expected = minilm.embed_question(question).vector
    with ThreadPoolExecutor(3) as threads:
        upload = threads.submit(minilm.embed, plain(_TEXTS * 4))
        answers = [each.vector for each in threads.map(minilm.embed_question, [question] * 40)]
    np.testing.assert_array_equal(answers, [expected] * 40)
    np.testing.assert_array_equal(upload.result().vectors[:6], minilm.embed(plain(_TEXTS)).vectors)


def test_embedding_no_texts_gives_an_empty_table(minilm: Encoder) -> None:
    assert minilm.embed([]).vectors.shape == (0, 384)


def test_what_lies_beyond_the_models_limit_changes_nothing(minilm: Encoder) -> None:
    head = "harbour " * 254
    assert minilm.count_tokens(head) == minilm.traits.max_tokens - 2
    vector, longer, other = (
        minilm.embed_question(text).vector for text in (head, head + "and more of it", "and more " + head)
    )
    np.testing.assert_array_equal(vector, longer)
    assert not np.array_equal(vector, other)


def test_related_sentences_are_nearer_than_unrelated_ones(minilm: Encoder) -> None:
    question, near, far = minilm.embed(
        plain(["How do I end the lease?", "The tenant may terminate the agreement.", "Bake for forty minutes."])
    ).vectors
    assert question @ near > question @ far + 0.2
