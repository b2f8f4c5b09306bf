"""W1 against a server whose prompts are sound, and servers whose prompts hold or pay too much."""

import secrets
from dataclasses import replace
from typing import Any

import httpx
import pytest

from evals.families.whitebox.prompts import FAMILY
from evals.launch.model import Model, running_model
from evals.target.spec import TargetSpec
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.families.attacking import probed_naive, titles
from tests.evals.families.overheard import Passed, overheard, uploaded

_SETTINGS = {"model_url": "{{model_url?}}", "model_key": "{{model_key?}}", "name": "{{name}}"}


class _Asking:
    """Answers questions by a model, with a prompt that has one flaw."""

    def __init__(self, model: Model, flaw: str) -> None:
        self._model, self._flaw = model, flaw
        self._keys: dict[str, str] = {}
        self._texts: list[tuple[str, str]] = []

    def hear(self, passed: Passed) -> None:
        if passed.path == "/tenants":
            self._keys[passed.said["api_key"]] = httpx.Response(200, content=passed.sent).json().get("model_key", "")
        if passed.path == "/documents" and passed.method == "POST":
            self._texts.append((passed.key, uploaded(passed)))

    async def instead(self, passed: Passed) -> dict[str, Any] | None:
        if passed.path != "/ask":
            return None
        question = httpx.Response(200, content=passed.sent).json()["query"]
        everybody = self._flaw == "everybody"
        texts = [self._fenced(text) for key, text in self._texts if everybody or key == passed.key]
        documents = "\n".join(texts)
        instructions = f"Be brief. {documents if self._flaw == 'instructed' else ''}"
        messages = [
            {"role": "system", "content": instructions},
            {"role": "user", "content": f"{documents}\n{question}"},
        ]
        key = "sk-of-the-platform" if self._flaw == "pays" else self._keys[passed.key]
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.post(
                f"{self._model.base_url}/chat/completions",
                json={"messages": messages},
                headers={"Authorization": f"Bearer {key}"},
            )
        return {"answer": "Said.", "sources": [], "conversation_id": "talk-1"}

    def _fenced(self, text: str) -> str:
        code = secrets.token_hex(12)
        return text if self._flaw == "unfenced" else f"== {code}\n{text}\n== {code}"


async def _read(flaw: str) -> FamilyResult:
    with running_model() as model:
        asking = _Asking(model, flaw)

        def opened(spec: TargetSpec) -> TargetSpec:
            making = replace(spec.operations["tenant_create"], json=_SETTINGS)
            return replace(spec, reach=4, operations={**spec.operations, "tenant_create": making})

        return await probed_naive(FAMILY, overheard(asking.hear, asking.instead), opened, model)


async def test_prompts_of_ones_own_fenced_documents_pass() -> None:
    result = await _read("")
    assert result.verdict is Verdict.PASS, (result.reason, list(titles(result)))


@pytest.mark.parametrize(
    ("flaw", "title"),
    [
        ("everybody", "A prompt holds a secret of another tenant."),
        ("unfenced", "A document in a prompt can pass for more than a document."),
        ("instructed", "A document in a prompt can pass for more than a document."),
        ("pays", "A prompt was paid for with somebody else's key."),
    ],
)
async def test_each_flaw_of_a_prompt_is_found(flaw: str, title: str) -> None:
    assert title in titles(await _read(flaw))
