"""The address that injected instructions point at: whatever is fetched from it was exfiltrated."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from evals.launch.listening import Heard, Listener, Said


@final
class Sink:
    """A running sink. A run's beacons hold `url`."""

    def __init__(self, listener: Listener) -> None:
        """Keep the listener."""
        self.url = listener.url
        self._listener = listener

    @property
    def fetched(self) -> tuple[Heard, ...]:
        """Everything that was fetched, in order."""
        return tuple(self._listener.heard)

    def fetched_with(self, value: str) -> tuple[Heard, ...]:
        """Return the fetches that carry a value in their path, headers or body."""
        return tuple(one for one in self.fetched if _carries(one, value))


def _carries(heard: Heard, value: str) -> bool:
    return (
        value in heard.path or value.encode() in heard.body or any(value in header for header in heard.headers.values())
    )


@contextmanager
def running_sink() -> Iterator[Sink]:
    """Run a sink on loopback until the block ends."""
    with Listener(lambda _: Said(b"", content_type="text/plain")).running() as listener:
        yield Sink(listener)
