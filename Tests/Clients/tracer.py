"""strace on a running service: errors and death at the n-th system call of a kind."""

from __future__ import annotations

import secrets
import subprocess

import pytest


class Tracer:
    """Attached to a running service, or in front of one that starts: injects what it is told into the n-th such call of each thread."""

    def __init__(self, folder, call: str, fault: str, nth: int) -> None:
        self.log = folder / f"strace-{secrets.token_hex(4)}.log"
        self.options = ("-f", "-o", str(self.log), "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={nth}")
        self.process = None

    def attach(self, process) -> "Tracer":
        self.process = subprocess.Popen(
            ["strace", *self.options, "-p", str(process.pid)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        said = self.process.stderr.readline()
        if "attached" not in said:
            self.process.kill()
            skip_or_fail(said)
        return self

    def detach(self) -> None:
        # One that has seen its service die may wait for ever for the last thread of it.
        self.process.kill() if self.has_killed else self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stderr.close()

    @property
    def has_killed(self) -> bool:
        return self.log.exists() and "killed by SIGKILL" in self.log.read_text()

    @property
    def has_struck(self) -> bool:
        return self.log.exists() and any(word in self.log.read_text() for word in ("INJECTED", "killed by SIGKILL"))


def skip_or_fail(said: str) -> None:
    if "not permitted" in said.lower():
        pytest.skip(f"strace may not trace here: {said.strip()}")
    pytest.fail(f"strace does not attach: {said}")
