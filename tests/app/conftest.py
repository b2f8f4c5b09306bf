"""What the tests of the processes stand on: a deployment in this process, and a service in one of its own."""

from collections.abc import Iterator

import pytest

from app.demo.service import Started, started
from tests.app.http.conftest import deployment
from tests.app.processes import variables

__all__ = ["deployment", "service"]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """Yield a running service, started once."""
    folder = tmp_path_factory.mktemp("service")
    with started(folder, variables(folder)) as running:
        yield running
