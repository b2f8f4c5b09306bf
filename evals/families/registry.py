"""What a family is, and which there are: every module below this package that has a `FAMILY`."""

import pkgutil
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module

import evals.families
from evals.stage.stage import Stage
from evals.verdicts.family import Evidence


@dataclass(frozen=True, slots=True)
class Family:
    """A family of probes. `run` writes into the evidence what it tried, what it saw and why it can be believed."""

    id: str
    title: str
    needs: frozenset[str]
    """Operations without which it cannot run."""
    standards: tuple[str, ...]
    """Which entries of public lists its findings belong to, and the kinds of leak (`L11`) it looks for."""
    run: Callable[[Stage, Evidence], Awaitable[None]]
    reach: int = 1
    """The least reach of a run in which it can look: 4 for one that looks inside the box."""
    timed: bool = False
    """Whether it times answers, so that no other work of ours may run beside it."""


AISVS = "OWASP-AISVS-8.5.4"
"""Multi-tenant adversarial retrieval attempts that show no inclusion beyond the caller's scope."""
CANARIES = "OWASP-AISVS-8.1.5"
"""Canary documents."""
LLM09 = "OWASP-LLM09:2026"
"""Leakage across tenants, also through scores, counts and timing."""


def registered() -> tuple[Family, ...]:
    """Return all families, A2 before A10."""
    found = []
    for module in pkgutil.walk_packages(evals.families.__path__, "evals.families."):
        family = getattr(import_module(module.name), "FAMILY", None)
        if isinstance(family, Family):
            found.append(family)
    return tuple(sorted(found, key=lambda family: in_order(family.id)))


def in_order(family_id: str) -> tuple[str, int]:
    """Return what families are sorted by: letters, then the number."""
    letters = re.sub(r"\d+", "", family_id)
    digits = re.sub(r"\D+", "", family_id)
    return letters, int(digits or 0)
