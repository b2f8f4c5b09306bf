"""The table of roles in docs/identity.md, made from what the routes ask for."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fastapi.routing import APIRoute

from app.http.plane import permission_of
from tenancy.scope import Role

BEGIN: Final = "<!-- roles: made by `.venv/bin/python -m app.describing` -->"
END: Final = "<!-- end of roles -->"
_BETWEEN: Final = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)


def table(routes: Sequence[APIRoute]) -> list[str]:
    """Return a line for every verb of every route that asks for a permission, with the roles that have it."""
    lines = ["| request | " + " | ".join(Role) + " |", "|---|" + ":---:|" * len(Role)]
    for route in routes:
        permission = permission_of(route)
        for method in sorted(route.methods or ()) if permission is not None else ():
            given = ["✓" if permission is not None and role in permission.roles else "" for role in Role]
            lines.append(f"| `{method} {route.path}` | " + " | ".join(given) + " |")
    return lines


def current(page: str, routes: Sequence[APIRoute]) -> str:
    """Return the page with the table of these routes between its marks; ValueError where the marks are not there."""
    if not _BETWEEN.search(page):
        raise ValueError("The page has no place for the table of roles.")
    return _BETWEEN.sub(lambda _: "\n".join([BEGIN, "", *table(routes), "", END]), page)


def rewrite(path: Path, routes: Sequence[APIRoute]) -> None:
    """Put the table into the page."""
    path.write_text(current(path.read_text(encoding="utf-8"), routes), encoding="utf-8")
