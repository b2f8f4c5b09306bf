"""Rewrites an Office file so that the same content always gives the same bytes."""

import io
import re
import zipfile

FIXED_DATE = (2025, 7, 1, 9, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def settled(raw: bytes) -> bytes:
    """Return the archive with fixed dates outside and inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, FIXED_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            content = old.read(name)
            if name.endswith("core.xml"):
                content = _STAMP.sub(rb"\g<1>2025-07-01T09:00:00Z\g<2>", content)
            new.writestr(member, content)
    return out.getvalue()
