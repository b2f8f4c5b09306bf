"""A service whose Redis is gone lets nothing through that it cannot count, and says which dependency is down."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from app.resources import open_resources
from app.settings import Settings
from ingestion.parse import ParserPool
from tests.app.http.deployment import Deployment
from tests.tenancy.queue.conftest import Server, server

pytestmark = pytest.mark.shows("limits.redis")

__all__ = ["server"]


@pytest.mark.shows("redis.loss")
async def test_L08_a_dead_redis_refuses_every_request_with_a_token_and_a_living_one_none(
    server: Server, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path / "data", accept_index_on_disk=True, redis_url=SecretStr(server.url))
    async with open_resources(settings) as resources:
        deployment = Deployment(resources, ParserPool(tmp_path / "parsers", accept_missing_walls=True))
        admin = await deployment.administrator()
        assert (await admin.http.get("/v1/me")).status_code == 200
        server.stop()
        for method, path in (("GET", "/v1/me"), ("GET", "/v1/quotas"), ("POST", "/v1/search"), ("POST", "/v1/ask")):
            answer = await admin.http.request(method, path, json={"query": "x"})
            assert (answer.status_code, answer.json()["dependency"]) == (503, "limits"), path
        readiness = await deployment.client().get("/readyz")
        assert (readiness.status_code, readiness.json()["dependencies"]["records"]) == (503, "ok")
        assert readiness.json()["dependencies"]["limits"] != "ok"
        assert (await deployment.client().get("/v1/me")).status_code == 401
        server.start()
        assert (await admin.http.get("/v1/me")).status_code == 200
