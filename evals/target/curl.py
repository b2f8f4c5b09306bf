"""Write a request as a line for a shell, with every secret of its sender as a variable."""

import json
import re
import shlex
from collections.abc import Mapping

from evals.target.operation import Request


def curl_line(request: Request, url: str, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """Return a `curl` command; `secrets` maps a secret to the variable that stands for it."""
    words = ["-X", request.method, url]
    for name, value in {**request.headers, **credentials}.items():
        words += ["-H", f"{name}: {value}"]
    if request.cookies:
        words += ["-b", "; ".join(f"{name}={value}" for name, value in request.cookies.items())]
    words += _body(request)
    return " ".join(["curl -sS", *(_quoted(word, secrets) for word in words)])


def variable(principal: str, name: str) -> str:
    """Return the name of the variable for a principal's value: `ALPHA_TOKEN`."""
    return re.sub(r"\W+", "_", f"{principal}_{name}", flags=re.ASCII).upper()


def _body(request: Request) -> list[str]:
    if request.files:
        words = []
        for name, value in (request.form or {}).items():
            words += ["--form-string", f"{name}={value}"]
        for field, name, content, kind in request.files:
            shown = content.decode("utf-8", errors="replace").replace("\\", "\\\\").replace('"', '\\"')
            words += ["-F", f'{field}="{shown}";filename={json.dumps(name, ensure_ascii=False)};type={kind}']
        return words
    if request.form is not None:
        return [word for name, value in request.form.items() for word in ("--data-urlencode", f"{name}={value}")]
    if request.content is not None:
        return ["--data-binary", request.content.decode("utf-8", errors="replace")]
    if request.json is not None:
        return ["-H", "Content-Type: application/json", "--data-raw", json.dumps(request.json, ensure_ascii=False)]
    return []


def _quoted(word: str, secrets: Mapping[str, str]) -> str:
    """Quote a word so that only the variables of secrets are expanded."""
    for secret, name in sorted(secrets.items(), key=lambda pair: -len(pair[0])):
        word = word.replace(secret, f"\0{name}\0")
    parts = word.split("\0")
    return "".join(
        f'"${part}"' if index % 2 else (shlex.quote(part) if part else "") for index, part in enumerate(parts)
    )
