"""`bulkhead ingest`: bring a tenant's documents up to date with files and folders, and wait until they are ready."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.calling.progress import Bar, bar
from app.calling.remote import Refused, Remote
from app.cli.outcome import FAILED, WRONG_USE, AsJson, fail, show_table
from app.cli.remote.signed_in import signed_in

app: Final = typer.Typer(add_completion=False)
_FILE_REFUSED: Final = frozenset({413, 415, 422})
_LONGEST_ID: Final = 200
_TOLD: Final = ("change", "status", "name", "chunks", "pages", "unread", "id", "external_id", "error")
_MOST_WARNINGS: Final = 5


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file, and the id by which its document is known again."""

    path: Path
    external_id: str


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", exists=True, readable=True, help="Files, folders.")],
    *,
    wait: Annotated[bool, typer.Option(help="Wait until every document is ready or has failed.")] = True,
    prefix: Annotated[str, typer.Option(help="What keeps folders of one name apart: begins every external id.")] = "",
    as_json: AsJson = False,
) -> None:
    """Upload files, and what is in folders but for hidden files; exit 1 if any of them failed.

    A file is known again by its path from the named folder on, which is its document's external id: the same bytes are
    not sent again, other bytes replace the document.
    """
    files = list(external_ids(paths, prefix))
    twice = [one for one, times in Counter(file.external_id for file in files).items() if times > 1]
    if twice:
        fail(f"Two files have the external id {twice[0]}. Ingest their folders apart, with --prefix.", WRONG_USE)
    with signed_in() as service, bar("Documents", 2 * len(files) if wait else len(files)) as progress:
        rows = [_brought(service, file, progress) for file in files]
        if wait:
            _wait(service, rows, progress)
    show_table(rows, _TOLD, as_json=as_json)
    if not as_json:
        _warn(rows)
    _sum_up(rows)
    if any(row["status"] in {"failed", "refused"} for row in rows):
        raise typer.Exit(FAILED)


def external_ids(paths: Iterable[Path], prefix: str = "") -> Iterator[LocalFile]:
    """Yield every file of the paths with the external id of its document."""
    for path in paths:
        folder = path.parent.resolve() if path.is_file() else path.resolve()
        found = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        for one in found:
            within = one.relative_to(path.parent if path.is_file() else path)
            if path.is_file() or not any(part.startswith(".") for part in within.parts):
                yield LocalFile(one, _external_id(f"{prefix}{folder.name}/{within.as_posix()}"))


def _external_id(path: str) -> str:
    """Return a path in Unicode's composed form, of an overlong one its end behind a digest of the whole."""
    whole = unicodedata.normalize("NFC", _readable(path))
    if len(whole) <= _LONGEST_ID:
        return whole
    begins = hashlib.sha256(whole.encode()).hexdigest()[:32]
    return f"{begins}…{whole[len(begins) + 1 - _LONGEST_ID :]}"


def _readable(name: str) -> str:
    """Return a name of the file system as text: bytes that are no UTF-8 are each one sign that stands for them."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _brought(service: Remote, file: LocalFile, progress: Bar) -> dict[str, object]:
    """Bring one document up to date; what the service refuses of the file alone is told and ends nothing."""
    known = service.call("GET", "/v1/documents", params={"external_id": file.external_id, "limit": 1})["items"]
    try:
        if known and known[0]["sha256"] == _digest(file.path):
            row = _row(_unchanged(service, known[0]), "unchanged")
        else:
            document = service.upload(file.path, _readable(file.path.name), external_id=file.external_id)
            row = _row(document, "changed" if known else "new")
    except Refused as refused:
        if refused.status not in _FILE_REFUSED:
            raise
        row = {"change": "refused", "status": "refused", "name": _readable(file.path.name), "error": str(refused)}
        row |= {"external_id": file.external_id}
    progress.step()
    return row


def _unchanged(service: Remote, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document whose bytes are the file's; one that failed for a passing reason is tried again."""
    if document["status"] == "failed" and document["error"]["retryable"]:
        return service.call("POST", f"/v1/documents/{document['id']}/retry")
    return document


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _wait(service: Remote, rows: list[dict[str, object]], progress: Bar) -> None:
    for place, row in enumerate(rows):
        if row["status"] not in {"ready", "failed", "refused"}:
            rows[place] = _row(service.settled(str(row["id"])), str(row["change"]))
        progress.step()


def _row(document: Mapping[str, Any], change: str) -> dict[str, object]:
    row: dict[str, object] = {"change": change}
    row |= {name: document[name] for name in ("status", "name", "chunks", "pages", "id", "external_id")}
    if document["error"] is not None:
        row["error"] = document["error"]["detail"]
    if document["coverage"] is not None:
        row["unread"], row["warnings"] = document["coverage"]["unread"] or None, document["warnings"]
    return row


def _warn(rows: Iterable[Mapping[str, Any]]) -> None:
    """Say on standard error what of the documents was not read as it stands."""
    for row in rows:
        warnings = row.get("warnings", [])
        for warning in warnings[:_MOST_WARNINGS]:
            typer.echo(f"{row['name']}: {warning['detail']}", err=True)
        if len(warnings) > _MOST_WARNINGS:
            typer.echo(f"{row['name']}: {len(warnings) - _MOST_WARNINGS} more warnings, with --json.", err=True)


def _sum_up(rows: Iterable[Mapping[str, object]]) -> None:
    """Say on standard error how many there were of each."""
    counts = Counter("failed" if row["status"] == "failed" else str(row["change"]) for row in rows)
    said = ", ".join(f"{counts[each]} {each}" for each in ("new", "changed", "unchanged", "refused", "failed"))
    typer.echo(f"{said}.", err=True)
