"""A manifest's faults are told with file, line and field, all of them at once."""

from pathlib import Path

import pytest

from app.cli.tenants.manifest import BadManifest, read_manifest

_GOOD = """\
# what runs in production
tenants:
  - name: Acme & Sons
    plan: dedicated
    limits: {requests_per_minute: 600, monthly_usd: 99.5}
    profile: {template: legal, tone: dry}
  - name: "2024"
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "tenants.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _faults(folder: Path, text: str) -> list[str]:
    path = _write(folder, text)
    with pytest.raises(BadManifest) as bad:
        read_manifest(path)
    return str(bad.value).replace(f"{path}:", "").splitlines()


def test_what_a_manifest_says_is_read(tmp_path: Path) -> None:
    read = read_manifest(_write(tmp_path, _GOOD))
    first, second = read.tenants
    assert (first.name, first.plan, first.limits) == (
        "Acme & Sons", "dedicated", {"requests_per_minute": 600, "monthly_usd": 99.5}
    )  # fmt: skip
    assert first.profile is not None
    assert first.profile["tone"] == "dry"
    assert first.profile["constraints"]  # the template's
    assert (second.name, second.plan, second.limits, second.profile) == ("2024", None, None, None)
    assert read.lines == (3, 7)


@pytest.mark.parametrize(
    ("text", "begins", "says"),
    [
        ("", "1: the file:", "mapping"),
        ("- name: A", "1: the file:", "mapping"),
        ("tenants: none", "1: tenants:", "list"),
        ("tenants:\n  - Acme", "2: tenants[0]:", "mapping"),
        ("tenants:\n  - plan: free", "2: tenants[0].name:", "needs a name"),
        ("tenants:\n  - name: 2024", "2: tenants[0].name:", "in quotes"),
        ("tenants:\n  - name: ''", "2: tenants[0].name:", "1 to 200"),
        ("tenants:\n  - name: A\n    plan: gold", "3: tenants[0].plan:", "no such plan"),
        ("tenants:\n  - name: A\n    tier: 1", "3: tenants[0].tier:", "no such field"),
        ("tenants:\n  - name: A\n    name: B", "3: tenants[0].name:", "said twice"),
        ("tenants: []\ntenants: []", "2: tenants:", "said twice"),
        ("tenant: []", "1: tenant:", "no such field"),
        ("tenants:\n  - name: A\n    limits:\n      tenants: 5", "4: tenants[0].limits.tenants:", "no such field"),
        ("tenants:\n  - name: A\n    limits: {burst: -1}", "3: tenants[0].limits.burst:", "a number"),
        ("tenants:\n  - name: A\n    limits: {burst: yes}", "3: tenants[0].limits.burst:", "a number"),
        ("tenants:\n  - name: A\n    limits: {burst: .inf}", "3: tenants[0].limits.burst:", "a number"),
        ("tenants:\n  - name: A\n    limits: {burst: lots}", "3: tenants[0].limits.burst:", "a number"),
        ("tenants:\n  - name: A\n    limits: 5", "3: tenants[0].limits:", "mapping"),
        ("tenants:\n  - name: A\n    profile: {tone: '{{7*7}}'}", "3: tenants[0].profile:", "tone"),
        ("tenants:\n  - name: A\n    profile: {template: none}", "3: tenants[0].profile:", "template"),
        ("tenants:\n  - name: A\n    profile: warm", "3: tenants[0].profile:", "mapping"),
        ("tenants:\n  - name: A\n    clients: [{name: x}]", "3: tenants[0].clients:", "only the tenant can make them"),
        ("tenants:\n  - name: Acme, Inc.\n  - name: ACME INC", "3: tenants[1].name:", "the same as the name in line 2"),
        ("tenants:\n  - name: [", "2: this is not YAML", ""),
        ("tenants: &a [*a]\nb: *c", "2: this is not YAML", ""),
        ("a: !!python/object:os.system x", "1: a:", "no such field"),
        ("tenants:\n  - name: !!python/name:os.system x", "2: this is not YAML", ""),
    ],
)
def test_a_fault_names_file_line_and_field(tmp_path: Path, text: str, begins: str, says: str) -> None:
    fault = _faults(tmp_path, text)[0]
    assert fault.startswith(begins)
    assert says in fault


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = "tenants:\n  - name: A\n    plan: gold\n  - name: B\n    limits: {burst: -1}\n  - {}\n"
    assert [fault.split(":")[0] for fault in _faults(tmp_path, text)] == ["3", "5", "6"]


def test_a_file_that_is_too_long_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text("#" * 2_000_000, encoding="utf-8")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("long.yaml", "bytes.yaml"):
        with pytest.raises(BadManifest, match=name):
            read_manifest(tmp_path / name)
