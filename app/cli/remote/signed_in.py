"""Open the service that the environment names, as the client it names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from app.calling.remote import Refused, Remote
from app.cli.outcome import FAILED, WRONG_USE, fail, failures_are_sentences
from app.settings import ClientSettings

_WRONG_WORDS: Final = 422


@contextmanager
def signed_in() -> Iterator[Remote]:
    """Yield the service; what it refuses ends the command with its sentence, words that it cannot take as wrong use."""
    with failures_are_sentences():
        settings = ClientSettings()
        credentials = (settings.client_id, settings.client_secret.get_secret_value())
        try:
            with Remote(settings.url, credentials=credentials) as service:
                yield service
        except Refused as refused:
            fail(str(refused), WRONG_USE if refused.status == _WRONG_WORDS else FAILED)
