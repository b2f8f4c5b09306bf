"""Speak to a running service over HTTP, with a tenant's or an operator's own token."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, final

import httpx

_SECONDS: Final = httpx.Timeout(120.0, connect=10.0)
_DATA: Final = "data: "
_LOOK_SECONDS: Final = 0.5
_UNAUTHORIZED: Final = 401
_NOT_NOW: Final = 503  # what `/readyz` answers with while something is missing
_SETTLED: Final = frozenset({"ready", "failed"})
Json = dict[str, Any]


class Refused(Exception):
    """The service refused or could not be reached; the message is a sentence for a person."""

    def __init__(self, sentence: str, status: int = 0, code: str = "") -> None:
        """Keep the problem's `status` and `code`; 0 and nothing when there was no answer."""
        super().__init__(sentence)
        self.status = status
        self.code = code


@final
class Remote:
    """One address of a service, spoken to with one token."""

    def __init__(self, url: str, token: str = "", credentials: tuple[str, str] | None = None) -> None:
        """Speak to `url`; with a client's id and secret, a token is fetched when one is needed."""
        self._http = httpx.Client(base_url=url, timeout=_SECONDS, trust_env=False)
        self._url = url
        self._token = token
        self._credentials = credentials

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, **given: Any) -> Json:  # noqa: ANN401 - what httpx takes
        """Return the JSON of a successful answer, `{}` for none; Refused otherwise."""
        return _read(self._answer(method, path, given))

    def text(self, path: str, **given: Any) -> str:  # noqa: ANN401 - what httpx takes
        """Return the text of what is at `path`; Refused otherwise."""
        response = self._answer("GET", path, given)
        if not response.is_success:
            _read(response)
        return response.text

    def _answer(self, method: str, path: str, given: Mapping[str, Any]) -> httpx.Response:
        if not self._token and self._credentials is not None:
            self._sign_in()
        response = self._send(method, path, given)
        if response.status_code == _UNAUTHORIZED and self._credentials is not None:  # a token holds for an hour
            self._sign_in()
            response = self._send(method, path, given)
        return response

    def upload(self, path: Path, name: str, external_id: str | None = None) -> Json:
        """Upload a file under `name`; return its document, which is the one with this external id if there is one."""
        fields = {} if external_id is None else {"external_id": external_id}
        with path.open("rb") as file:
            return self.call("POST", "/v1/documents", files={"file": (name, file)}, data=fields)

    def settled(self, document: str) -> Json:
        """Return a document when it is ready or has failed, as its events tell; Refused when they end before that."""
        last: Json = {}
        headers = {"Authorization": f"Bearer {self.token()}"}
        try:
            with self._http.stream("GET", f"/v1/documents/{document}/events", headers=headers) as response:
                if not response.is_success:
                    response.read()
                    return _read(response)
                for line in response.iter_lines():
                    if line.startswith(_DATA):
                        last = json.loads(line.removeprefix(_DATA))
        except httpx.HTTPError as error:
            raise self._silent(error) from None
        if last.get("status") not in _SETTLED:
            raise Refused(last.get("detail") or "The service ended before the document was ready.")
        return last

    def wait(self, path: str, field: str, value: str, longest: float) -> Json:
        """Return what is at `path` once its `field` is `value`; Refused after `longest` seconds."""
        deadline = time.monotonic() + longest
        while time.monotonic() < deadline:
            try:
                found = self.call("GET", path)
            except Refused as refused:
                if refused.status != _NOT_NOW:
                    raise
            else:
                if found[field] == value:
                    return found
            time.sleep(_LOOK_SECONDS)
        raise Refused(f"{path} was not {value} within {longest:.0f} seconds.")

    def token(self) -> str:
        """Return the token in use, fetched if there is none yet."""
        if not self._token:
            self._sign_in()
        return self._token

    def _sign_in(self) -> None:
        if self._credentials is None:
            return
        client, secret = self._credentials
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        self._token = ""
        self._token = str(_read(self._send("POST", "/v1/token", {"data": form}))["access_token"])

    def _send(self, method: str, path: str, given: Mapping[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        for opened in given.get("files", {}).values():
            opened[1].seek(0)
        try:
            return self._http.request(method, path, headers=headers, **given)
        except httpx.HTTPError as error:
            raise self._silent(error) from None

    def _silent(self, error: httpx.HTTPError) -> Refused:
        return Refused(f"No answer from {self._url}: {type(error).__name__}. Is the service running?")


def _read(response: httpx.Response) -> Json:
    try:
        body: Any = response.json() if response.content else {}
    except ValueError:
        body = {}
    if response.is_success and isinstance(body, dict):
        return body
    problem = body if isinstance(body, dict) else {}
    sentence = problem.get("detail") or problem.get("error_description") or f"HTTP status {response.status_code}"
    for fault in problem.get("errors", ()):
        sentence += f" {fault.get('pointer') or fault.get('parameter', '')}: {fault['detail']}"
    raise Refused(sentence, response.status_code, problem.get("code") or problem.get("error") or "")
