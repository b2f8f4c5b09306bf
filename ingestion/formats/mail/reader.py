"""Reading mail: who wrote to whom about what, the message, the messages in it, and what was attached to it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.encoding import decode, encoding_of
from ingestion.formats.mail.attachments import MAIL, kind_of, read_attached
from ingestion.formats.mail.internet import internet_message
from ingestion.formats.mail.mbox import messages_of
from ingestion.formats.mail.message import DEEPEST, ENCRYPTED, AttachedFile, Item, MailMessage, unread
from ingestion.formats.mail.outlook.message import outlook_message
from ingestion.formats.mail.outlook.tnef import MARK, tnef_message
from ingestion.parse.damage import damage_reported
from ingestion.parse.outcome import Limits, ParseFailed

_MOST_ATTACHMENTS: Final = 50
_HEADING_CHARS: Final = 150
_NAME_CHARS: Final = 160
_NO_NAME: Final = "without a name"
_OLD_MAC: Final = 1 << 16


def read_eml(path: Path, limits: Limits) -> Content:
    """Read an Internet message, or a file of several. Raises ParseFailed where nothing in it can be read."""
    return _read(list(_internet_messages(path.read_bytes(), 0)), limits)


read_mbox: Final = read_eml


def read_msg(path: Path, limits: Limits) -> Content:
    """Read an Outlook message in the same way."""
    return _read([outlook_message(path.read_bytes())], limits)


def _internet_messages(raw: bytes, depth: int) -> Iterator[MailMessage]:
    if encoding_of(raw).startswith(("utf-16", "utf-32")):
        raw = decode(raw).encode()
    if b"\n" not in raw[:_OLD_MAC]:
        raw = raw.replace(b"\r", b"\n")
    return (internet_message(one, depth) for one in messages_of(raw.removeprefix(b"\xef\xbb\xbf")))


def _read(messages: Sequence[MailMessage], limits: Limits) -> Content:
    found = _Found(limits)
    for message in messages:
        found.add_message(message, 0)
    subject = messages[0].subject if len(messages) == 1 else ""
    if not found.says_something:
        if found.is_encrypted:
            raise ParseFailed("encrypted")
        if not any(message.subject for message in messages):
            raise ParseFailed("no_text")
    return Content(found.blocks, subject or None, headings=False, parts=found.parts, warnings=tuple(found.warnings))


@final
class _Found:
    """What was found so far, with an account of what was not read."""

    def __init__(self, limits: Limits) -> None:
        self.blocks: list[Passage | Table] = []
        self.warnings: dict[ReadingWarning, None] = {}
        self.parts = 0
        self.says_something = False
        self.is_encrypted = False
        self._limits = limits
        self._attachments = 0
        self._has_text = False  # of the message that is read

    def add_message(self, message: MailMessage, depth: int) -> None:
        """Add a message: its subject, its header, what it holds; `depth` is how many messages it stands in."""
        self.parts += 1
        outer, self._has_text = self._has_text, False
        if message.subject:
            kind = BlockKind.HEADING if len(message.subject) <= _HEADING_CHARS else BlockKind.PROSE
            self.blocks.append(Passage(message.subject, kind))
        if message.header:
            self.blocks.append(Passage(message.header, BlockKind.LINES))
        for item in message.items:
            self._add(item, depth)
        self._has_text = outer

    def _add(self, item: Item, depth: int) -> None:
        if isinstance(item, ReadingWarning):
            self.warnings[item] = None
        elif isinstance(item, AttachedFile):
            self._add_attached(item, depth)
        elif not isinstance(item, Passage) or item.text.strip():
            self.blocks.append(item)
            self.says_something = self._has_text = True

    def _add_attached(self, attached: AttachedFile, depth: int) -> None:
        try:
            messages = [attached.message] if attached.message else self._opened(attached, depth)
        except ParseFailed as failure:
            messages, attached = [], replace(attached, reason=failure.code)
        if messages:
            self._add_messages(messages, attached.name, depth)
        else:
            self._add_file(attached)

    def _opened(self, attached: AttachedFile, depth: int) -> Sequence[MailMessage]:
        kind = None if attached.reason else kind_of(attached)
        with damage_reported(self._limits):
            if bytes(attached.raw[: len(MARK)]) == MARK:
                return [tnef_message(bytes(attached.raw), depth, with_text=not self._has_text)]
            if kind is None or kind not in MAIL:
                return []
            raw = bytes(attached.raw)
            return [outlook_message(raw)] if kind.name == "msg" else list(_internet_messages(raw, depth))

    def _add_messages(self, messages: Sequence[MailMessage], name: str, depth: int) -> None:
        if depth >= DEEPEST:
            self.warnings[unread(name or "messages that are nested too deeply")] = None
            return
        if name:
            self.blocks.append(Passage(f"Attachment: {name}"))
        for message in messages:
            self.add_message(message, depth + 1)
            self.says_something |= bool(message.subject)

    def _add_file(self, attached: AttachedFile) -> None:
        self._attachments += 1
        reason, content = attached.reason, None
        if self._attachments > _MOST_ATTACHMENTS:
            reason = f"only {_MOST_ATTACHMENTS} attachments are"
        elif not reason:
            try:
                content = read_attached(attached, self._attachments, self._limits)
            except ParseFailed as failure:
                reason = failure.code
        if not attached.body:
            name = attached.name or _NO_NAME
            self.blocks.append(Passage(f"Attachment: {name}" + (f" (not read: {reason})" if reason else "")))
        self.is_encrypted |= reason == ENCRYPTED
        if content is None:
            self.parts += 1
            self._warn_of(WarningCode.ATTACHMENT_UNREAD, attached)
            return
        self.parts += content.parts
        self.blocks += content.blocks
        self.says_something |= bool(content.blocks)
        for code in dict.fromkeys(each.code for each in content.warnings):
            self._warn_of(code, attached)

    def _warn_of(self, code: WarningCode, attached: AttachedFile) -> None:
        # Files of the same name are two, and have two warnings.
        part = attached.name[:_NAME_CHARS] or f"attachment {self._attachments}"
        warning = ReadingWarning(code, part=part)
        if warning in self.warnings:
            warning = ReadingWarning(code, part=f"{part} (attachment {self._attachments})")
        self.warnings[warning] = None
