"""Read request bodies: bounded, strict, and without repeating anything in an error."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from app.problems import BodyTooLarge, InvalidJson, InvalidRequest, described

LONGEST_JSON: Final = 1024 * 1024
_LONGEST_FORM: Final = 16 * 1024
_MOST_FIELDS: Final = 16


class Body(BaseModel):
    """A JSON body: types are exact, unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=Body)


async def read_bytes(request: Request, longest: int) -> bytes:
    """Return the whole body; BodyTooLarge as soon as it is known to be longer than `longest` bytes."""
    too_large = BodyTooLarge(f"The body of this request may have at most {longest:,} bytes.")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > longest:
        raise too_large
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > longest:
            raise too_large
    return bytes(body)


def media_type(request: Request) -> str:
    """Return the declared media type of the body, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request) -> object:
    """Return the body's JSON value; InvalidJson for anything that RFC 8259 does not allow, NaN included."""
    declared = media_type(request)
    if declared != "application/json" and not (declared.startswith("application/") and declared.endswith("+json")):
        raise InvalidJson("Send the body as application/json.")
    try:
        value: object = orjson.loads(await read_bytes(request, LONGEST_JSON))
    except orjson.JSONDecodeError:
        raise InvalidJson("The body is not valid JSON in UTF-8.") from None
    return value


def json_body(model: type[Model], *, optional: bool = False) -> Callable[[Request], Awaitable[Model]]:
    """Return a dependency that reads the body as `model`; InvalidRequest with a pointer to each fault.

    Where it is `optional`, a request without a body says what an empty object does.
    """

    async def read(request: Request) -> Model:
        value = await read_json(request) if _has_body(request) or not optional else {}
        try:
            return model.model_validate(value)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise InvalidRequest(described(found)) from None

    return read


def _has_body(request: Request) -> bool:
    """Tell whether a request announces content (RFC 9112, 6.3)."""
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def documented(model: type[Body], *, optional: bool = False) -> dict[str, Any]:
    """Return the part of an OpenAPI operation that describes a body read with `json_body`."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": not optional, "content": {"application/json": {"schema": schema}}}}


class InvalidForm(Exception):
    """The body is not a small form whose fields occur once; OAuth has its own words for that."""


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a small urlencoded form; InvalidForm for repeated fields and everything else."""
    if media_type(request) != "application/x-www-form-urlencoded":
        raise InvalidForm("Send the fields as application/x-www-form-urlencoded.")
    body = await read_bytes(request, _LONGEST_FORM)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise InvalidForm("The form cannot be read.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidForm("A field occurs more than once.")
    return fields
