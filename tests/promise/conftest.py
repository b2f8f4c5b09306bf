"""Real services for the tests of what the product promises."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.promise.service import Folders, Service

MakeService = Callable[..., Service]


@pytest.fixture
def make_service(tmp_path: Path) -> Iterator[MakeService]:
    """Give a function that prepares a service in folders of its own; whatever still runs is ended."""
    made: list[Service] = []

    def make(name: str = "service", *, data: Path | None = None, **settings: str) -> Service:
        service = Service(Folders(tmp_path / name, data=data), **settings)
        made.append(service)
        return service

    yield make
    for service in made:
        service.release()
