"""Which walls this machine can raise around a parser, found by raising each of them once in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ingestion.parse.sandbox import kernel


@dataclass(frozen=True, slots=True)
class Walls:
    """The walls to raise, or found to hold: each a name that `bulkhead doctor` can print."""

    landlock: bool = False
    private_root: bool = False
    network_namespace: bool = False
    process_namespace: bool = False
    call_filter: bool = False
    other_user: bool = False
    resource_limits: bool = True

    @property
    def files(self) -> bool:
        """Whether something keeps the parser from files that are not its own."""
        return self.landlock or self.private_root

    @property
    def network(self) -> bool:
        """Whether something keeps the parser from the network."""
        return self.network_namespace or self.call_filter


def walls() -> Walls:
    """Find the walls that hold here; takes some 0.2 s and starts one short process, whose failure means none."""
    if not kernel.LINUX:
        return Walls()
    command = [sys.executable, "-I", "-m", "ingestion.parse.sandbox.probe"]
    answer = subprocess.run(command, env={}, capture_output=True, check=False, timeout=60)  # noqa: S603 - our own program, fixed arguments
    if answer.returncode != 0:
        return Walls()
    return Walls(**json.loads(answer.stdout))


def leave_namespaces(flags: int) -> None:
    """Leave the namespaces in `flags`: as root directly, else through a user namespace of one's own. Raises OSError."""
    try:
        kernel.unshare(flags)
    except PermissionError:
        user, group = os.geteuid(), os.getegid()
        kernel.unshare(kernel.NEW_USER | flags)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
