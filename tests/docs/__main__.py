"""Fill in the pages of the documentation: `make docs`."""

import sys

from tests.docs.markers import marked_files
from tests.docs.pages import fill
from tests.docs.tables import TABLES
from tests.house.rules.tree import ROOT, files, source

pages = [source(path, (ROOT / path).read_text(encoding="utf-8")) for path in files() if path.endswith(".md")]
texts, findings = fill(pages, marked_files(), TABLES)
if findings:
    sys.exit("\n".join(map(str, findings)))
for page, text in zip(pages, texts, strict=True):
    if text != page.text:
        (ROOT / page.path).write_text(text, encoding="utf-8")
        print(f"written: {page.path}")  # noqa: T201  # a command says what it did
