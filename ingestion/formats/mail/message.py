"""What a message holds, whichever format it is kept in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ingestion.formats.content import Passage, ReadingWarning, Table, WarningCode

DEEPEST: Final = 32
"""How deep messages may stand in messages, and the parts of a message in each other."""
ENCRYPTED: Final = "encrypted"
"""The reason for which an encrypted part is not read."""


@dataclass(frozen=True, slots=True)
class MailMessage:
    """A message: its subject, its header as lines, what follows in reading order."""

    subject: str
    header: str
    items: "Iterator[Item]"


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file attached to a message: as bytes with what was declared of them, or a message that is open already.

    `reason` is why it cannot be read, "" where it may be tried. A `body` is the message's own text in a file's format.
    """

    name: str
    media_type: str = ""
    raw: bytes | memoryview = b""
    charset: str = ""
    message: MailMessage | None = None
    reason: str = ""
    body: bool = False


Item = Passage | Table | AttachedFile | ReadingWarning


def unread(part: str) -> ReadingWarning:
    """Return the warning that a part of a message was not read, by what a person may call it."""
    return ReadingWarning(WarningCode.PART_UNREAD, part=part)
