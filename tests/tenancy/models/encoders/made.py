"""A small encoder in a folder, as an operator would bring one: the mean of fixed word vectors."""

import hashlib
import json
from pathlib import Path
from typing import Final

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

DIMENSION: Final = 8
WORDS: Final = ("[UNK]", "[CLS]", "[SEP]", "ferry", "leaves", "at", "nine", "query", "[", "]", "SEP")
TABLE: Final = np.random.default_rng(3).standard_normal((len(WORDS), DIMENSION)).astype(np.float32)


def made_folder(folder: Path, **described: object) -> Path:
    """Write an encoder called `tiny`, whose description says what is `described`, to a new `folder`."""
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(_model())
    _tokenizer().save(str(folder / "tokenizer.json"))
    digests = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("model.onnx", "tokenizer.json")
    }
    told = {"name": "tiny", "dimension": DIMENSION, "max_tokens": 256, "pooling": "mean", "sha256": digests}
    (folder / "embedder.json").write_text(json.dumps(told | described), encoding="utf-8")
    return folder


def _model() -> bytes:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, [1, "n"]) for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [1, "n", DIMENSION])
    gather = helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = helper.make_graph([gather], "tiny", inputs, [output], [numpy_helper.from_array(TABLE, "table")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 1), ("[SEP]", 2)])
    tokenizer.add_special_tokens(["[CLS]", "[SEP]"])
    return tokenizer
