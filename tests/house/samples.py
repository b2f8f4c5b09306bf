"""Small made-up files shown to a rule, to see what it says of them."""

from textwrap import dedent

from tests.house.rules.tree import Rule, source


def flagged(rule: Rule, *samples: tuple[str, str]) -> list[int]:
    """Return the lines, file after file, at which `rule` finds fault with `samples`, each a path and a text."""
    return [finding.line for finding in rule([source(path, dedent(text)) for path, text in samples])]
