"""The tables that are made from the code say what the code says."""

from app.http.plane import tenant_routes
from app.settings import ClientSettings, Settings
from ingestion.formats.catalogue import FORMATS
from ingestion.formats.record import Format, Text
from tests.docs.tables import decisions, formats, limits, roles, settings


def test_the_table_of_roles_follows_the_routes() -> None:
    routes = tenant_routes()
    assert any(row.startswith("| `POST /v1/ask` | ✓ | ✓ | ✓ |  |") for row in roles(routes))
    assert len(list(roles(routes[:-6]))) < len(list(roles(routes)))


def test_the_table_of_settings_shows_defaults_and_what_is_required() -> None:
    rows = list(settings(Settings, ClientSettings))
    assert "| `BULKHEAD_DATA_DIR` | `data` | Where sealed records, blobs and the registry rest. |" in rows
    assert "| `BULKHEAD_CLIENT_SECRET` | (required) | That client's secret. |" in rows


def test_the_table_of_formats_has_every_end_of_a_name() -> None:
    made_up = Format(suffixes=("toml", ""), media_type="application/toml", container=Text(), reader="a:read_text")
    rows = list(formats([*FORMATS, made_up]))
    assert all(f"`.{suffix}`" in "".join(rows) for each in FORMATS for suffix in each.suffixes if suffix)
    assert rows[2].endswith("`.toml` | as they are |")
    assert "| `.doc`, `.ppt` | never: they are refused with the advice to save them anew |" in rows


def test_the_table_of_limits_has_a_column_for_each_plan() -> None:
    assert "| `requests_per_minute` | 300 | 1,200 | 6,000 |" in limits()


def test_the_table_of_decisions_links_each_page() -> None:
    assert "| [0003](decisions/0003-job-row-is-the-truth.md) | The job row is the truth; the queue only says" in next(
        row for row in decisions() if "0003" in row
    )
