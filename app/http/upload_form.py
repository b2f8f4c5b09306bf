"""Read a multipart upload as a stream (RFC 7578): the file is never whole in memory and never on a disk in the clear.

Rules this module enforces:

* One part `file`, with a file name; fields may stand before or after it. Everything else is refused. A name that is
  given as `filename*` is taken, though RFC 7578 discourages it: several clients send nothing else for other letters.
* Parts, headers, fields and the whole body are bounded before they are read.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import orjson
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from app.api.extended_names import extended_name
from ingestion.accept import TooLarge
from ingestion.description import InvalidMetadata
from tenancy.errors import Invalid, ServiceError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_FILE: Final = "file"
_LONGEST: Final[Mapping[str, int]] = {"external_id": 1024, "metadata": 128 * 1024}  # bytes
_MOST_PARTS: Final = 3
_BESIDE_FILE: Final = 256 * 1024  # bytes of everything in the body that is not the file


class InvalidUpload(Invalid):
    """The form is not one file with the fields that belong to it."""

    code = "invalid_upload"


class NotMultipart(ServiceError):
    """The body of an upload is a form."""

    status = 415
    code = "not_multipart"
    title = "The upload is not a form"


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class _Data:
    content: bytes


@dataclass(frozen=True, slots=True)
class _End:
    """The part is complete."""


_Event = _Part | _Data | _End


@final
class _Events:
    """What the parser has found and nobody has taken yet."""

    def __init__(self) -> None:
        self.found: list[_Event] = []
        self.complete = False
        self._field = bytearray()
        self._value = bytearray()
        self._disposition = b""

    def on_part_begin(self) -> None:
        self._disposition = b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise InvalidUpload("A part of the form has no name.")
        filename = options.get(b"filename")
        shown = None if filename is None else filename.decode("utf-8", "replace")
        self.found.append(_Part(name.decode("utf-8", "replace"), extended_name(self._disposition) or shown))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.found.append(_Data(data[start:end]))

    def on_part_end(self) -> None:
        self.found.append(_End())

    def on_end(self) -> None:
        self.complete = True

    def take(self) -> list[_Event]:
        """Return what was found since the last time."""
        found, self.found = self.found, []
        return found


@final
class UploadForm:
    """One upload being read: `find_file`, then `content`, then `finish`, each once and in this order."""

    def __init__(self, request: Request, most: float) -> None:
        """Read `request` up to a file of `most` bytes; NotMultipart or TooLarge at once where that can be told."""
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise NotMultipart("Send the file as multipart/form-data, in a part with the name `file`.")
        self._most = most + _BESIDE_FILE
        self._says_too_large = f"A file may have at most {most:,} bytes. Split it and upload the parts."
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._most:
            raise TooLarge(self._says_too_large)
        self._fields: dict[str, bytes] = {}
        self._events = self._read(request, boundary)

    async def _read(self, request: Request, boundary: bytes) -> AsyncIterator[_Event]:
        events, read = _Events(), 0
        try:
            parser = MultipartParser(boundary, _callbacks(events))
            async for received in request.stream():
                read += len(received)
                if read > self._most:
                    raise TooLarge(self._says_too_large)
                parser.write(received)
                for event in events.take():
                    yield event
        except FormParserError:
            raise InvalidUpload("The body is not a well-formed multipart form.") from None
        if not events.complete:
            raise InvalidUpload("The form ends before its closing boundary.")

    async def find_file(self) -> str:
        """Read fields up to the file and return the name it was given; InvalidUpload if there is none."""
        name = await self._next_file()
        if name is None:
            raise InvalidUpload("The form has no part `file` with a file name.")
        return name

    async def content(self) -> AsyncIterator[bytes]:
        """Yield the file."""
        async for event in self._events:
            if isinstance(event, _End):
                return
            if isinstance(event, _Data):
                yield event.content

    async def finish(self) -> None:
        """Read the fields behind the file; InvalidUpload if there is a second one."""
        if await self._next_file() is not None:
            raise InvalidUpload("The form has more than one file. Send one request for each.")

    async def _next_file(self) -> str | None:
        """Keep fields until a file begins or the form ends."""
        field: str | None = None
        async for event in self._events:
            match event:
                case _Part(name, filename) if name == _FILE and filename is not None:
                    return filename
                case _Part(name):
                    field = self._begin_field(name)
                case _Data(content) if field is not None:
                    self._fields[field] += content
                    if len(self._fields[field]) > _LONGEST[field]:
                        raise InvalidUpload(f"The field `{field}` is too long.")
        return None

    def _begin_field(self, name: str) -> str:
        if name == _FILE:
            raise InvalidUpload("The part `file` has no file name. Send one: with the content it tells the type.")
        if name not in _LONGEST:
            raise InvalidUpload("The form has a field that does not exist: `file`, `external_id` and `metadata` do.")
        if name in self._fields or len(self._fields) >= _MOST_PARTS:
            raise InvalidUpload(f"The form has the field `{name}` more than once.")
        self._fields[name] = b""
        return name

    @property
    def external_id(self) -> str | None:
        """The caller's own id for the document; complete after `finish`."""
        given = self._fields.get("external_id")
        try:
            return None if given is None else given.decode()
        except UnicodeDecodeError:
            raise InvalidUpload("The field `external_id` is not UTF-8.") from None

    @property
    def metadata(self) -> dict[str, object] | None:
        """What narrows a search; complete after `finish`. Its names and values are checked where it is settled."""
        given = self._fields.get("metadata")
        if given is None:
            return None
        try:
            value = orjson.loads(given)
        except orjson.JSONDecodeError:
            raise InvalidMetadata("The field `metadata` is not JSON.") from None
        if not isinstance(value, dict):
            raise InvalidMetadata("The field `metadata` is a JSON object.")
        return value


def _callbacks(events: _Events) -> "MultipartCallbacks":
    return {
        "on_part_begin": events.on_part_begin,
        "on_header_field": events.on_header_field,
        "on_header_value": events.on_header_value,
        "on_header_end": events.on_header_end,
        "on_headers_finished": events.on_headers_finished,
        "on_part_data": events.on_part_data,
        "on_part_end": events.on_part_end,
        "on_end": events.on_end,
    }
