"""`bulkhead ingest`: upload files and folders to a tenant, and wait until they are ready."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.calling.progress import Bar, bar
from app.calling.remote import Refused, Remote
from app.cli.outcome import FAILED, AsJson, show
from app.cli.remote.signed_in import signed_in

app: Final = typer.Typer(add_completion=False)
_FILE_REFUSED: Final = frozenset({413, 415, 422})


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", exists=True, readable=True, help="Files, folders.")],
    *,
    wait: Annotated[bool, typer.Option(help="Wait until every document is ready or has failed.")] = True,
    as_json: AsJson = False,
) -> None:
    """Upload files, and what is in folders but for hidden files; exit 1 if any of them failed."""
    files = list(_files(paths))
    with signed_in() as service, bar("Documents", 2 * len(files) if wait else len(files)) as progress:
        rows = _upload(service, files, progress)
        if wait:
            _wait(service, rows, progress)
    show(rows, as_json=as_json)
    if any(row["status"] in {"failed", "refused"} for row in rows):
        raise typer.Exit(FAILED)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        else:
            within = (one for one in path.rglob("*") if one.is_file())
            yield from sorted(one for one in within if not any(p.startswith(".") for p in one.relative_to(path).parts))


def _upload(service: Remote, files: Iterable[Path], progress: Bar) -> list[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = []
    for path in files:
        try:
            rows.append(_row(service.upload(path, path.name)))
        except Refused as refused:
            if refused.status not in _FILE_REFUSED:
                raise
            rows.append({"name": path.name, "status": "refused", "error": str(refused)})
        progress.step()
    return rows


def _wait(service: Remote, rows: list[Mapping[str, object]], progress: Bar) -> None:
    for place, row in enumerate(rows):
        if "id" in row:
            rows[place] = _row(service.settled(str(row["id"])))
        progress.step()


def _row(document: Mapping[str, Any]) -> dict[str, object]:
    row: dict[str, object] = {name: document[name] for name in ("id", "name", "status", "chunks", "pages")}
    if document["error"] is not None:
        row["error"] = document["error"]["detail"]
    return row
