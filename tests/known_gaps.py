"""Promises that the product does not keep yet: each marks the tests that fail until it does."""

import textwrap
from enum import StrEnum
from typing import Final

import pytest


class Gap(StrEnum):
    """A gap by its name; the value is what users are told about it in SECURITY.md, word for word."""

    REPLAYS_OUTLIVE_DOCUMENTS = (
        "An answer kept under an Idempotency-Key still shows the name and text of a document that was deleted since, "
        "for up to a day."
    )
    ENROLMENT_IS_REPEATED = (
        "Whoever holds an enrolment code and the Idempotency-Key it was used with gets the administrator's secret "
        "again for a day."
    )
    OPERATOR_CHOOSES_A_PROVIDER = (
        "An operator can set a tenant's model provider when creating the tenant; its first question then sends "
        "passages there without the tenant's consent."
    )
    PARSER_MEMORY_IS_PARTLY_COUNTED = (
        "A parser's memory limit counts the private memory of each of its processes. Shared mappings, memory files, "
        "System V segments, stacks that grow, the sum over child processes and, without a root folder of its own, the "
        "files in its folder are not bounded by it."
    )
    PARSER_PROCESSES_ARE_NOT_COUNTED = (
        "Start-up accepts walls under which the number of a parser's processes is not bounded: those without a process "
        "namespace and another user."
    )
    PARSER_REACHES_ITS_PARENT = (
        "Start-up accepts walls under which a parser can signal its parent or change its limits, and, where the "
        "service runs as root with a private root folder and a network namespace alone, trace it and read its memory."
    )
    PARSER_REACHES_LOCAL_SERVICES = (
        "Start-up accepts walls under which a parser connects to a local socket whose path it knows (Landlock and a "
        "network namespace alone), or attaches to System V memory of its user (Landlock and a call filter alone)."
    )
    LINKS_A_RENDERER_MAKES = (
        "The guard of answers judges addresses as they are written. Some that only a Markdown renderer makes live pass "
        "it: bare hosts, entities, backslashes; and a message may stand in the punctuation after an address that a "
        "document has."
    )
    TEXT_LEAVES_BEFORE_THE_TRAIL = (
        "A question's entry is written when its answer is: if the process is killed after the passages have gone to a "
        "model provider, no entry tells of it."
    )


_PROMISES: Final = 14
"""The issue that closes the gaps that no other one does."""
_ISSUES: Final = {Gap.TEXT_LEAVES_BEFORE_THE_TRAIL: 16}


def known_gap(gap: Gap) -> pytest.MarkDecorator:
    """Mark a test that fails for a known gap; once the product is mended it passes, which fails the run."""
    issue = _ISSUES.get(gap, _PROMISES)
    return pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"issue {issue}, {gap.name}: {gap.value}")


def listed() -> str:
    """Return the section of SECURITY.md that tells of the gaps."""
    opening = (
        "These promises are not kept yet. Each has tests that are expected to fail until it is: `tests/known_gaps.py`.",
        "No report is needed for them.",
    )
    return "\n".join(("## Known gaps", "", *opening, "", *(_wrapped(gap) for gap in Gap)))


def _wrapped(gap: Gap) -> str:
    return textwrap.fill(f"- {gap.value}", 118, subsequent_indent="  ", break_on_hyphens=False)


if __name__ == "__main__":
    print(listed())  # noqa: T201 - a section to paste
