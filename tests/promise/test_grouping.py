"""Tests that share a server are given to one worker: otherwise each worker starts a server of its own."""

import pytest


@pytest.mark.xdist_group("grouping")
def test_the_group_of_a_test_reaches_the_scheduler(request: pytest.FixtureRequest) -> None:
    grouped = request.config.getoption("loadgroup", default=False)
    assert not grouped or request.node.nodeid.endswith("@grouping")
