"""The published requirements that findings point to, by id."""

from typing import Final

STANDARDS: Final = {
    "OWASP-AISVS-8.5.4": "OWASP AISVS 1.0, 8.5.4: multi-tenant adversarial retrieval shows no out-of-scope inclusion",
    "OWASP-AISVS-8.1.5": "OWASP AISVS 1.0, 8.1.5: canary documents, with an alert when one is retrieved",
    "OWASP-LLM09:2026": "OWASP Top 10 for LLM applications 2026, LLM09: leakage between tenants (scores, counts, time)",
}
"""Ids such as `L11` are the project's own list of leaks that really happened, and stand as they are."""

ALWAYS: Final = tuple(STANDARDS)
"""What every run of the leakage suite is evidence for or against."""
