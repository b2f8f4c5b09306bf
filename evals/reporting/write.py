"""The five reports of a run put into a folder."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from evals.reporting import document, junit, markdown, sarif
from evals.reporting.page import document as page
from evals.reporting.redact import redacted
from evals.verdicts.gate import Run

REPORT: Final = "report.json"
KILL_MATRIX: Final = Path(__file__).resolve().parents[1] / "kill-matrix.json"


def write(run: Run, folder: Path, *, secrets: Collection[str] = (), kill_matrix: Path = KILL_MATRIX) -> Path:
    """Write `report.json`, `junit.xml`, `report.sarif`, `summary.md` and `report.html`; return the page's path.

    `secrets` are the run's canary values and credentials: whatever a target sent back of them is shortened.
    """
    clean = redacted(run, secrets)
    report = document.rendered(clean)
    page_file = folder / "report.html"
    texts = {
        folder / REPORT: report,
        folder / "junit.xml": junit.rendered(clean),
        folder / "report.sarif": sarif.rendered(clean, report, REPORT),
        folder / "summary.md": markdown.rendered(clean),
        page_file: page.rendered(clean, _matrix(kill_matrix)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return page_file


def _matrix(path: Path) -> Mapping[str, Any] | None:
    if not path.is_file():
        return None
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
