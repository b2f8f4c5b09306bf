"""Logs and numbers say what happened and never what a document says."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.telemetry import Metrics, start_logging

_SECRET = "the vault opens with heliotrope"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Yield what is logged, and put logging back as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    start_logging(stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers[:] = before
        root.setLevel(level)


def test_an_event_is_one_line_of_json(log: io.StringIO) -> None:
    structlog.get_logger().info("document.indexed", document="doc_1")
    event = json.loads(log.getvalue())
    assert (event["event"], event["document"], event["level"]) == ("document.indexed", "doc_1", "info")
    assert event["timestamp"].endswith("Z")


def test_L23_an_exception_is_logged_by_its_type_and_places_not_by_its_message(log: io.StringIO) -> None:
    try:
        int(_SECRET)  # its message quotes the text
    except ValueError:
        structlog.get_logger().error("job.broke", exc_info=True)
    event = json.loads(log.getvalue())
    assert _SECRET not in log.getvalue()
    assert event["error"] == "ValueError"
    assert event["at"][-1].startswith("tests/app/test_telemetry.py:")


def test_L23_a_librarys_record_is_logged_without_its_arguments_and_its_exception(log: io.StringIO) -> None:
    try:
        int(_SECRET)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application: %s", _SECRET)
    event = json.loads(log.getvalue())
    assert _SECRET not in log.getvalue()
    assert (event["logger"], event["error"]) == ("uvicorn.error", "ValueError")


def test_libraries_are_heard_from_warnings_on(log: io.StringIO) -> None:
    logging.getLogger("some.package").info("chatter")
    assert log.getvalue() == ""


def test_numbers_are_of_one_process_object_not_of_the_interpreter() -> None:
    one, other = Metrics(), Metrics()
    one.erasures.inc()
    assert b"bulkhead_erasures_total 1.0" in one.exposition()
    assert b"bulkhead_erasures_total 0.0" in other.exposition()
