"""Perform the demonstration from beginning to end."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from app.calling.remote import Remote
from app.demo.acts import Member, ask_for_others, ask_own, erase, provision, upload
from app.demo.examples import Example, read_examples
from app.demo.service import Started, end, started
from app.demo.stage import Stage
from app.settings import ProviderSettings, Settings, environment
from tenancy.index.folder import default_root, why_not_memory


def perform(stage: Stage, examples: Path, keep: Path | None) -> None:
    """Run every act on the tenants below `examples`; keep the data in `keep` if it is given.

    Raises FileExistsError for a `keep` with data in it, NotStarted, and FileNotFoundError without examples.
    """
    tenants = read_examples(examples)
    machine, provider = Settings(), ProviderSettings()
    with _folder(keep) as folder:
        with started(folder, environment(**_variables(stage, folder, machine, provider))) as service:
            _acts(stage, service, tenants, _settings_of(provider))
            stage.held("the service ended cleanly", holds=end(service.process) == 0)
        if keep is not None:
            stage.note(f"The data is kept in {folder}: data (sealed), data.keys (its keys), service.log.")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        folder = Path(tempfile.mkdtemp(prefix="bulkhead-demo-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
        return
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise FileExistsError(17, "Choose a folder that is empty or not there yet", str(keep))
    yield keep.resolve()


def _variables(stage: Stage, folder: Path, machine: Settings, provider: ProviderSettings) -> dict[str, str]:
    """Return the settings of the demonstration's own service: embedded stores, and what this machine needs."""
    root = (machine.index_dir or default_root()).resolve()
    values = {"BULKHEAD_DATA_DIR": str(folder / "data"), "BULKHEAD_INDEX_DIR": str(root)}
    values["BULKHEAD_SENTINEL_INTERVAL_SECONDS"] = "0"  # three tenants are shown, and there are no others
    reason = why_not_memory(root if root.exists() else root.parent)
    if reason is not None:
        stage.note(f"Note: {reason}; vectors of awake tenants may reach its disk (BULKHEAD_ACCEPT_INDEX_ON_DISK=1).")
        values["BULKHEAD_ACCEPT_INDEX_ON_DISK"] = "1"
    if machine.accept_unwalled_parsers:
        values["BULKHEAD_ACCEPT_UNWALLED_PARSERS"] = "1"
    if provider.api_key is not None:
        values["BULKHEAD_EGRESS_ALLOW"] = urlsplit(provider.base_url).hostname or ""
    return values


def _settings_of(provider: ProviderSettings) -> Mapping[str, str]:
    if provider.api_key is None:
        return {}
    key = provider.api_key.get_secret_value()
    return {"provider_key": key, "provider_base_url": provider.base_url, "model": provider.model}


def _acts(stage: Stage, service: Started, tenants: tuple[Example, ...], settings: Mapping[str, str]) -> None:
    with ExitStack() as stack:
        operators = stack.enter_context(Remote(service.operators, service.token))
        stage.act("1  Three tenants, created by an operator who can open none of them")
        members = [provision(stage, service.url, operators, example, settings) for example in tenants]
        for member in members:
            stack.enter_context(member.service)
        stage.act("2  Their documents, read behind walls, sealed under each tenant's own key")
        members = upload(stage, members)
        for member in members:
            stage.act(f"3  {member.example.name} asks its own documents")
            ask_own(stage, member)
        for member in members:
            stage.act(f"4  {member.example.name} is asked for what belongs to the others")
            ask_for_others(stage, member, [other for other in members if other is not member])
        stage.act(f"5  {members[-1].example.name} is erased")
        erase(stage, service.url, operators, members[-1])
        stage.held("the others still answer", holds=all(_answers(member) for member in members[:-1]))


def _answers(member: Member) -> bool:
    asked = {"question": member.example.questions[0].text}
    return not member.service.call("POST", "/v1/ask", json=asked)["refused"]
