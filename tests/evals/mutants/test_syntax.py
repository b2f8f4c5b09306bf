"""A pattern finds the syntax that it says, whatever the layout, and what is replaced keeps its place."""

import ast

import pytest

from evals.mutants.syntax import NoMatch, definitions, rewritten

PROGRAM = '''\
"""What the module is for."""

LIMIT = 3


@final
class Door:
    """A door."""

    name: str = ""

    def open(self, key: str, times: int = 1) -> bool:
        """Open it."""
        if key == "right" and times < LIMIT:  # a comment
            self.note(key,
                      times)
            return True
        return False


async def pass_through(door: Door) -> None:
    async with door.held() as way:
        await way.go()
    door.close()
    door.lock()
'''


NOTE = "self.note(key,\n                      times)"
REPLACED = [
    ("Door.open", "key == 'right' and times < LIMIT", "times", 'key == "right" and times < LIMIT', "times"),
    ("Door.open", "self.note(key, times)", "pass", NOTE, "pass"),
    ("Door.open", "self.note(...)", "self.note()", NOTE, "self.note()"),
    ("Door.open", "return False", "x = 1\nreturn x", "return False", "x = 1\n        return x"),
    ("Door.open", "times: int = 1", "$found, loud: bool", "times: int = 1", "times: int = 1, loud: bool"),
    ("Door.open", "key: str", "$found, how: str", "key: str", "key: str, how: str"),
    ("Door.open", "key == $what", "$what in key", 'key == "right"', '"right" in key'),
    ("Door", 'name: str = ""', "$found\nage: int", 'name: str = ""', 'name: str = ""\n    age: int'),
    ("pass_through", "async with $x as $y: ...\n...\ndoor.lock()", "pass", PROGRAM[-87:-1], "pass"),
    ("LIMIT", "3", "4", "LIMIT = 3", "LIMIT = 4"),
    ("", "LIMIT = 3", "LIMIT = 5", "LIMIT = 3", "LIMIT = 5"),
    ("Door", "", "x = 1", "@final\nclass", "x = 1\n\n\n@final\nclass"),
]


@pytest.mark.parametrize(("qualname", "find", "replace", "before", "after"), REPLACED)
def test_what_matches_once_is_replaced(qualname: str, find: str, replace: str, before: str, after: str) -> None:
    assert PROGRAM.count(before) == 1
    assert rewritten(PROGRAM, qualname, find, replace) == PROGRAM.replace(before, after)


def test_a_captured_block_moves_with_its_indentation() -> None:
    found = rewritten(PROGRAM, "pass_through", "async with door.held() as $way: ...", "if door:\n    $found")
    assert "    if door:\n        async with door.held() as way:\n            await way.go()\n    door.close()" in found


@pytest.mark.parametrize(
    ("qualname", "find", "says"),
    [
        ("Door.open", "times", "2 places"),
        ("Door.open", "wrong(key)", "0 places"),
        ("Door.open", "key == (", "no Python"),
        ("pass_through", "door.close()\n...", "neither begins nor ends"),
        ("Door.open", "$a < $a", "0 places"),
        ("Door.shut", "key", "defined 0 times"),
        ("pass_through", "door.lock()\ndoor.close()", "0 places"),
        ("Door.open", "times: str", "0 places"),
        ("Door.open", "times: int", "0 places"),
    ],
)
def test_what_does_not_occur_exactly_once_is_refused(qualname: str, find: str, says: str) -> None:
    with pytest.raises(NoMatch, match=says):
        rewritten(PROGRAM, qualname, find, "pass")


def test_a_replacement_names_only_what_the_pattern_names() -> None:
    with pytest.raises(NoMatch, match=r"\$other"):
        rewritten(PROGRAM, "Door.open", "key == $what", "$other")


def test_letters_beyond_ascii_move_nothing() -> None:
    assert rewritten("a = ('ä…', f(1), 'ü')\n", "", "f(...)", "g()") == "a = ('ä…', g(), 'ü')\n"


@pytest.mark.parametrize(
    ("qualname", "count"), [("Door.open", 1), ("open", 0), ("LIMIT", 1), ("Door.name", 1), ("A", 2)]
)
def test_definitions_are_found_by_their_qualified_name(qualname: str, count: int) -> None:
    assert len(definitions(ast.parse(PROGRAM + "if x:\n    A = 1\nelse:\n    A = 2\n"), qualname)) == count
