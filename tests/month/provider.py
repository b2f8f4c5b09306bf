"""What the month's model provider answers, and what it says that it counted."""

import re
from dataclasses import dataclass
from typing import Final

from tests.month.lives import PRICE
from tests.standins.openai_server import Asked, Reply

MODEL: Final = "month-model"
CATALOGUE: Final = f"""\
version: month
models:
  e5-small:
    - {{from: 1970-01-01, embedding: 0}}
  {MODEL}:
    - {{from: 1970-01-01, prompt: {PRICE}, completion: {PRICE}}}
unlisted:
  - {{from: 1970-01-01, prompt: {PRICE}, completion: {PRICE}, embedding: 0}}
storage:
  - {{from: 1970-01-01, gigabyte_month: 0.08}}
"""
ANSWER: Final = "The quay was rebuilt in 1931 [1]."
REFUSAL: Final = "NOT_IN_DOCUMENTS"
_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Said:
    """Tokens that the next answer costs; `prompt` None for as many as its messages have words."""

    prompt: int | None
    completion: int
    refused: bool = False


def reply(asked: Asked, said: Said) -> Reply:
    """Return a completion; no answer is longer than was asked for, where prompts are counted as they are."""
    prompt, completion = said.prompt, said.completion
    if prompt is None:
        prompt = sum(len(_WORD.findall(message["content"])) for message in asked.body["messages"])
        completion = min(completion, asked.body["max_tokens"])
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    message = {"role": "assistant", "content": REFUSAL if said.refused else ANSWER}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return Reply(
        {"id": "1", "object": "chat.completion", "model": asked.body["model"], "choices": [choice], "usage": usage}
    )
