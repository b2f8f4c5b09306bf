"""A judge for the stand-in provider: it answers what a judging library asks, by comparing words."""

import json
import re
from typing import Any

from tests.standins.openai_server import Asked, Reply

_TITLE = re.compile(r'"title": "(\w+Output)"')
_SENTENCE = re.compile(r"[^.!?]+[.!?]?")
_WORD = re.compile(r"\w+")


def judge(asked: Asked) -> Reply | str | None:
    """Answer a request for a verdict; anything else gets the stand-in's usual answer."""
    if asked.path != "/v1/chat/completions":
        return None
    system, user = (message["content"] for message in asked.body["messages"])
    given = json.loads(user[user.rindex("input: ") + len("input: ") : user.rindex("Output:")])
    return json.dumps(_verdict(_TITLE.findall(system)[-1], given))


def _verdict(title: str, given: dict[str, Any]) -> dict[str, Any]:
    match title:
        case "StatementGeneratorOutput":
            return {"statements": sentences(given["answer"])}
        case "NLIStatementOutput":
            return {
                "statements": [
                    {"statement": each, "reason": "its words", "verdict": _stands(each, given["context"])}
                    for each in given["statements"]
                ]
            }
        case "AnswerRelevanceOutput":
            return {"question": given["response"], "noncommittal": 0}
        case "ContextPrecisionOutput":
            return {"reason": "its words", "verdict": _stands(given["answer"], given["context"])}
        case "ContextRecallOutput":
            attributed = _stands(given["answer"], given["context"])
            return {
                "classifications": [{"statement": given["answer"], "reason": "its words", "attributed": attributed}]
            }
        case _:
            raise ValueError(f"a judge is never asked for {title}")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text that hold a letter."""
    return [each.strip() for each in _SENTENCE.findall(text) if re.search(r"[a-z]", each)]


def _stands(statement: str, context: str) -> int:
    return int(set(_WORD.findall(statement.lower())) <= set(_WORD.findall(context.lower())))
