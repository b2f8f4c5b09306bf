#!/bin/sh
# Set the project up in .venv, with uv from the path or a private copy in .tools; nothing system-wide.
# Runs from the repository's root, which may contain spaces. Quick when nothing changed.
set -eu

stamp=.venv/.set-up
minimum_uv=0.7

say() { printf '%s\n' "$*" >&2; }

# What the environment was made from: the lock, the project file and the place (scripts in .venv carry its path).
wanted() { cksum uv.lock pyproject.toml; pwd; }

find_python() {
    for candidate in python3.11 python3.12 python3.13 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    say "Bulkhead needs Python 3.11, 3.12 or 3.13 on the path: install one and run make again."
    exit 1
}

# True when the uv given reads this lock file; PYTHON does the comparing because `sort -V` is not everywhere.
recent() {
    "$1" --version 2>/dev/null | "$python" -c '
import re, sys
found = re.match(r"uv (\d+)\.(\d+)", sys.stdin.read())
wanted = tuple(map(int, sys.argv[1].split(".")))
sys.exit(not found or tuple(map(int, found.groups())) < wanted)' "$minimum_uv"
}

find_uv() {
    for candidate in uv .tools/uv/bin/uv .tools/uv-alone/bin/uv; do
        if recent "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    install_uv
}

install_uv() {
    say "Installing uv into .tools (private to this folder)…"
    if "$python" -m venv --clear .tools/uv >/dev/null 2>&1 && .tools/uv/bin/python -m pip install --quiet --root-user-action=ignore uv >&2; then
        # uv is a program of its own: what put it there is 40 MB that nobody needs again.
        .tools/uv/bin/python -m pip uninstall --quiet --yes --root-user-action=ignore setuptools pip >&2 || true
        printf '%s\n' .tools/uv/bin/uv
    elif "$python" -m pip --version >/dev/null 2>&1 && "$python" -m pip install --quiet --root-user-action=ignore --target .tools/uv-alone uv >&2; then
        printf '%s\n' .tools/uv-alone/bin/uv
    else
        say "uv could not be installed: give $python a pip (or put uv on the path) and run make again."
        exit 1
    fi
}

if [ -f "$stamp" ] && [ "$(wanted)" = "$(cat "$stamp")" ]; then
    exit 0
fi
if [ -f "$stamp" ] && [ "$(pwd)" != "$(tail -n 1 "$stamp")" ]; then
    rm -rf .venv # the folder was moved or copied: its scripts point to the old place
fi
python=$(find_python)
uv=$(find_uv)
unset VIRTUAL_ENV # somebody else's environment is not ours to fill
UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy "$uv" sync --frozen --python "$python"
wanted >"$stamp"
