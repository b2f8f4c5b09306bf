"""The page put together."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from evals.reporting import outcome
from evals.reporting.page.elements import tag
from evals.reporting.page.families import families
from evals.reporting.page.leaks import findings, heat_map
from evals.reporting.page.overview import banner, coverage, provenance, unproven
from evals.reporting.page.plots import plots
from evals.reporting.page.quality import kill_matrix, quality
from evals.verdicts.gate import Run

_STYLE: Final = Path(__file__).with_name("style.css")


def rendered(run: Run, matrix: Mapping[str, Any] | None = None) -> str:
    """Return the page as HTML, with the kill matrix if there is one."""
    style = _STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    parts = (
        coverage(run) if run.kind == "leakage" else None,
        heat_map(run),
        families(run),
        findings(run),
        plots(run),
        quality(run),
        kill_matrix(matrix),
        unproven(run),
        provenance(run),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{run.target}: {outcome.outcome(run)}"),
        _styled(style),
    )
    body = tag("body", banner(run), tag("main", *parts))
    tree = tag("html", head, body, lang="en")
    return f"<!doctype html>\n{ET.tostring(tree, encoding='unicode', method='html')}\n"


def _styled(style: str) -> ET.Element:
    """Return the style as it is: the serialiser does not escape inside this element, and its digest must match."""
    element = ET.Element("style")
    element.text = style
    return element
