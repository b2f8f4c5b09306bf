"""Files attached to a message, each read with the reader of its format."""

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.content import Content, Passage, Table, TableRow
from ingestion.formats.detection import HEAD_BYTES, detect
from ingestion.formats.encoding import looks_like_text, read_characters
from ingestion.formats.mail.message import ENCRYPTED, AttachedFile
from ingestion.formats.mail.records import calendar_passages, card_passages
from ingestion.formats.record import Binary, Format, Text
from ingestion.formats.refusals import refuse
from ingestion.parse.damage import damage_reported
from ingestion.parse.outcome import Limits, ParseFailed

MAIL: Final = frozenset(each for each in FORMATS if each.attaches)
"""The formats of messages."""
_RECORDS: Final = {
    "text/calendar": calendar_passages,
    "application/ics": calendar_passages,
    "text/vcard": card_passages,
    "text/x-vcard": card_passages,
    "text/directory": card_passages,
}
_RECORD_SUFFIXES: Final = {".ics": calendar_passages, ".vcs": calendar_passages, ".vcf": card_passages}
_SEALED: Final = frozenset({".p7m", ".pgp", ".gpg"})


def kind_of(attached: AttachedFile) -> Format | None:
    """Return the format of an attached file, by its name, its first bytes, and what was declared; None if unknown."""
    head = bytes(attached.raw[:HEAD_BYTES])
    found = detect(attached.name, head)
    if found is not None and (PurePosixPath(attached.name).suffix or isinstance(found.container, Binary)):
        return found
    declared = next((each for each in FORMATS if each.media_type == attached.media_type), None)
    if declared is not None and isinstance(declared.container, Text) and looks_like_text(head):
        return declared
    if found is None and attached.media_type.startswith("text/") and looks_like_text(head):
        return FORMATS.named("txt")
    return found


def read_attached(attached: AttachedFile, number: int, limits: Limits) -> Content:
    """Read an attached file, the `number`th. Raises ParseFailed, also where its library raises something else."""
    suffix = PurePosixPath(attached.name).suffix.lower()
    records = _RECORDS.get(attached.media_type) or _RECORD_SUFFIXES.get(suffix)
    if records is not None:
        return Content(tuple(records(read_characters(bytes(attached.raw), attached.charset or None)[0])))
    if suffix in _SEALED:
        raise ParseFailed(ENCRYPTED)
    kind = kind_of(attached)
    if kind is None:
        raise ParseFailed("unsupported")
    try:
        found = _read(attached, kind, Path(f"attachment-{number}.{kind.name}").absolute(), limits)
    except ParseFailed as failure:
        if failure.code == "no_text" and kind.media_type.startswith("image/"):
            return Content(())
        raise
    return replace(found, blocks=[_without_page(block) for block in found.blocks])


def _read(attached: AttachedFile, kind: Format, path: Path, limits: Limits) -> Content:
    path.write_bytes(_in_unicode(attached) if isinstance(kind.container, Text) else attached.raw)
    try:
        with damage_reported(limits):
            refuse(path, kind, limits)
            return kind.read(path, limits)
    finally:
        path.unlink()


def _without_page(block: Passage | Table) -> Passage | Table:
    # The pages of what is attached are none of the message.
    if isinstance(block, Passage):
        return Passage(block.text, block.kind)
    return replace(block, rows=[TableRow(row.cells) for row in block.rows], page=None)


def _in_unicode(attached: AttachedFile) -> bytes:
    # What its part declares of a text is known here alone.
    raw = bytes(attached.raw)
    return read_characters(raw, attached.charset)[0].encode("utf-8-sig") if attached.charset else raw
