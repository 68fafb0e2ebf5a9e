"""How much memory a process holds at most."""

from __future__ import annotations

from pathlib import Path


def peak(process) -> int:
    """The most memory that it held, KiB, ever or since that was forgotten."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.split("\n") if line.startswith("VmHWM")).split()[1])


def forget_peak(process) -> None:
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
