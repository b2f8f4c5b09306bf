"""What holds for every test: closed sockets, no settings from outside, a folder in memory for indexes."""

import os

import hypothesis
import pytest

from tests.sockets import close_outside

_FOR_TESTS = ("BULKHEAD_TEST_CORPUS", "BULKHEAD_TEST_QDRANT_URL", "BULKHEAD_TEST_QDRANT_API_KEY")
_FOREIGN = ("BULKHEAD_", "OPENAI_", "AWS_", "VAULT_")


def pytest_configure(config: pytest.Config) -> None:
    """Close the sockets before any test module is imported, in every worker process."""
    del config
    hypothesis.settings.register_profile("untimed", deadline=None)  # how fast the machine is, is not what a test tests
    hypothesis.settings.load_profile("untimed")
    close_outside(os.environ.get("BULKHEAD_TEST_QDRANT_URL", ""))
    for name in [name for name in os.environ if name.startswith(_FOREIGN) and name not in _FOR_TESTS]:
        del os.environ[name]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument and number: made-up files hold times, and all processes collect the same names."""
    return argname if isinstance(val, bytes) else None
