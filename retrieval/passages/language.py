"""Whether a question is in another language than a passage, so that its words cannot be looked for in it."""

import re
from collections import Counter
from typing import Final

from tenancy.models.terms.languages import Language, languages_of, likely_languages, script_of

_WORD: Final = re.compile(r"[^\W\d_]+")
_OWN_SCRIPT: Final = 0.3  # of a question's letters: a passage of fewer is in another script


def in_another_language(question: str, passage: str) -> bool:
    """Tell whether `question` is surely in another language; where either does not tell, it is not."""
    asked, read = _by_script(question), _by_script(passage)
    if not asked or not read:
        return False
    script = max(asked, key=lambda each: sum(map(len, asked[each])))
    letters = sum(sum(map(len, words)) for words in read.values())
    if sum(map(len, read.get(script, ()))) < _OWN_SCRIPT * letters:
        return True
    likely, languages = likely_languages(asked[script], script), languages_of(read[script].keys(), script)
    return bool(likely) and len(languages) == 1 and languages[0] not in likely


def _by_script(text: str) -> dict[tuple[Language, ...], Counter[str]]:
    found: dict[tuple[Language, ...], Counter[str]] = {}
    for word in _WORD.findall(text.casefold()):
        found.setdefault(script_of(word), Counter())[word] += 1
    return found
