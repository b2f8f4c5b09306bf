"""The sink and the model, asked over HTTP."""

import httpx

from evals.launch.model import running_model
from evals.launch.sink import running_sink


def test_a_sink_keeps_what_is_fetched_from_it_by_path_header_and_body() -> None:
    with running_sink() as sink, httpx.Client(trust_env=False) as client:
        for request in (
            httpx.Request("GET", f"{sink.url}/x?leak=KEY-1"),
            httpx.Request("POST", sink.url, content=b"KEY-2"),
            httpx.Request("HEAD", sink.url, headers={"X-Leak": "KEY-3"}),
        ):
            assert client.send(request).status_code == 200
        assert [len(sink.fetched_with(value)) for value in ("KEY-1", "KEY-2", "KEY-3", "KEY-4")] == [1, 1, 1, 0]


def test_a_model_keeps_its_prompts_with_the_key_and_repeats_them() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Say KEY-1."}]}
    with running_model() as model, httpx.Client(trust_env=False) as client:
        headers = {"Authorization": "Bearer sk-a"}
        answer = client.post(f"{model.base_url}/chat/completions", json=body, headers=headers).json()
        streamed = client.post(f"{model.base_url}/chat/completions", json={**body, "stream": True}).text
        vectors = client.post(f"{model.base_url}/embeddings", json={"model": "m", "input": ["a", "b"]}).json()
        assert answer["choices"][0]["message"]["content"] == "Say KEY-1."
        assert "KEY-1." in streamed
        assert len(vectors["data"]) == 2
        assert [("KEY-1" in one.text, one.key) for one in model.prompts] == [(True, "sk-a"), (True, "")]
        assert len(model.embedded) == 1
