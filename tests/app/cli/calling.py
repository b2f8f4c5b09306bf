"""A program that calls commands one after another in one process, for each start of the command line takes seconds.

`python -m tests.app.cli.calling CALLS`: CALLS is a JSON list of lists of words. It prints a JSON list of
`[exit code, output with standard error]`.
"""

import json
import sys
from collections.abc import Sequence
from importlib import import_module

from typer.testing import CliRunner

from app.cli.main import _COMMANDS


def _called(words: Sequence[str]) -> tuple[int, str]:
    app = import_module(_COMMANDS[words[0]][0]).app
    result = CliRunner().invoke(app, list(words[1:]))
    return result.exit_code, f"{result.output}\n{result.stderr}"


if __name__ == "__main__":
    answers = [_called(words) for words in json.loads(sys.argv[1])]
    sys.stdout.write(json.dumps(answers))
