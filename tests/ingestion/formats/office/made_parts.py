"""Office files made of the parts that a test names."""

import zipfile
from pathlib import Path

OFFICE = "http://schemas.openxmlformats.org"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": f"{OFFICE}/wordprocessingml/2006/main",
        "r": f"{OFFICE}/officeDocument/2006/relationships",
        "m": f"{OFFICE}/officeDocument/2006/math",
        "a": f"{OFFICE}/drawingml/2006/main",
        "p": f"{OFFICE}/presentationml/2006/main",
        "c": f"{OFFICE}/drawingml/2006/chart",
        "dgm": f"{OFFICE}/drawingml/2006/diagram",
        "wp": f"{OFFICE}/drawingml/2006/wordprocessingDrawing",
        "pic": f"{OFFICE}/drawingml/2006/picture",
        "xdr": f"{OFFICE}/drawingml/2006/spreadsheetDrawing",
        "mc": f"{OFFICE}/markup-compatibility/2006",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "wpi": "http://schemas.microsoft.com/office/word/2010/wordprocessingInk",
        "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
        "a14": "http://schemas.microsoft.com/office/drawing/2010/main",
        "p14": "http://schemas.microsoft.com/office/powerpoint/2010/main",
        "p188": "http://schemas.microsoft.com/office/powerpoint/2018/8/main",
        "cx": "http://schemas.microsoft.com/office/drawing/2014/chartex",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
    }.items()
)


def declared(xml: str) -> str:
    """Declare the usual prefixes on the first element of `xml`."""
    end = min(place for place in (xml.find(">"), xml.find("/>"), xml.find(" ")) if place > 0)
    return f"{xml[:end]} {NAMESPACES}{xml[end:]}"


def relationships(relations: dict[str, tuple[str, str]]) -> str:
    """The XML of a part's relationships: their identifiers, kinds and targets."""
    each = "".join(
        f'<Relationship Id="{identifier}" Type="{OFFICE}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        for identifier, (kind, target) in relations.items()
    )
    return f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{each}</Relationships>'


def packed(path: Path, parts: dict[str, str | bytes]) -> Path:
    """Write a package of these parts; those of XML text get their namespaces."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            as_is = isinstance(content, bytes) or name.endswith(".rels")
            archive.writestr(name, content if as_is else declared(str(content)))
    return path
