"""Reading mail: who wrote to whom about what, the message, and what was attached to it."""

import email
import email.policy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import oxmsg
from unstructured.partition.email import partition_email
from unstructured.partition.msg import partition_msg

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.detection import HEAD_BYTES, detect
from ingestion.formats.partitioned import partitioned
from ingestion.formats.refusals import refuse
from ingestion.parse.outcome import Limits, ParseFailed

_HEADERS: Final = ("From", "To", "Cc", "Date")
_MOST_ATTACHMENTS: Final = 50


@dataclass(frozen=True, slots=True)
class _Attachment:
    name: str
    content: bytes


def read_eml(path: Path, limits: Limits) -> Content:
    """Read an Internet message and its attachments, each of which may fail without failing the message."""
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    if message.get_content_type() == "multipart/encrypted":
        raise ParseFailed("encrypted")
    headers = [(name, str(message.get(name, ""))) for name in _HEADERS]
    body = partitioned(partition_email(str(path), process_attachments=False, languages=[""])).blocks
    return _letter(str(message.get("Subject", "")), headers, body, list(_eml_attachments(message)), limits)


def read_msg(path: Path, limits: Limits) -> Content:
    """Read an Outlook message in the same way."""
    message = oxmsg.Message.load(str(path))
    if "encrypted" in message.message_headers.get("Content-Type", ""):
        raise ParseFailed("encrypted")
    sent = message.sent_date
    headers = [
        ("From", message.sender or ""),
        ("To", ", ".join(recipient.email_address for recipient in message.recipients)),
        ("Date", sent.isoformat(" ") if sent else ""),
    ]
    body = partitioned(partition_msg(str(path), process_attachments=False, languages=[""])).blocks
    attached = [_Attachment(part.file_name or "", part.file_bytes or b"") for part in message.attachments]
    return _letter(message.subject, headers, body, attached, limits)


def _letter(
    subject: str,
    headers: Sequence[tuple[str, str]],
    body: Sequence[Passage | Table],
    attached: Sequence[_Attachment],
    limits: Limits,
) -> Content:
    blocks: list[Passage | Table] = [Passage(subject, BlockKind.HEADING)] if subject else []
    lines = [f"{name}: {' '.join(value.split())}" for name, value in headers if value.strip()]
    if lines:
        blocks.append(Passage("\n".join(lines), BlockKind.LINES))
    blocks += body
    for number, attachment in enumerate(attached[:_MOST_ATTACHMENTS]):
        blocks += _attached(attachment, number, limits)
    return Content(blocks if body or attached else [], subject or None)


def _eml_attachments(message: EmailMessage) -> Iterator[_Attachment]:
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield _Attachment(part.get_filename() or "", content)


def _attached(attachment: _Attachment, number: int, limits: Limits) -> Iterator[Passage | Table]:
    """Yield a line that names the attachment, and its text; a reason in that line where it has none."""
    kind = detect(attachment.name, attachment.content[:HEAD_BYTES])
    reason, found = "", Content([])
    if kind is None or kind.attaches:
        reason = "unsupported"
    else:
        path = Path(f"attachment-{number}.{kind.name}").absolute()
        path.write_bytes(attachment.content)
        try:
            refuse(path, kind, limits)
            found = kind.read(path, limits)
        except ParseFailed as failure:
            reason = failure.code
    name = " ".join(attachment.name.split()) or "without a name"
    yield Passage(f"Attachment: {name}" + (f" (not read: {reason})" if reason else ""))
    yield from found.blocks
