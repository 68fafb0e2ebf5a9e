"""Signed notes and checkpoints: C2SP signed-note, tlog-checkpoint, tlog-cosignature."""

from __future__ import annotations

import re
from dataclasses import dataclass

from verifier.ed25519 import ed25519_verify, is_small_order
from verifier.encoding import Malformed, canonical_base64, canonical_number, sha256

SIGNATURE_LINES_MAX = 64
ORIGIN_BYTES_MAX = 255
SIZE_MAX = 1 << 63
TIME_MAX = (1 << 63) - 1
PLAIN, COSIGNATURE = 1, 4


def check_key_name(name: bytes) -> None:
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raise Malformed("key name: not UTF-8") from None
    if not text or "+" in text or any(c.isspace() or c < " " for c in text):
        raise Malformed("key name: empty, or with a space, a plus sign or a control character")


@dataclass(frozen=True)
class VerifierKey:
    name: bytes
    key_id: bytes
    algorithm: int
    public: bytes

    @staticmethod
    def parse(line: bytes) -> VerifierKey:
        parts = line.split(b"+", 2)
        if len(parts) != 3:
            raise Malformed("verifier key: not name+id+key")
        name, hexadecimal, material = parts[0], parts[1], canonical_base64(parts[2], "verifier key")
        check_key_name(name)
        if not re.fullmatch(rb"[0-9a-f]{8}", hexadecimal):
            raise Malformed("verifier key: the id is not eight lower-case hexadecimal digits")
        if len(material) != 33 or material[0] not in (PLAIN, COSIGNATURE):
            raise Malformed("verifier key: neither an Ed25519 key (type 1) nor an Ed25519 cosignature key (type 4)")
        key_id = bytes.fromhex(hexadecimal.decode())
        if sha256(name, b"\n", material)[:4] != key_id:
            raise Malformed("verifier key: the id does not belong to name and key")
        if is_small_order(material[1:]):
            raise Malformed("verifier key: a point of small order")
        return VerifierKey(name, key_id, material[0], material[1:])

    @staticmethod
    def of_log(line: bytes) -> VerifierKey:
        key = VerifierKey.parse(line)
        if key.algorithm != PLAIN:
            raise Malformed("verifier key: a log's key has type 1")
        return key

    @staticmethod
    def of_witness(line: bytes) -> VerifierKey:
        """A witness cosigns: a key of type 1 stands for that of type 4 with the same name and point."""
        key = VerifierKey.parse(line)
        key_id = sha256(key.name, b"\n", bytes([COSIGNATURE]), key.public)[:4]
        return VerifierKey(key.name, key_id, COSIGNATURE, key.public)

    def owns(self, line: SignatureLine) -> bool:
        return self.name == line.name and self.key_id == line.key_id

    def verify(self, note: Note, signature: bytes) -> tuple[bool, int | None]:
        """Whether the signature is good, and the Unix time in it, in seconds, if it has one."""
        if self.algorithm == PLAIN:
            return len(signature) == 64 and ed25519_verify(self.public, signature, note.text), None
        time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        if time > TIME_MAX:
            return False, None
        message = b"cosignature/v1\ntime %d\n" % time + note.text
        return len(signature) == 64 and ed25519_verify(self.public, signature, message), time


@dataclass(frozen=True)
class SignatureLine:
    name: bytes
    key_id: bytes
    signature: bytes
    raw: bytes

    @staticmethod
    def parse(raw: bytes) -> SignatureLine:
        parts = raw.split(b" ")
        if len(parts) != 3 or parts[0] != "—".encode():
            raise Malformed("signature line: not a dash, a name and a signature")
        check_key_name(parts[1])
        blob = canonical_base64(parts[2], "signature line")
        if len(blob) < 5:
            raise Malformed("signature line: too short for a key id and a signature")
        return SignatureLine(parts[1], blob[:4], blob[4:], raw)


@dataclass(frozen=True)
class Checkpoint:
    origin: bytes
    size: int
    root: bytes

    @staticmethod
    def parse(text: bytes) -> Checkpoint:
        lines = text[:-1].split(b"\n")
        if not text.endswith(b"\n") or len(lines) < 3 or not all(lines):
            raise Malformed("checkpoint: not origin, size and root, each on its line")
        if len(lines[0]) > ORIGIN_BYTES_MAX:
            raise Malformed("checkpoint: the origin is longer than 255 bytes")
        root = canonical_base64(lines[2], "checkpoint root")
        if len(root) != 32:
            raise Malformed("checkpoint: the root is not a SHA-256 hash")
        return Checkpoint(lines[0], canonical_number(lines[1], SIZE_MAX, "checkpoint size"), root)


@dataclass(frozen=True)
class Note:
    text: bytes
    lines: list[SignatureLine]

    @staticmethod
    def parse(data: bytes) -> Note:
        try:
            data.decode()
        except UnicodeDecodeError:
            raise Malformed("signed note: not UTF-8") from None
        if any(byte < 0x20 and byte != 0x0A for byte in data):
            raise Malformed("signed note: a control character")
        end = data.rfind(b"\n\n")
        if end < 0 or not data.endswith(b"\n") or end + 2 == len(data):
            raise Malformed("signed note: no empty line with signature lines behind it")
        lines = data[end + 2:-1].split(b"\n")
        if len(lines) > SIGNATURE_LINES_MAX:
            raise Malformed("signed note: more than 64 signature lines")
        return Note(data[:end + 1], [SignatureLine.parse(line) for line in lines])

    def checkpoint(self) -> Checkpoint:
        return Checkpoint.parse(self.text)
