"""Readiness names each dependency and says what is wrong with it."""

import asyncio

from app.readiness import Readiness
from tenancy.errors import Unavailable


async def _answers() -> None:
    await asyncio.sleep(0)


async def _fails() -> None:
    raise Unavailable("records", "The record store cannot take this request just now.")


async def test_each_dependency_is_reported_by_name() -> None:
    report = await Readiness({"keys": _answers, "records": _fails}).report()
    assert report == {"keys": "ok", "records": "The record store cannot take this request just now."}


async def test_a_part_that_is_being_loaded_says_so_until_it_is() -> None:
    readiness = Readiness({"keys": _answers})
    readiness.loading("parser", "The parsers are being loaded.")
    assert (await readiness.report())["parser"] == "The parsers are being loaded."
    readiness.loaded("parser")
    assert await readiness.report() == {"keys": "ok", "parser": "ok"}
