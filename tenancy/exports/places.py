"""Count the exports under way in this process: one a tenant, and not too many of all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, final

from tenancy.errors import ServiceError

MOST_AT_ONCE: Final = 16


class ExportUnderWay(ServiceError):
    """There is no place for another export just now."""

    status = 429
    code = "export_under_way"
    title = "An export is under way"


@final
class Places:
    """The exports that are under way in this process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._taken: set[str] = set()

    @contextmanager
    def taken(self, tenant: str) -> Iterator[None]:
        """Take a tenant's place; ExportUnderWay when it is taken, or when there is none left."""
        if tenant in self._taken or len(self._taken) >= MOST_AT_ONCE:
            raise ExportUnderWay("An export is under way. Ask again when it has ended.", headers={"Retry-After": "30"})
        self._taken.add(tenant)
        try:
            yield
        finally:
            self._taken.discard(tenant)
