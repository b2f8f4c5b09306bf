"""The HTTP connection: what cannot be read as a request, or has too large a head, is refused in the usual shape.

Rules this module enforces:

* A head (request line and headers) is bounded while it arrives; the server's own parser would keep any amount of it.
* Whoever is refused can read why: the connection stays half open for a moment instead of being reset.
* Nothing is written into an answer that is already on its way: the connection just ends.
"""

from http import HTTPStatus
from typing import ClassVar, Final, final

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.problems import MEDIA_TYPE, REQUEST_ID, RequestRefused, problem
from tenancy.errors import ServiceError
from tenancy.ids import new_id

LONGEST_HEAD: Final = 64 * 1024
_LINGER_SECONDS: Final = 2.0


class HeadTooLarge(ServiceError):
    """The request line and the headers are larger than this service reads."""

    status: ClassVar[int] = 431
    code = "head_too_large"
    title = "The headers of the request are too large"


@final
class Wire(HttpToolsProtocol):
    """One connection of a client."""

    _arrived = 0  # bytes since the request began, while its head is not complete
    _kept = 0  # bytes of the head that the parser has given out
    _within_head = True
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._refused:
            return
        if self._within_head:
            self._arrived += len(data)
        super().data_received(data)
        if self._within_head and self._arrived > LONGEST_HEAD:
            self._refuse(too_large=True)

    def on_message_begin(self) -> None:
        """Begin the head of a request."""
        super().on_message_begin()
        self._within_head, self._kept = True, 0

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._keep(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        self._keep(len(name) + len(value))
        super().on_header(name, value)

    def _keep(self, size: int) -> None:
        self._kept += size
        if self._kept > LONGEST_HEAD:
            raise httptools.HttpParserError  # stops the parser, which reports it as a request that cannot be read

    def on_headers_complete(self) -> None:
        """Hand the request on."""
        super().on_headers_complete()
        self._within_head, self._arrived = False, 0

    def on_message_complete(self) -> None:
        """End a request; another may follow."""
        super().on_message_complete()
        self._within_head = True

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; `msg` is the server's own sentence for its log."""
        del msg
        self._refuse(too_large=self._kept > LONGEST_HEAD)

    def _refuse(self, *, too_large: bool) -> None:
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if not getattr(self.cycle, "response_complete", True):  # there is no cycle before the first request
            self.transport.close()
            return
        self.transport.write(refusal(too_large=too_large))
        self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)


def refusal(*, too_large: bool) -> bytes:
    """Return the whole answer to a request that could not be read."""
    error: ServiceError = RequestRefused("This is not a request of HTTP/1.1 that can be read.")
    if too_large:
        error = HeadTooLarge(f"The request line and headers may have at most {LONGEST_HEAD:,} bytes together.")
    given = new_id("req")
    body = orjson.dumps(problem(error, {"path": "/", REQUEST_ID: given}))
    head = (
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}",
        f"content-type: {MEDIA_TYPE}",
        f"content-length: {len(body)}",
        f"x-request-id: {given}",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
        "connection: close",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
