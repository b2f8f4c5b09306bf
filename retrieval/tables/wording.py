"""The sentences in which a computed answer is given, or in which it is said that a question is not computed."""

from collections.abc import Callable, Sequence

from retrieval.tables.languages import Language, Task
from retrieval.tables.query import Misfit
from retrieval.tables.result import MOST_CITED, Computed
from tenancy.values.columns import ColumnTable

_MOST_SHOWN = 5  # labels of rows with the same value
_LONGEST_LABEL = 80


def table_name(table: ColumnTable, document: str, spoken: Language) -> str:
    """Return how a table is called: its sheet or caption and its document, as far as there are any."""
    own = table.sheet or table.caption
    said = spoken.sentences
    return said["in"].format(table=said["quoted"].format(_short(own)), document=document) if own else document


def worded(found: Computed, table: str, spoken: Language, *, is_whole: bool) -> list[str]:
    """Return the sentences of a computed answer, the first of which is the answer; `is_whole`: all rows were read."""
    said = spoken.sentences
    quoted = said["quoted"].format
    conditions = said["and"].join(f"{quoted(name)} {quoted(_short(value))}" for name, value in found.conditions)
    where = said["where"].format(conditions=conditions) if conditions else ""
    rows = said["rows_one" if found.count == 1 else "rows_many"].format(n=found.count, where=where)
    name = _template(found)
    labels = ", ".join(map(_short, found.labels[:_MOST_SHOWN])) + (", …" if found.found > _MOST_SHOWN else "")
    sentences = [
        said[name].format(
            rows=rows, where=where, table=table, column=quoted(found.column), value=found.value, n=found.count,
            labels=labels, sum=found.total,
        )
    ]  # fmt: skip
    if found.task in {Task.LEAST, Task.MOST} and found.found > 1:
        sentences.append(said["tied"].format(n=found.found))
    sentences += [said[key].format(n=n) for key, n in (("left_out", found.left_out), ("totals", found.totals)) if n]
    if not is_whole:
        sentences.append(said["unread"])
    if found.found > MOST_CITED:
        sentences.append(said["first_cited"].format(n=MOST_CITED))
    return sentences


def _template(found: Computed) -> str:
    if found.task is Task.COUNT:
        return {0: "count_none", 1: "count_one"}.get(found.count, "count_many")
    return "average_rounded" if found.is_rounded else found.task.value


def refusal(misfit: Misfit, spoken: Language) -> str:
    """Return what is said where a question asks for more than is computed, or cannot be told to ask for what is."""
    said = spoken.reasons.get(misfit.reason)
    parts = [spoken.sentences["refused"].strip()]
    if said is not None and misfit.said:
        parts.append(_filled(said, [spoken.sentences["quoted"].format(_short(each)) for each in misfit.said]))
    return " ".join(parts)


def _filled(said: str, words: Sequence[str]) -> str:
    listed: Callable[[Sequence[str]], str] = ", ".join
    first, rest = words[0], words[1:]
    return said.format(
        words=listed(words), tables=listed(words), columns=listed(words), column=first, units=listed(rest)
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
