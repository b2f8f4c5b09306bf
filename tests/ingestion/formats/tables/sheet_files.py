"""XLSX files of single sheets, written as XML as programs other than Excel write it."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT: Final = (
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"


def relations(targets: Mapping[str, tuple[str, str]], office: str = OFFICE) -> str:
    """Return a part of relationships: kind and target by their identifiers."""
    each = "".join(
        f'<Relationship Id="{name}" Type="{kind if ":" in kind else f"{office}/{kind}"}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}">{each}</Relationships>'


def write_workbook(
    path: Path,
    *sheets: str,
    texts: str = "",
    styles: str = "",
    workbook: str = "",
    parts: Mapping[str, str] | None = None,
    names: tuple[str, str] = (MAIN, OFFICE),
) -> Path:
    """Write a workbook whose sheets, called S1, S2, …, hold the XML `sheets` inside their first element."""
    main, office = names
    spaces = f'xmlns="{main}" xmlns:r="{office}"'
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, len(sheets) + 1))
    targets = {f"r{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)}
    targets |= {"texts": ("sharedStrings", "sharedStrings.xml")} if texts else {}
    targets |= {"styles": ("styles", "styles.xml")} if styles else {}
    members = {
        "_rels/.rels": relations({"r1": ("officeDocument", "xl/workbook.xml")}, office),
        "xl/workbook.xml": f"<workbook {spaces}>{workbook}<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(targets, office),
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{texts}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
    }
    for number, sheet in enumerate(sheets, start=1):
        members[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet {spaces}>{sheet}</worksheet>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **(parts or {})}.items():
            archive.writestr(name, content)
    return path
