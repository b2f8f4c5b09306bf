"""Whether a false sentence is shown as proved: true answers of a scripted model, and their lies in eight ways."""

import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Figures
from retrieval.citations.verification import verify
from tenancy.ids import ChunkId, DocumentId
from tenancy.index.hits import Hit
from tenancy.values.layout import Layout, Rows

_SEED: Final = 20_261_201
_ROUNDS: Final = 24
_MOST_SHOWN: Final = 0.02
_LEAST_PROVED: Final = 0.97
_PEOPLE: Final = (
    *("Marit Solheim", "Jonas Ekdahl", "Priya Raman", "Tomas Varga", "Leila Haddad", "Oskar Brandt", "Ines Duarte"),
    *("Yusuf Demir", "Clara Moreau", "Pavel Novotny", "Sanna Korhonen", "Diego Fuentes"),
)
_MONTHS: Final = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
}
_DATES: Final = {"en": "{0} {1} {2}", "de": "{0}. {1} {2}", "es": "{0} de {1} de {2}", "fr": "{0} {1} {2}"}
_WARES: Final = [
    "Birch Kettle",
    "Alder Lamp",
    "Fir Stool",
    "Ash Ladder",
    "Oak Bench",
    "Elm Crate",
    "Pine Shelf",
    "Yew Bowl",
]
_ROWS: Final = "Ware | Pieces | Weight kg | Price EUR"


@dataclass(frozen=True, slots=True)
class Told:
    """A true answer and its question, the documents it is told from, and lies about it by their ways."""

    question: str
    answer: str
    hits: tuple[Hit, ...]
    lies: tuple[tuple[str, str], ...]


