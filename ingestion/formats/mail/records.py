"""Calendar entries (RFC 5545) and cards of people (RFC 6350) as lines that a person can read."""

import re
from binascii import a2b_qp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage
from ingestion.formats.encoding import read_characters

_FOLDED: Final = re.compile(r"\r?\n[ \t]")
_PARAMETER: Final = re.compile(r';([A-Za-z-]{1,40})=("[^"]*"|[^;:"]*)')
_NAME: Final = re.compile(r"(?:[A-Za-z0-9-]{1,40}\.)?([A-Za-z0-9-]{1,40})")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_TIME: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?\d\d)?(Z?))?")
_SOFT_BREAK: Final = re.compile(r"=\r?\n")
_ENTRIES: Final = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Journal entry", "VFREEBUSY": "Free and busy"}
_LABELS: Final = {
    "SUMMARY": "",
    "DTSTART": "Start",
    "DTEND": "End",
    "DUE": "Due",
    "DURATION": "Duration",
    "RRULE": "Repeats",
    "LOCATION": "Place",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "STATUS": "Status",
    "DESCRIPTION": "Description",
    "COMMENT": "Comment",
    "URL": "Link",
}
_CARD_LABELS: Final = {
    "FN": "",
    "ORG": "Organization",
    "TITLE": "Title",
    "ROLE": "Role",
    "TEL": "Telephone",
    "EMAIL": "E-mail",
    "ADR": "Address",
    "LABEL": "Address",
    "URL": "Link",
    "BDAY": "Birthday",
    "NOTE": "Note",
}


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    parameters: dict[str, str]
    value: str

    def text(self) -> str:
        """Return the value as a person reads it."""
        value = self.value
        if self.parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
            value = read_characters(a2b_qp(value.encode()), self.parameters.get("CHARSET"))[0]
        time = _TIME.fullmatch(value.strip())
        if time is not None and self.name in {"DTSTART", "DTEND", "DUE"}:
            day = "-".join(time.group(1, 2, 3))
            zone = "UTC" if time.group(6) else self.parameters.get("TZID", "")
            return " ".join(filter(None, [day, f"{time[4]}:{time[5]}" if time[4] else "", zone if time[4] else ""]))
        if self.name in {"ORGANIZER", "ATTENDEE"}:
            address = value.strip().removeprefix("mailto:").removeprefix("MAILTO:")
            name = self.parameters.get("CN", "")
            return f"{name} <{address}>" if name and name != address else address
        if self.name in {"ADR", "ORG", "N"}:
            value = ", ".join(filter(None, (part.strip() for part in re.split(r"(?<!\\);", value))))
        return _ESCAPED.sub(lambda match: "\n" if match.group(1) in "nN" else match.group(1), value).strip()


def calendar_passages(text: str) -> Iterator[Passage]:
    """Yield each event, task or journal entry of a calendar: what, when, where, who."""
    yield from _records(text, _ENTRIES, _LABELS)


def card_passages(text: str) -> Iterator[Passage]:
    """Yield each card."""
    yield from _records(_SOFT_BREAK.sub("", text), {"VCARD": "Card"}, _CARD_LABELS)


def _records(text: str, kinds: dict[str, str], labels: dict[str, str]) -> Iterator[Passage]:
    kind, open_within, found = "", 0, list[_Property]()
    for one in _properties(text):
        value = one.value.strip().upper()
        if one.name == "BEGIN" and value in kinds and not kind:
            kind, found = value, []
        elif one.name == "BEGIN":
            open_within += bool(kind)
        elif one.name == "END" and value == kind:
            yield from _record(kinds[kind], found, labels)
            kind, open_within = "", 0
        elif one.name == "END":
            open_within = max(0, open_within - 1)
        elif kind and not open_within:  # what stands within, such as an alarm, says nothing of its own
            found.append(one)
    if kind:
        yield from _record(kinds[kind], found, labels)


def _record(kind: str, found: Sequence[_Property], labels: dict[str, str]) -> Iterator[Passage]:
    lines = []
    for name, label in labels.items():
        texts = [text for one in found if one.name == name and (text := one.text())]
        lines += [f"{label or kind}: {text}" for text in texts]
    if lines:
        yield Passage("\n".join(lines), BlockKind.LINES)


def _properties(text: str) -> Iterator[_Property]:
    for line in re.split(r"\r?\n|\r", _FOLDED.sub("", text)):
        name = _NAME.match(line)
        if name is None:
            continue
        position, parameters = name.end(), {}
        while parameter := _PARAMETER.match(line, position):
            parameters[parameter.group(1).upper()] = parameter.group(2).strip('"')
            position = parameter.end()
        head, colon, value = line[position:].partition(":")
        if colon and (not head or head.startswith(";")):
            yield _Property(name.group(1).upper(), parameters, value)
