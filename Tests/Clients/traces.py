"""Whether words are found on disk: in the data folder, in the logs, in the second state of the signer."""

from __future__ import annotations

import re


def files(ledger):
    yield from (path for path in ledger.data.rglob("*") if path.is_file())
    yield from ledger.logs
    yield from (path for path in ledger.tamga.state_home.rglob("*") if path.is_file())


def hit(word: str, content: bytes) -> bool:
    """Whether a text is in the bytes. Digits alone count only where no hexadecimal digit stands beside them: the files are full of
    hexadecimal."""
    encoded = word.encode()
    if encoded not in content or not word.isdecimal():
        return encoded in content
    return re.search(rb"(?<![0-9A-Fa-f])" + re.escape(encoded) + rb"(?![0-9A-Fa-f])", content) is not None
