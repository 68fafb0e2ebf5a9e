"""What all formats share: hashes, canonical base64 and numbers, bytes read one after another, and the error of what follows no format."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re


class Malformed(Exception):
    """Bytes that do not follow their format. The message says where."""


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def canonical_base64(text: bytes, what: str) -> bytes:
    """Padded standard base64 in its one spelling: no white space, no bits left over."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"{what}: not base64") from None
    if base64.b64encode(raw) != text:
        raise Malformed(f"{what}: not the canonical spelling of base64")
    return raw


def canonical_number(text: bytes, most: int, what: str) -> int:
    if not re.fullmatch(rb"0|[1-9][0-9]{0,18}", text) or int(text) > most:
        raise Malformed(f"{what}: not a decimal number of at most {most} without leading zeros")
    return int(text)


class Reader:
    def __init__(self, data: bytes):
        self.data, self.offset = data, 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.offset:
            raise Malformed(f"ends at byte {len(self.data)}, {count} more are announced at {self.offset}")
        self.offset += count
        return self.data[self.offset - count:self.offset]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")
