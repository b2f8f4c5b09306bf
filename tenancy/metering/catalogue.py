"""The price catalogue: what a call to a model costs on a day, in whole micro-dollars.

Rules this module enforces:

* A price has a first day (UTC) and is never changed in place, so the same call at the same time always costs the same.
* A catalogue is known by its file's version and the beginning of the file's SHA-256: whoever edits prices without a
  new version is still told apart.
* Every call is rounded up to a whole micro-dollar, once: no call that costs anything is free, and a sum of calls is the
  sum of what each was recorded with. What storage costs in a day may be less: the rest of it is counted with the next.
* A model that nobody has priced costs what `unlisted` says, never nothing; nor is an embedder free as a chat model.
* Numbers in the file are read as decimals, never as binary fractions. A field that is not known is a fault.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final, Self, final

from tenancy.errors import ServiceError
from tenancy.metering.dated import Dated, dated, in_force, named, read_strings
from tenancy.metering.money import MicroUsd, micros

SHIPPED: Final = Path(__file__).parent / "prices.yaml"
_MILLION: Final = 1_000_000
_BYTE_DAYS: Final = 1_000_000_000 * 30  # of a gigabyte-month
_CHARACTERS_PER_TOKEN: Final = 3  # English has four and more: what is reserved should rather be too much
_SNAPSHOT: Final = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8})")
_DIGEST: Final = 8
UNLISTED: Final = "unlisted"
"""What stands for a model that has no price of its own."""
EVER: Final = date(1970, 1, 1)
"""The first day of what has to hold always."""
_PRICED: Final = frozenset({"prompt", "completion", "embedding"})
_STORED: Final = frozenset({"gigabyte_month"})


class CatalogueFaulty(ServiceError):
    """The file of prices cannot be used; the message says where and why."""

    code = "catalogue_faulty"
    title = "The catalogue of prices cannot be used"


class Kind(StrEnum):
    """What was spent on: a call to a model, by what it was called for, or keeping what a tenant has stored."""

    CHAT = "chat"
    EMBEDDING = "embedding"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars for a million tokens, by what they were used for; None where that has no price."""

    prompt: int | None = None
    completion: int | None = None
    embedding: int | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs, and the version of the catalogue that says so."""

    amount: MicroUsd
    price_version: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a call may take at most by all likelihood, for a reservation; never for a bill."""

    prompt_tokens: int
    completion_tokens: int
    cost: Cost


@final
@dataclass(frozen=True, slots=True)
class Catalogue:
    """The prices of one file."""

    version: str
    _models: Mapping[str, Dated[Price]]
    _unlisted: Dated[Price]
    _storage: Dated[int]

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Self:
        """Read a file of prices. Raises CatalogueFaulty, and OSError where it cannot be read."""
        content = path.read_bytes()
        try:
            root = named(read_strings(content), {"version", "models", "unlisted", "storage"}, "the file")
            models = {
                model: dated(each, model, _PRICED, _price)
                for model, each in named(root["models"], None, "models").items()
            }
            unlisted = dated(root["unlisted"], "unlisted", _PRICED, _price)
            storage = dated(root["storage"], "storage", _STORED, lambda fields: amount(fields["gigabyte_month"]))
            version = version_of(root["version"], content)
        except KeyError as error:
            raise CatalogueFaulty(f"{path}: {error.args[0]} is missing") from None
        except ValueError as error:
            raise CatalogueFaulty(f"{path}: {error}") from None
        if max(unlisted[0][0], storage[0][0]) > EVER:
            raise CatalogueFaulty(f"{path}: unlisted and storage need an entry from {EVER} on")
        if any(None in (each.prompt, each.completion, each.embedding) for _, each in unlisted):
            raise CatalogueFaulty(f"{path}: every entry of unlisted needs prompt, completion and embedding")
        return cls(version, models, unlisted, storage)

    def cost(self, model: str, kind: Kind, prompt_tokens: int, completion_tokens: int, at: float) -> Cost:
        """Return what a call costs that was made `at` (epoch seconds); an embedding has prompt tokens only."""
        if kind is Kind.EMBEDDING:
            whole = prompt_tokens * self._price(model, "embedding", at)
        else:
            prompt, completion = (self._price(model, use, at) for use in ("prompt", "completion"))
            whole = prompt_tokens * prompt + completion_tokens * completion
        return Cost(_rounded_up(whole, _MILLION), self.version)

    def estimate(self, model: str, kind: Kind, characters: int, most_completion: int, at: float) -> Estimate:
        """Return what to reserve for a prompt of so many characters and an answer of at most so many tokens."""
        prompt = -(-characters // _CHARACTERS_PER_TOKEN)
        completion = most_completion if kind is Kind.CHAT else 0
        return Estimate(prompt, completion, self.cost(model, kind, prompt, completion, at))

    def storage_cost(self, byte_days: int, at: float, left: int) -> tuple[Cost, int]:
        """Return what it costs to keep so many bytes for a day each, with what is `left` of the day before.

        The second is what is left over, in parts of a micro-dollar: it belongs to the next day.
        """
        amount, left = divmod(left + byte_days * (in_force(self._storage, at) or 0), _BYTE_DAYS)
        return Cost(MicroUsd(amount), self.version), left

    def lists(self, model: str, at: float) -> bool:
        """Tell whether the catalogue names this model with a price that has begun."""
        return in_force(self._of(model), at) is not None

    def listed(self, model: str) -> str:
        """Return the catalogue's own name for a model, the operator's word and no tenant's; else `unlisted`."""
        return next((name for name in _names(model) if name in self._models), UNLISTED)

    def _price(self, model: str, use: str, at: float) -> int:
        """Return the price of a use: the model's own, or what a use without a price costs."""
        for price in (in_force(self._of(model), at), in_force(self._unlisted, at)):
            found: int | None = getattr(price, use, None)
            if found is not None:
                return found
        raise CatalogueFaulty(f"The catalogue of prices has no price for {use} where nothing else is listed.")

    def _of(self, model: str) -> Dated[Price]:
        """Return a model's prices; a dated snapshot (`gpt-4o-2024-08-06`) without its own has those of its name."""
        return next((self._models[name] for name in _names(model) if name in self._models), ())


def _names(model: str) -> tuple[str, str]:
    name = model.removeprefix("openai:")  # as embedders are named
    return name, _SNAPSHOT.sub("", name)


def version_of(stated: object, content: bytes) -> str:
    """Return the version of a file: the one it states, and the beginning of its SHA-256."""
    return f"{stated}+{hashlib.sha256(content).hexdigest()[:_DIGEST]}"


def _rounded_up(whole: int, parts: int) -> MicroUsd:
    return MicroUsd(-(-whole // parts))


def _price(fields: Mapping[str, str]) -> Price:
    return Price(**{name: amount(dollars) for name, dollars in fields.items()})


def amount(dollars: str) -> MicroUsd:
    """Return an amount that is not negative; else ValueError."""
    read = micros(dollars)
    if read < 0:
        raise ValueError(f"{dollars!r}: an amount is not negative")
    return read
