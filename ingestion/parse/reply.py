"""The answer of a parser process as bytes, written by a process nobody trusts, so read with suspicion."""

from typing import Final

import orjson

from ingestion.chunk import CHUNK_CHARS, CHUNK_TOKENS, Piece
from ingestion.parse.outcome import CODES, Extracted, Limits, ParseFailed

TITLE_CHARS: Final = 400
_FIELDS: Final = {"text", "title", "pages", "chunks"}
_PIECE_FIELDS: Final = 4


class Untrustworthy(Exception):
    """The answer breaks a rule that an honest parser keeps: its document has taken it over, or we have a bug."""


def encode(answer: Extracted | ParseFailed) -> bytes:
    """Write `answer` as JSON: one object with the fields of `Extracted`, or with `failed` alone."""
    if isinstance(answer, ParseFailed):
        return orjson.dumps({"failed": answer.code})
    chunks = [[piece.start, piece.end, piece.page, piece.tokens] for piece in answer.chunks]
    fields = {"text": answer.text, "title": answer.title, "pages": answer.pages, "chunks": chunks}
    return orjson.dumps(fields)


def decode(raw: bytes, limits: Limits) -> Extracted:
    """Read an answer and check every rule of it.

    Raises ParseFailed when the answer is an honest failure, Untrustworthy when a rule is broken.
    """
    try:
        answer = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Untrustworthy("not JSON") from error
    _require(isinstance(answer, dict), "not an object")
    if "failed" in answer:
        code = answer["failed"]
        _require(isinstance(code, str) and code in CODES, "an unknown code")
        raise ParseFailed(code)
    _require(set(answer) == _FIELDS, "other fields")
    text, title, pages, chunks = answer["text"], answer["title"], answer["pages"], answer["chunks"]
    _require(isinstance(text, str) and "\0" not in text and len(text) <= limits.text_chars, "the text")
    _require(title is None or (isinstance(title, str) and 0 < len(title) <= TITLE_CHARS), "the title")
    _require(title is None or title.isprintable(), "the title")
    _require(pages is None or (type(pages) is int and 1 <= pages <= limits.pages), "the pages")
    _require(isinstance(chunks, list) and 1 <= len(chunks) <= limits.chunks, "the number of chunks")
    return Extracted(text, title, pages, _pieces(chunks, text, pages))


def _pieces(chunks: list[object], text: str, pages: int | None) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    last_start = last_end = -1
    for fields in chunks:
        _require(isinstance(fields, list) and len(fields) == _PIECE_FIELDS, "a chunk")
        assert isinstance(fields, list)  # noqa: S101 - for the type checker; checked one line above
        start, end, page, tokens = fields
        _require(all(type(number) is int for number in (start, end, tokens)), "a chunk's numbers")
        _require(last_start < start < end <= len(text) and last_end < end, "the order of chunks")
        _require(end - start <= CHUNK_CHARS and 0 < tokens <= CHUNK_TOKENS, "a chunk's size")
        _require(not text[start:end].isspace(), "a blank chunk")
        _require(page is None or (type(page) is int and pages is not None and 1 <= page <= pages), "a chunk's page")
        pieces.append(Piece(start, end, page, tokens))
        last_start, last_end = start, end
    return tuple(pieces)


def _require(holds: object, what: str) -> None:
    if not holds:
        raise Untrustworthy(what)
