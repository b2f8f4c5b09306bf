"""Secrets of a run taken out of everything a report is made from."""

import base64
import re
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final
from urllib.parse import quote, quote_plus

from evals.verdicts.finding import shortened
from evals.verdicts.gate import Run

_SHORTEST: Final = 6
"""Shorter secrets would blot out ordinary words."""


def redacted(run: Run, secrets: Collection[str]) -> Run:
    """Return `run` with each of `secrets` shortened wherever it stands, in any case, also as URL, base64 or hex.

    Findings arrive redacted by the probes that made them; this is the second wall, for whatever a target sends back.
    """
    forms = {form: shortened(secret) for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    if not forms:
        return run
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    folded = {form.casefold(): short for form, short in forms.items()}
    cleaned: Run = _cleaned(run, pattern, folded)
    return cleaned


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    encoded = base64.b64encode(raw).decode().rstrip("=")
    return {secret, quote(secret, safe=""), quote_plus(secret), encoded, raw.hex()}


def _cleaned(value: Any, pattern: re.Pattern[str], short: Mapping[str, str]) -> Any:  # noqa: ANN401 - any field of a run
    """Return a value of a run with its texts redacted, of the same type."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return pattern.sub(lambda found: short.get(found[0].casefold(), "…"), value)
    if isinstance(value, Mapping):
        return {_cleaned(key, pattern, short): _cleaned(one, pattern, short) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(_cleaned(one, pattern, short) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _cleaned(getattr(value, one.name), pattern, short) for one in fields(value)})
    return value
