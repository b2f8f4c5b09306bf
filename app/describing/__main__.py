"""Write the parts of docs/ that are made from the code."""

from pathlib import Path

from app.describing.roles import rewrite
from app.http.plane import tenant_routes

rewrite(Path(__file__).parents[2] / "docs" / "identity.md", tenant_routes())