def document(number: int, text: str, name: str = "", header: tuple[str, ...] = ()) -> Hit:
    """Return a text as it is found; with `header` all of it is rows of one table."""
    rows = (Rows(0, len(text), header),) if header else ()
    return Hit(
        ChunkId(f"chk_{number}"), DocumentId(f"doc_{number}"), name or f"paper-{number}.txt", 0, text, 0, len(text),
        1.0 / number, 0.7, Layout((), rows),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slots:
    """What fills the slots of one fact."""

    numbers: tuple[int, ...]
    unit: str
    person: str
    day: date

    def fill(self, text: str, language: str) -> str:
        """Return a template filled; each N takes the next number."""
        numbers = iter(self.numbers)
        text = re.sub(r"(?<![A-Za-z])N(?![A-TV-Za-z])", lambda _: str(next(numbers)), text)
        months = _MONTHS.get(language, _MONTHS["en"])
        told = _DATES.get(language, _DATES["en"]).format(self.day.day, months[self.day.month - 1], self.day.year)
        for slot, value in (("U", self.unit), ("D", told), ("P", self.person)):
            text = re.sub(rf"(?<![A-Za-z]){slot}(?![A-Za-z])", value, text)
        return text


def facts(rng: random.Random) -> Iterator[Told]:
    """Yield answers from prose: each among five other sentences of its language, some of them in another language."""
    table = tomllib.loads((Path(__file__).parent / "facts.toml").read_text(encoding="utf-8"))
    for _ in range(_ROUNDS):
        filled = [(fact, _slots(rng, fact.get("unit", ""))) for fact in table["fact"]]
        for fact, slots in filled:
            mates = [
                each.fill(other["source"], other["language"])
                for other, each in filled
                if other is not fact and other["language"] == fact["language"]
            ]
            yield _told(rng, fact, slots, mates[:5], said=fact.get("unit", ""))
        for fact in table["foreign"]:
            yield _told(rng, {"language": "en", **fact}, _slots(rng, fact["unit"]), [], said=fact["said"])


def _slots(rng: random.Random, unit: str) -> Slots:
    day = date(2026, 1, 1) + timedelta(days=rng.randrange(700))
    first = rng.randrange(13, 90)
    return Slots((first, first + rng.randrange(3, 9), first + 11), unit, rng.choice(_PEOPLE), day)


def _told(rng: random.Random, fact: dict[str, Any], slots: Slots, mates: Sequence[str], *, said: str) -> Told:
    language = fact["language"]
    source = slots.fill(fact["source"], language)
    sentences = [*mates, source]
    rng.shuffle(sentences)
    noise = document(2, "The canteen opens at noon. A notice board hangs beside the lift.")
    mine = replace(slots, unit=said)
    lies = [("polarity", mine.fill(fact["not"], language))]
    answer = fact["answer"]
    if "N" in answer:
        wrong = tuple(number + rng.choice([-2, 1, 2, 10]) for number in slots.numbers)
        lies.append(("number", replace(mine, numbers=wrong).fill(answer, language)))
    if said and "U" in answer:
        lies.append(("unit", replace(mine, unit=fact["lie"]).fill(answer, language)))
    if re.search(r"\bP\b", answer):
        others = [name for name in _PEOPLE if name != slots.person]
        lies.append(("name", replace(mine, person=rng.choice(others)).fill(answer, language)))
    if re.search(r"\bD\b", answer):
        other = rng.choice([slots.day + timedelta(days=2), slots.day + timedelta(days=31), _next_year(slots.day)])
        lies.append(("date", replace(mine, day=other).fill(answer, language)))
    true = mine.fill(answer, language)
    told = Told(slots.fill(fact["question"], language), true, (document(1, " ".join(sentences)), noise), tuple(lies))
    return replace(told, lies=(*told.lies, ("marker", true)))


def _next_year(day: date) -> date:
    return day.replace(year=day.year + 1, day=min(day.day, 28))


def tables(rng: random.Random) -> Iterator[Told]:
    """Yield answers from tables: the price, the weight or the pieces of one ware."""
    forms = (
        ("What does the {0} cost?", "The {0} costs {1} euros.", 3),
        ("How much does the {0} weigh?", "The {0} weighs {1} kg.", 2),
        ("How many pieces of the {0} are there?", "There are {1} pieces of the {0}.", 1),
        ("What is the price of the {0}?", "{1} EUR", 3),
    )
    for _ in range(_ROUNDS):
        rows = [
            [f"{ware} {rng.randrange(2, 6)}", str(rng.randrange(100, 400)), f"{rng.randrange(20, 99) / 10}",
             str(rng.randrange(500, 999))]
            for ware in _WARES
        ]  # fmt: skip
        hit = document(1, "\n".join(" | ".join(row) for row in rows), "stock.csv", tuple(_ROWS.split(" | ")))
        row, neighbour = rng.sample(rows, 2)
        for question, answer, column in forms:
            lie = answer.format(row[0], neighbour[column])
            yield Told(question.format(row[0]), answer.format(row[0], row[column]), (hit,), (("row", lie),))


def versions(rng: random.Random) -> Iterator[Told]:
    """Yield answers of which an older document says otherwise: as prose, and as rows."""
    for _ in range(_ROUNDS):
        person, ware = rng.choice(_PEOPLE), rng.choice(_WARES)
        old, new = rng.sample(range(20, 90), 2)
        text = "The delivery period of the {0} is {1} days. Ask {2} about it."
        hits = (
            document(1, text.format(ware, old, person), "terms-2025-03-01.txt"),
            document(2, text.format(ware, new, person), "terms-2026-03-01.txt"),
        )
        answer = f"The delivery period of the {ware} is {{}} days."
        question = f"How long is the delivery period of the {ware}?"
        yield Told(question, answer.format(new), hits[::-1], (("version", answer.format(old)),))
        header = tuple(_ROWS.split(" | "))
        lists = (
            document(1, f"{ware} | 120 | 2.5 | {old}\nReed Mat | 90 | 1.5 | 15", "prices-2025.csv", header),
            document(2, f"{ware} | 120 | 2.5 | {new}\nReed Mat | 90 | 1.5 | 15", "prices-2026.csv", header),
        )
        costs = f"The {ware} costs {{}} euros."
        yield Told(f"What does the {ware} cost?", costs.format(new), lists[::-1], (("version", costs.format(old)),))


def measure(figures: Figures) -> None:
    """Print the share of true answers that are proved, and of each way's lies that are shown as proved."""
    rng = random.Random(_SEED)  # noqa: S311 - documents made up for a measurement
    told = [*facts(rng), *tables(rng), *versions(rng)]
    proved = sum(_shown(each, each.answer, "[1]") for each in told)
    asked, shown = Counter[str](), Counter[str]()
    for each in told:
        for way, lie in each.lies:
            marker = {"marker": f"[{len(each.hits) + 5}]", "version": f"[{len(each.hits)}]"}.get(way, "[1]")
            asked[way] += 1
            if _shown(each, lie, marker):
                shown[way] += 1
                print(f"lies: shown as proved ({way}): {lie}", file=sys.stderr)
    share = proved / len(told)
    figures.add("lies", f"true answers proved ({len(told)})", share, "share", aim=f">= {_LEAST_PROVED}")
    for way, count in sorted(asked.items()):
        figures.add("lies", f"shown as proved: {way} ({count})", shown[way] / count, "share", aim=f"<= {_MOST_SHOWN}")


def _shown(told: Told, answer: str, marker: str) -> bool:
    """Tell whether an answer of one sentence is shown with a citation and without a mark."""
    cited = verify(f"{answer} {marker}", told.hits, question=told.question, required=True)
    shown = bool(cited.citations) and not cited.unsupported
    if not shown and answer == told.answer and marker == "[1]":
        print(f"lies: true and not proved: {answer}", file=sys.stderr)
    return shown
