"""A parser that has had its turn gives way, and is not blamed for what it waits."""

import os
import subprocess
import sys

import pytest

from ingestion.parse.warden import Priority

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="priorities by process are Linux's here")


def test_L63_a_parser_that_has_had_its_turn_gives_way() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, process_group=0) as parser:
        before = os.getpriority(os.PRIO_PROCESS, parser.pid)
        with Priority(parser.pid) as priority:
            assert priority.times() >= (0.0, 0.0)
            priority.lower()
        assert os.getpriority(os.PRIO_PROCESS, parser.pid) == 15 > before
        parser.kill()


def test_a_process_that_has_ended_has_no_times_and_no_priority() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as parser:
        parser.wait()
    with Priority(parser.pid) as priority:
        priority.lower()
        assert priority.times() == (0.0, 0.0)
