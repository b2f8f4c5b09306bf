"""A command starts with what it needs: nobody waits for the client of a server that the deployment does not have."""

import subprocess
import sys

import pytest

_SLOW = (
    "alembic",
    "arq",
    "asyncpg",
    "llama_index",
    "onnx",
    "onnxruntime",
    "openai",
    "qdrant_client",
    "redis",
    "pypdfium2",
)


@pytest.mark.parametrize("module", ["tenants", "operators", "remote.clients", "remote.asking", "remote.ingesting"])
def test_a_command_imports_no_server_client_model_or_parser_before_it_is_needed(module: str) -> None:
    shown = f"import sys, app.cli.{module}; print(*sorted({set(_SLOW)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
