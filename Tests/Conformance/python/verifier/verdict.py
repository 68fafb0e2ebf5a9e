"""What can be said of evidence; the numbers are exit codes."""

from __future__ import annotations

from enum import IntEnum


class Verdict(IntEnum):
    MATCHES = 0
    DOCUMENT_CHANGED = 1
    USAGE = 2
    EVIDENCE_DAMAGED = 3
    NOT_IN_LEDGER = 4
    CANNOT_TELL = 5

    @property
    def words(self) -> str:
        return "cannot tell now" if self is Verdict.CANNOT_TELL else self.name.lower().replace("_", " ")
