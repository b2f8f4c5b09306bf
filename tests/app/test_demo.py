"""The demonstration holds from beginning to end, keeps what it is told to keep, and can fail."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from app.demo.examples import HOME
from app.settings import environment


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demonstration in `folder`."""
    accepted = {"BULKHEAD_ACCEPT_INDEX_ON_DISK": "1", "BULKHEAD_ACCEPT_UNWALLED_PARSERS": "1"}
    command = [sys.executable, "-P", "-m", "app.cli", "demo", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(**accepted), capture_output=True, text=True, check=False)


def test_every_step_holds_and_the_kept_data_shows_nothing_of_the_documents(tmp_path: Path) -> None:
    done = demo(tmp_path, "--keep", str(tmp_path / "kept"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("Every step held.")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file())
    words = [secret["secret"] for path in HOME.glob("*/secrets.json") for secret in json.loads(path.read_text("utf-8"))]
    names = [path.name for path in HOME.glob("*/documents/*")]
    assert len(words) > 10
    for said in (*words, *names):
        for encoding in ("utf-8", "utf-16-le"):
            assert said.encode(encoding) not in kept, said
    assert demo(tmp_path, "--keep", str(tmp_path / "kept")).returncode == 1  # not over what is there


def test_a_wrong_answer_makes_it_fail_and_says_which(tmp_path: Path) -> None:
    examples = tmp_path / "examples"
    for name in ("harrow-voss-law", "kelpstone-desk"):
        shutil.copytree(HOME / name, examples / name)
        for path in (examples / name / "documents").iterdir():
            if path.suffix != ".md":
                path.unlink()
        question = {"question": "What is the colour of the moon gate?", "answer": ["vermilion"], "sources": ["x.md"]}
        (examples / name / "questions.json").write_text(json.dumps([question]), encoding="utf-8")
    done = demo(tmp_path, "--examples", str(examples))
    assert done.returncode == 1
    assert "2 steps did not hold:" in done.stdout or "did not hold" in done.stdout
    assert "What is the colour of the moon gate?" in done.stdout.rpartition("did not hold")[2]


def test_without_examples_it_says_so(tmp_path: Path) -> None:
    done = demo(tmp_path, "--examples", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "no example tenants" in done.stderr
