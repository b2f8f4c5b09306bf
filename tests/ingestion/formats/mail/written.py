"""Messages as text, and what was read of them as text."""

import base64

from ingestion.formats.content import Content, Passage

HEADER = "From: Ada <ada@harbour.example>\nTo: Bob <bob@mill.example>\nSubject: Grain\nMIME-Version: 1.0\n"


def part(text: str, content_type: str = "text/plain; charset=utf-8", *more: str) -> str:
    """Return one part of a message."""
    return "\n".join([f"Content-Type: {content_type}", *more, "", text])


def several(subtype: str, *parts: str, boundary: str = "b1") -> str:
    """Return a part that holds others."""
    body = "".join(f"--{boundary}\n{one}\n" for one in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\n\n{body}--{boundary}--\n'


def attached(name: str, content: bytes, media_type: str = "application/octet-stream") -> str:
    """Return a file as a part of a message."""
    fields = [f'Content-Disposition: attachment; filename="{name}"', "Content-Transfer-Encoding: base64"]
    return part(base64.encodebytes(content).decode(), media_type, *fields)


def message(rest: str, header: str = HEADER) -> bytes:
    """Return a whole message."""
    return (header + rest).encode()


def text_of(content: Content) -> str:
    """Return all that was read: a blank line between blocks, a bar between cells."""
    blocks = []
    for block in content.blocks:
        if isinstance(block, Passage):
            blocks.append(block.text)
        else:
            rows = [block.header, *(row.cells for row in block.rows)]
            blocks.append("\n".join(" | ".join(cells) for cells in rows if cells))
    return "\n\n".join(blocks)


def warned(content: Content) -> list[tuple[str, str]]:
    """Return the code and the part of each warning."""
    return [(str(each.code), each.part) for each in content.warnings]
