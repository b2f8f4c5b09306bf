"""The answer of a parser process as bytes, written by a process nobody trusts, so read with suspicion."""

from typing import Any, Final

import orjson

from ingestion.chunk import CHUNK_CHARS, CHUNK_TOKENS, Piece
from ingestion.formats.account import MOST_WARNINGS, Account
from ingestion.formats.content import PART_CHARS, ReadingWarning, WarningCode
from ingestion.parse.outcome import CODES, Extracted, Limits, ParseFailed
from tenancy.values.layout import NAME_CHARS, NAMES_CHARS, Layout, Rows

TITLE_CHARS: Final = 400
_FIELDS: Final = {"text", "title", "pages", "chunks", "turns", "rows", "account"}
_CODES: Final = frozenset(WarningCode)


class Untrustworthy(Exception):
    """The answer breaks a rule that an honest parser keeps: its document has taken it over, or we have a bug."""


def encode(answer: Extracted | ParseFailed) -> bytes:
    """Write `answer` as JSON: one object with the fields of `Extracted`, or with `failed` alone."""
    if isinstance(answer, ParseFailed):
        return orjson.dumps({"failed": answer.code})
    account = answer.account
    fields = {
        "text": answer.text,
        "title": answer.title,
        "pages": answer.pages,
        "chunks": [[piece.start, piece.end, piece.tokens] for piece in answer.chunks],
        "turns": answer.layout.pages,
        "rows": [[rows.start, rows.end, rows.header, rows.sheet, rows.caption] for rows in answer.layout.rows],
        "account": [account.parts, account.unread, [[each.code, each.page, each.part] for each in account.warnings]],
    }
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
    layout = Layout(_turns(answer["turns"], len(text), pages), _rows(answer["rows"], len(text)))
    account = _account(answer["account"], pages)
    return Extracted(text, title, pages, _pieces(chunks, text, layout), layout, account)


def _pieces(chunks: list[object], text: str, layout: Layout) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    last_start = last_end = -1
    for fields in chunks:
        start, end, tokens = _list(fields, 3, "a chunk")
        _require(all(type(number) is int for number in (start, end, tokens)), "a chunk's numbers")
        _require(last_start < start < end <= len(text) and last_end < end, "the order of chunks")
        _require(end - start <= CHUNK_CHARS and 0 < tokens <= CHUNK_TOKENS, "a chunk's size")
        _require(not text[start:end].isspace(), "a blank chunk")
        pieces.append(Piece(start, end, tokens, layout.within(start, end)))
        last_start, last_end = start, end
    return tuple(pieces)


def _turns(found: object, length: int, pages: int | None) -> tuple[tuple[int, int], ...]:
    turns: list[tuple[int, int]] = []
    last = -1
    for fields in _list(found, None, "the turns of pages"):
        position, page = _list(fields, 2, "the turn of a page")
        _require(type(position) is int and last < position < length, "the order of pages")
        _require(type(page) is int and pages is not None and 1 <= page <= pages, "a page")
        turns.append((position, page))
        last = position
    return tuple(turns)


def _rows(found: object, length: int) -> tuple[Rows, ...]:
    tables: list[Rows] = []
    last = 0
    for fields in _list(found, None, "the tables"):
        start, end, header, sheet, caption = _list(fields, 5, "a table")
        _require(type(start) is int and type(end) is int and last <= start < end <= length, "the order of tables")
        _require(all(isinstance(name, str) for name in (*_list(header, None, "a header"), sheet, caption)), "a header")
        _require(sum(map(len, header)) <= NAMES_CHARS and len(header) <= NAMES_CHARS, "a header's length")
        _require(len(sheet) <= NAME_CHARS and len(caption) <= NAME_CHARS, "a caption's length")
        tables.append(Rows(start, end, tuple(header), sheet, caption))
        last = end
    return tuple(tables)


def _account(found: object, pages: int | None) -> Account:
    parts, unread, listed = _list(found, 3, "the account")
    _require(type(parts) is int and type(unread) is int and 0 <= unread <= parts, "the numbers of parts")
    warnings: list[ReadingWarning] = []
    for fields in _list(listed, None, "the warnings"):
        code, page, part = _list(fields, 3, "a warning")
        _require(isinstance(code, str) and code in _CODES, "a warning's code")
        _require(page is None or (type(page) is int and pages is not None and 1 <= page <= pages), "a warning's page")
        _require(isinstance(part, str) and len(part) <= PART_CHARS and part.isprintable(), "a warning's part")
        warnings.append(ReadingWarning(WarningCode(code), page, part))
    _require(len(warnings) <= MOST_WARNINGS, "the number of warnings")
    return Account(parts, unread, tuple(warnings))


def _list(value: object, length: int | None, what: str) -> list[Any]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise Untrustworthy(what)
    return value


def _require(holds: object, what: str) -> None:
    if not holds:
        raise Untrustworthy(what)
