"""The questions: our own three tenants always, XQuAD and CLAPNQ where a corpus folder holds them.

XQuAD (Artetxe et al., 2020, arXiv:1910.11856): one article is one tenant, one paragraph one document, the same articles
in every language; each tenant is also asked questions of the next one's. CLAPNQ (Rosenthal et al., 2024,
arXiv:2404.02103): one tenant; its unanswerable questions stand beside the passage that nearly answers them.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from evals.quality.cases import Case, File, Household, Kind, QuestionSet

_T = TypeVar("_T")
LANGUAGES: Final = ("en", "de", "es", "ru", "ar", "zh")
OWN: Final = "own"
CLAPNQ: Final = "CLAPNQ"
EXAMPLES: Final = Path(__file__).parents[2] / "examples"
_UNANSWERABLE: Final = Path(__file__).with_name("own.yaml")


@dataclass(frozen=True, slots=True)
class Sample:
    """How much is asked: at most so many XQuAD articles, questions of each, strangers' questions, CLAPNQ questions."""

    seed: int
    articles: int
    questions: int
    strangers: int
    clapnq: int

    def sentence(self) -> str:
        """Say what was asked."""
        return (
            f"Seed {self.seed}: up to {self.articles} XQuAD articles as tenants, the same in each language, "
            f"{self.questions} of each article's questions and {self.strangers} of another's; up to {self.clapnq} "
            "answerable and as many unanswerable CLAPNQ questions; our own set in full."
        )


SEED: Final = 20_260_701
SAMPLED: Final = Sample(SEED, articles=6, questions=12, strangers=4, clapnq=40)
FULL: Final = Sample(SEED, articles=48, questions=100, strangers=10, clapnq=300)


def read(corpus: Path | None, sample: Sample, examples: Path = EXAMPLES) -> tuple[list[QuestionSet], list[str]]:
    """Return every set there is, and a sentence for each that is not there."""
    sets, skipped = [], []
    if examples.is_dir():
        sets.append(own(examples))
    else:
        skipped.append(f"Our own set was skipped: its documents are not in {examples}.")
    for name, there in (("XQuAD", "xquad"), (CLAPNQ, "clapnq")):
        folder = corpus / there if corpus is not None else None
        if folder is None or not folder.is_dir():
            skipped.append(
                f"{name} was skipped: there is no corpus folder that holds {there}/; name one to include it."
            )
        elif name == CLAPNQ:
            sets.append(clapnq(folder, sample))
        else:
            sets += xquad(folder, sample)
    return sets, skipped


def own(examples: Path) -> QuestionSet:
    """Return the example tenants: their questions, what nobody can answer, and each other's secrets."""
    unanswerable: dict[str, list[str]] = yaml.safe_load(_UNANSWERABLE.read_text(encoding="utf-8"))
    secrets = {folder: _json(examples / folder / "secrets.json") for folder in unanswerable}
    households = []
    for tenant, missing in unanswerable.items():
        documents = sorted((examples / tenant / "documents").iterdir())
        files = tuple(File(path.name, path.read_bytes()) for path in documents)
        right = [
            Case(f"{tenant}/{n}", tenant, q["question"], Kind.ANSWERABLE, tuple(q["answer"]), frozenset(q["sources"]))
            for n, q in enumerate(_json(examples / tenant / "questions.json"))
        ]
        none = [Case(f"{tenant}/missing-{n}", tenant, q, Kind.MISSING) for n, q in enumerate(missing)]
        foreign = [
            Case(f"{tenant}/of-{other}-{n}", tenant, secret["question"], Kind.FOREIGN)
            for other in unanswerable
            if other != tenant
            for n, secret in enumerate(secrets[other])
        ]
        households.append(Household(tenant, files, (*right, *none, *foreign)))
    return QuestionSet(OWN, tuple(households))


def xquad(folder: Path, sample: Sample) -> list[QuestionSet]:
    """Return one set for each language that is there, of the same articles and questions."""
    present = [language for language in LANGUAGES if (folder / f"xquad.{language}.json").is_file()]
    return [
        QuestionSet(f"XQuAD {language}", tuple(_articles(_json(folder / f"xquad.{language}.json"), language, sample)))
        for language in present
    ]


def _articles(content: Any, language: str, sample: Sample) -> Iterator[Household]:  # noqa: ANN401  # JSON
    rng = random.Random(sample.seed)  # noqa: S311  # a choice of questions, not a secret
    chosen = _some(rng, content["data"], sample.articles)
    names = [f"{language} {article['title']}" for article in chosen]
    asked = [
        _some(rng, [(n, qa) for n, each in enumerate(article["paragraphs"]) for qa in each["qas"]], sample.questions)
        for article in chosen
    ]
    for place, (tenant, article) in enumerate(zip(names, chosen, strict=True)):
        files = tuple(
            File(f"paragraph-{number:02}.txt", each["context"].encode())
            for number, each in enumerate(article["paragraphs"])
        )
        right = [_squad_case(tenant, qa, f"paragraph-{number:02}.txt", language) for number, qa in asked[place]]
        others = asked[(place + 1) % len(asked)] if len(asked) > 1 else []
        foreign = [
            Case(f"{tenant}/{qa['id']}", tenant, qa["question"], Kind.FOREIGN, language=language)
            for _, qa in others[: sample.strangers]
        ]
        yield Household(tenant, files, (*right, *foreign))


def _squad_case(tenant: str, qa: Any, source: str, language: str) -> Case:  # noqa: ANN401  # JSON
    golds = tuple(dict.fromkeys(answer["text"] for answer in qa["answers"]))
    return Case(
        f"{tenant}/{qa['id']}", tenant, qa["question"], Kind.ANSWERABLE, golds, frozenset({source}), language=language
    )


def clapnq(folder: Path, sample: Sample) -> QuestionSet:
    """Return one tenant that holds the passages of all chosen questions, each under its title."""
    rng = random.Random(sample.seed)  # noqa: S311  # a choice of questions, not a secret
    names: dict[str, str] = {}
    cases = []
    for kind, there in ((Kind.ANSWERABLE, "answerable"), (Kind.MISSING, "unanswerable")):
        lines = (folder / f"clapnq_dev_{there}.jsonl").read_text(encoding="utf-8").splitlines()
        for row in _some(rng, [json.loads(line) for line in lines], sample.clapnq):
            texts = [f"{each['title']}\n{each['text']}" for each in row["passages"]]
            sources = frozenset(names.setdefault(text, f"passage-{len(names):03}.txt") for text in texts)
            golds = tuple(each["answer"] for each in row["output"] if each["answer"])
            known = (golds, sources) if kind is Kind.ANSWERABLE else ((), frozenset[str]())
            cases.append(Case(f"{CLAPNQ}/{row['id']}", CLAPNQ, row["input"], kind, *known))
    files = tuple(File(name, text.encode()) for text, name in names.items())
    return QuestionSet(CLAPNQ, (Household(CLAPNQ, files, tuple(cases)),))


def _some(rng: random.Random, everything: Sequence[_T], limit: int) -> list[_T]:
    """Return at most `limit` of them, in their own order."""
    chosen = rng.sample(range(len(everything)), min(limit, len(everything)))
    return [everything[each] for each in sorted(chosen)]


def _json(path: Path) -> Any:  # noqa: ANN401  # JSON
    return json.loads(path.read_text(encoding="utf-8"))
