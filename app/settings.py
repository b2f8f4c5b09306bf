"""Read the environment, once; nothing else in the repository does."""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tenancy.models.encoders.installed import chosen, sources
from tenancy.models.encoders.traits import EncoderBroken

_SECRETS = "/run/secrets" if Path("/run/secrets").is_dir() else None
"""Where containers mount secrets, one file for each, named like its variable in lower case."""


class Settings(BaseSettings):
    """Every `BULKHEAD_*` setting; a secret has no default, an unset URL means embedded."""

    model_config = SettingsConfigDict(
        env_prefix="BULKHEAD_", env_file=".env", secrets_dir=_SECRETS, extra="ignore", frozen=True
    )

    data_dir: Path = Field(Path("data"), description="Where sealed records, blobs and the registry rest.")
    key_dir: Path | None = Field(None, description="Where keys rest. Unset: beside the data folder, with `.keys`.")
    index_dir: Path | None = Field(None, description="Where awake collections live: memory, never a disk.")
    database_url: SecretStr | None = Field(None, description="PostgreSQL for records. Unset: SQLite files.")
    database_owner_url: SecretStr | None = Field(
        None, description="PostgreSQL as the tables' owner, for migrations. Unset: the URL above is the owner's."
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis for the queue and the counters of limits. Unset: the API process does both."
    )
    qdrant_url: str | None = Field(None, description="A Qdrant server. Unset: Qdrant's engine in this process.")
    qdrant_api_key: SecretStr | None = Field(None, description="The key that signs Qdrant's JWTs.")
    blob_url: str | None = Field(None, description="`file:` URL of another blob folder. Unset: below the data folder.")
    key_provider: str = Field("local", description="Who holds the wrapping keys. Only `local` in this version.")
    egress_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts and networks, with commas, that tenants' outbound addresses may reach besides public ones.",
    )
    public_url: str | None = Field(None, description="The address clients use, for links.")
    accept_index_on_disk: bool = Field(
        default=False, description="Accept that awake collections may reach a disk (no tmpfs, or swap is on)."
    )
    accept_unwalled_parsers: bool = Field(
        default=False, description="Accept parsers without a file-system and network wall (a kernel that has none)."
    )
    index_memory_mb: int = Field(2048, ge=16, description="Megabytes that awake collections may take in all.")
    index_memory_mb_tenant: int = Field(1024, ge=16, description="Megabytes that one tenant's collection may take.")
    key_refresh_seconds: float = Field(60.0, gt=0, description="Seconds after which an opened key is asked for again.")
    key_expire_seconds: float = Field(300.0, gt=0, description="Seconds after which an opened key is gone.")
    sentinel_interval_seconds: float = Field(
        300.0, ge=0, description="Seconds between probes by the deployment's own sentinel tenants; 0 makes none."
    )
    prices: Path | None = Field(None, description="A catalogue of prices of your own. Unset: the shipped one.")
    tariff: Path | None = Field(None, description="A tariff of the plans of your own. Unset: the shipped one.")
    embedder: str | None = Field(
        None, description="The encoder of new tenants, by name. Unset: `e5-small` where it is installed, else `minilm`."
    )
    embedder_dir: Path | None = Field(None, description="A folder with an ONNX encoder of your own.")
    worker_parallel: int = Field(
        2, ge=1, le=64, description="Documents worked on at the same time; long ones step aside, as many and one more."
    )

    @field_validator("egress_allow", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.qdrant_url is not None and self.qdrant_api_key is None:
            raise ValueError("BULKHEAD_QDRANT_URL needs BULKHEAD_QDRANT_API_KEY: every request carries a JWT.")
        if self.key_provider != "local":
            raise ValueError("BULKHEAD_KEY_PROVIDER: only 'local' exists in this version.")
        if self.blob_url is not None and not re.fullmatch(r"file:///.+", self.blob_url):
            raise ValueError("BULKHEAD_BLOB_URL: only file:///an/absolute/folder exists in this version.")
        for allowed in self.egress_allow:
            if "/" in allowed:
                ip_network(allowed)
        try:
            chosen(sources(self.embedder_dir), self.embedder)
        except EncoderBroken as error:
            raise ValueError(str(error)) from error
        if self.keys_folder.resolve().is_relative_to(self.data_dir.resolve()):
            raise ValueError("BULKHEAD_KEY_DIR lies inside BULKHEAD_DATA_DIR: a copy of the data must hold no key.")
        return self

    @property
    def keys_folder(self) -> Path:
        """The key folder in force."""
        return self.key_dir or self.data_dir.with_name(self.data_dir.name + ".keys")

    @property
    def blobs_folder(self) -> Path:
        """The folder of sealed originals in force."""
        return self.data_dir / "blobs" if self.blob_url is None else Path(url2pathname(urlsplit(self.blob_url).path))


class ServiceSettings(BaseSettings):
    """Where commands find the running service."""

    model_config = SettingsConfigDict(
        env_prefix="BULKHEAD_", env_file=".env", secrets_dir=_SECRETS, extra="ignore", frozen=True
    )

    url: str = Field("http://127.0.0.1:8000", description="The service's first address.")


class ClientSettings(ServiceSettings):
    """What `bulkhead ask`, `ingest` and `client` sign in with: a tenant's own credentials."""

    client_id: str = Field(description="The client of the tenant that asks.")
    client_secret: SecretStr = Field(description="That client's secret.")


def has_credentials() -> bool:
    """Tell whether the environment names a client's credentials."""
    try:
        ClientSettings()
    except ValidationError:
        return False
    return True


class ProviderSettings(BaseSettings):
    """The model provider that the demo gives to its tenants, if there is one."""

    model_config = SettingsConfigDict(env_prefix="OPENAI_", env_file=".env", extra="ignore", frozen=True)

    api_key: SecretStr | None = Field(None, description="With it, the demo's answers are written by a model.")
    base_url: str = Field("https://api.openai.com/v1", description="Any OpenAI-compatible endpoint.")
    model: str = Field("gpt-4o-mini", description="The model's name there.")


def environment(**values: str) -> dict[str, str]:
    """Return this process's environment for a service of its own: of our settings, `values` and no others."""
    foreign = ("BULKHEAD_", "OPENAI_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | values


def redacted(settings: Settings) -> dict[str, str]:
    """Return what `doctor` may show: no secret, only whether it is set."""
    return {name: "set" if isinstance(value, SecretStr) else _shown(value) for name, value in settings}


def _shown(value: object) -> str:
    if value is None or value == ():
        return "unset"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
