"""A file keeps its external id wherever the command is run and however the file is named."""

from pathlib import Path

import pytest

from app.cli.remote.ingesting import external_ids


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with files, and stand in it."""
    (tmp_path / "papers" / "2024").mkdir(parents=True)
    for name in ("tide.md", "2024/tide.md", ".hidden"):
        (tmp_path / "papers" / name).write_text("text", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "papers")
    return tmp_path


@pytest.mark.parametrize("named", [".", "../papers", "{}/papers", "../papers/2024/.."])
def test_a_folder_is_known_by_its_own_name(folder: Path, named: str) -> None:
    files = external_ids([Path(named.format(folder))])
    assert [file.external_id for file in files] == ["papers/2024/tide.md", "papers/tide.md"]


@pytest.mark.parametrize("named", ["tide.md", "{}/papers/tide.md", "./2024/../tide.md"])
def test_a_file_is_known_by_its_folder_and_its_name(folder: Path, named: str) -> None:
    assert [file.external_id for file in external_ids([Path(named.format(folder))])] == ["papers/tide.md"]


def test_a_link_is_known_by_its_own_name(folder: Path) -> None:
    (folder / "papers" / "newest.md").symlink_to("tide.md")
    assert [file.external_id for file in external_ids([Path("newest.md")], "x/")] == ["x/papers/newest.md"]


@pytest.mark.usefixtures("folder")
def test_overlong_paths_are_shortened_and_stay_apart() -> None:
    for start in "ab":
        deep = Path(start + "d" * 90) / ("e" * 90) / ("f" * 90)
        deep.mkdir(parents=True)
        (deep / "tide.md").touch()
    ids = {file.external_id for file in external_ids([Path()])}
    assert len(ids) == 4
    assert {len(each) for each in ids} == {14, 19, 200}
    assert all(each.endswith("tide.md") for each in ids)


@pytest.mark.usefixtures("folder")
def test_a_name_in_another_form_or_no_text_at_all_is_an_id_too() -> None:
    Path("cafe\u0301.md").touch()
    Path("b\udcff.md").touch()
    ids = {file.external_id for file in external_ids([Path()])}
    assert {"papers/café.md", "papers/b\ufffd.md"} < ids
