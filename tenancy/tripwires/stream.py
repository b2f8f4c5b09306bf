"""Recognise tripwires in a text that arrives in pieces, before any whole token is sent on."""

from collections.abc import Callable
from typing import Final, final

from tenancy.tripwires.tokens import LETTERS, PREFIX, Recogniser, Token, folded

_MOST_HELD: Final = 4_096  # characters; a token spread over more is still blocked, but its beginning has gone out


class Tripped(Exception):
    """A text holds a token that may not be in it; the message says nothing about it."""

    def __init__(self, token: Token) -> None:
        """Keep which one."""
        super().__init__()
        self.token = token


@final
class TripwireStream:
    """What `feed` and `close` return is safe to send on, wherever the pieces were cut.

    At most the text of one beginning token is held back, in at most `_MOST_HELD` characters.
    """

    def __init__(self, recogniser: Recogniser, allowed: Callable[[Token], bool]) -> None:
        """Let pass what `allowed` allows."""
        self._recogniser = recogniser
        self._allowed = allowed
        self._sent = b""  # letters of a beginning whose text had to be sent
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what may be sent now; raises Tripped as soon as a token that is not allowed is complete."""
        text = self._held + piece
        letters = self._sent + folded(text)
        start = self._beginning(letters)
        if start is None:
            self._sent, self._held = b"", ""
            return text
        cut = 0 if start < len(self._sent) else _begins(text)[start - len(self._sent)]
        self._sent, self._held = letters[start : len(self._sent)], text[cut:]
        if len(self._held) > _MOST_HELD:
            self._sent, self._held = letters[start:], ""
            return text
        return text[:cut]

    def close(self) -> str:
        """Return what was held back: a beginning that nothing followed is no token."""
        held, self._held, self._sent = self._held, "", b""
        return held

    def _beginning(self, letters: bytes) -> int | None:
        """Return where a token begins that the next piece may complete; Tripped for a complete one."""
        at = letters.find(PREFIX)
        while at >= 0:
            piece = letters[at : at + LETTERS]
            if len(piece) < LETTERS and piece.rfind(PREFIX) == 0:
                return at
            token = self._recogniser.read(piece)
            if token is not None and not self._allowed(token):
                raise Tripped(token)
            at = letters.find(PREFIX, at + 1)
        for length in range(len(PREFIX) - 1, 0, -1):
            if letters.endswith(PREFIX[:length]):
                return len(letters) - length
        return None


def _begins(text: str) -> list[int]:
    """Return for each folded letter of `text` the place of the character that it comes from."""
    return [place for place, character in enumerate(text) for _ in folded(character)]
