"""An operator's folder gives the vectors of its model, or says what is wrong with it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tenancy.models.encoders.folder import EncoderDescription, FolderPieces, Pooling, load_folder
from tenancy.models.encoders.installed import chosen, sources
from tenancy.models.encoders.traits import EncoderBroken
from tests.house.rules.tree import ROOT
from tests.tenancy.models.encoders.made import TABLE, WORDS, made_folder


def _unit(*words: str) -> np.ndarray:
    mean = TABLE[[WORDS.index(word) for word in words]].mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


@pytest.mark.parametrize(
    ("pooling", "pooled"), [(Pooling.MEAN, ("[CLS]", "query", "ferry", "leaves", "[SEP]")), (Pooling.CLS, ("[CLS]",))]
)
def test_a_question_has_its_prefix_marks_and_pooling(tmp_path: Path, pooling: Pooling, pooled: tuple[str, ...]) -> None:
    encoder = load_folder(made_folder(tmp_path / "tiny", pooling=pooling, question_prefix="query "))
    np.testing.assert_allclose(encoder.embed_question("ferry leaves").vector, _unit(*pooled), atol=1e-6)
    encoder.close()


def test_the_documented_description_is_right() -> None:
    page = (ROOT / "docs/encoders.md").read_text(encoding="utf-8")
    example = page.partition("```json\n")[2].partition("```")[0]
    assert EncoderDescription.model_validate_json(example).traits().calibration.scaled(0.9) == pytest.approx(0.6)


def test_its_traits_are_known_without_its_weights(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "tiny", calibration={"floor": 0.5, "factor": 2.0})
    (folder / "model.onnx").unlink()
    traits = chosen(sources(folder), "tiny").traits
    assert (traits.name, traits.dimension, traits.max_tokens) == ("tiny", 8, 256)
    assert traits.calibration.scaled(0.75) == 0.5


def test_a_long_text_is_cut_and_a_mark_in_it_is_text(tmp_path: Path) -> None:
    pieces = FolderPieces.load(made_folder(tmp_path / "tiny"))
    ids = pieces.ids("nine " * 400)
    assert (len(ids), ids[0], ids[-1], pieces.count("nine " * 400)) == (256, 1, 2, 400)
    assert 2 not in pieces.ids("at [SEP] nine")[1:-1]


@pytest.mark.parametrize(
    ("described", "says"),
    [
        ({"name": "Tiny one"}, "name"),
        ({"max_tokens": 128}, "max_tokens"),
        ({"pooling": "sum"}, "pooling"),
        ({"sha256": {"model.onnx": "0"}}, "tokenizer.json"),
        ({"size": 3}, "size"),
        ({"name": "minilm"}, "another encoder is called minilm"),
    ],
)
def test_a_description_that_is_not_right_is_refused_at_the_start(
    tmp_path: Path, described: dict[str, object], says: str
) -> None:
    with pytest.raises(EncoderBroken, match=says):
        sources(made_folder(tmp_path / "tiny", **described))


def test_a_folder_without_a_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderBroken, match=r"embedder\.json cannot be read"):
        sources(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_files_that_are_not_those_described_are_refused(tmp_path: Path, name: str) -> None:
    folder = made_folder(tmp_path / "tiny")
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(EncoderBroken, match="not the one that"):
        load_folder(folder)


def test_a_model_of_another_width_is_refused(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "tiny", dimension=16)
    assert json.loads((folder / "embedder.json").read_text(encoding="utf-8"))["dimension"] == 16
    with pytest.raises(EncoderBroken, match="one vector of 16 numbers"):
        load_folder(folder)
