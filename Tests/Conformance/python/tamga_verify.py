#!/usr/bin/env python3
"""Verifies a Tamga evidence file. Written from Ledger/FORMATS.md and the C2SP documents alone, so that it can disagree.

    tamga_verify.py EVIDENCE [--document FILE] [--expect NAME=VALUE]… [--with EVIDENCE] (--key VKEY | --policy FILE) [--json]

--with names the evidence of an act's fee receipt, or of the receipt's act: whether the two name each other.

Exit codes: 0 matches · 1 document changed · 2 wrong usage · 3 evidence damaged · 4 not in ledger · 5 cannot tell now.
It reads the files it is given and nothing else: no network, no clock, no settings. Issuers' signatures and time-stamp
tokens are carried beside the verdict and are not judged here.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EVIDENCE_BYTES_MAX = 512 * 1024
EXTRA_BYTES_MAX = 45_000
SIGNATURE_LINES_MAX = 64
VALUE_BYTES_MAX = 1 << 20
ORIGIN_BYTES_MAX = 255
INDEX_MAX = (1 << 63) - 1
SIZE_MAX = 1 << 63
PROOF_LINES_MAX = 63
TIME_MAX = (1 << 63) - 1


class Malformed(Exception):
    """Bytes that do not follow their format. The message says where."""


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


# Merkle tree: RFC 6962 section 2.1


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00", entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01", left, right)


def inclusion_holds(index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size or len(leaf) != 32 or any(len(node) != 32 for node in proof):
        return False
    position, last, value = index, size - 1, leaf
    for node in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            value = node_hash(node, value)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, node)
        position, last = position >> 1, last >> 1
    return last == 0 and value == root


def consistency_holds(size1: int, size2: int, root1: bytes, root2: bytes, proof: list[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2. A proof from the empty tree is refused: it says nothing."""
    if not 0 < size1 <= size2 or any(len(node) != 32 for node in proof):
        return False
    if size1 == size2:
        return not proof and root1 == root2
    nodes = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    if not nodes:
        return False
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, node)
        position, last = position >> 1, last >> 1
    return last == 0 and old == root1 and new == root2


# Ed25519: OpenSSL's verdict, and the same rule again in plain integers


def ed25519_verify(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def _point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _point_times(scalar, point):
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = _point_add(result, point)
        point, scalar = _point_add(point, point), scalar >> 1
    return result


def _point_decode(encoded: bytes):
    """y is reduced modulo p and minus zero is zero, as OpenSSL reads it; None when no x belongs to y."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, (number & (1 << 255) - 1) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * SQRT_MINUS_1 % P
    if x * x % P != square:
        return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


def _point_encode(point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = _point_decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519_verify_slowly(public: bytes, signature: bytes, message: bytes) -> bool:
    """No cofactor, R compared by its bytes, S below the order of the group."""
    if len(public) != 32 or len(signature) != 64:
        return False
    point, s = _point_decode(public), int.from_bytes(signature[32:], "little")
    if point is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus_a = (-point[0] % P, point[1], 1, -point[3] % P)
    return _point_encode(_point_add(_point_times(s, BASE), _point_times(k, minus_a))) == signature[:32]


def is_small_order(public: bytes) -> bool:
    """Of any encoding, canonical or not. Bytes that are no point of the curve are none of small order either."""
    point = _point_decode(public)
    return point is not None and _point_encode(_point_times(8, point)) == _point_encode(IDENTITY)


# Signed notes and checkpoints: C2SP signed-note, tlog-checkpoint, tlog-cosignature


def check_key_name(name: bytes) -> None:
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raise Malformed("key name: not UTF-8") from None
    if not text or "+" in text or any(c.isspace() or c < " " for c in text):
        raise Malformed("key name: empty, or with a space, a plus sign or a control character")


PLAIN, COSIGNATURE = 1, 4


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


# Policy: C2SP tlog-policy, strict


def only_once(key: VerifierKey, others: Iterable[VerifierKey]) -> VerifierKey:
    if any(key.public == other.public for other in others):
        raise Malformed("a public key that another line of its sort has already")
    return key


@dataclass
class Policy:
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[bytes, VerifierKey] = field(default_factory=dict)
    groups: dict[bytes, tuple[int, list[bytes]]] = field(default_factory=dict)
    quorum: bytes | None = None

    @staticmethod
    def of_key(line: bytes) -> Policy:
        return Policy(logs=[VerifierKey.of_log(line)], quorum=b"none")

    @staticmethod
    def parse(data: bytes) -> Policy:
        if any(byte < 0x20 and byte not in (0x09, 0x0A) or byte == 0x7F for byte in data):
            raise Malformed("policy: a control character")
        if not data.endswith(b"\n"):
            raise Malformed("policy: the last line has no newline")
        policy, members = Policy(), set()
        for number, line in enumerate(data.split(b"\n"), 1):
            words = re.split(rb"[ \t]+", line.strip(b" \t"))
            if words == [b""] or words[0].startswith(b"#"):
                continue
            try:
                policy._take(words, members)
            except Malformed as problem:
                raise Malformed(f"policy, line {number}: {problem}") from None
        if policy.quorum is None:
            raise Malformed("policy: no quorum line")
        return policy

    def _take(self, words: list[bytes], members: set[bytes]) -> None:
        match words:
            case [b"log", key] | [b"log", key, _]:
                self.logs.append(only_once(VerifierKey.of_log(key), self.logs))
            case [b"witness", name, key] | [b"witness", name, key, _]:
                self._new_name(name)
                self.witnesses[name] = only_once(VerifierKey.of_witness(key), self.witnesses.values())
            case [b"group", name, threshold, *names] if names:
                self._new_name(name)
                count = {b"all": len(names), b"any": 1}.get(threshold)
                if count is None:
                    count = canonical_number(threshold, len(names), "threshold")
                if not 1 <= count <= len(names):
                    raise Malformed("the threshold is not between 1 and the number of members")
                for member in names:
                    if not self._is_defined(member):
                        raise Malformed("a member that is not defined above")
                    if member in members:
                        raise Malformed("a member that is in a group already")
                    members.add(member)
                self.groups[name] = (count, names)
            case [b"quorum", name]:
                if self.quorum is not None:
                    raise Malformed("a second quorum line")
                if name != b"none" and not self._is_defined(name):
                    raise Malformed("a quorum that is not defined above")
                self.quorum = name
            case _:
                raise Malformed("not a log, witness, group or quorum line")

    def _is_defined(self, name: bytes) -> bool:
        return name in self.witnesses or name in self.groups

    def _new_name(self, name: bytes) -> None:
        if name in (b"none", b"all", b"any") or self._is_defined(name):
            raise Malformed("a name that is reserved or in use")

    def is_met(self, cosigners: set[bytes], name: bytes | None = None) -> bool:
        name = self.quorum if name is None else name
        if name == b"none" or name in cosigners:
            return True
        count, names = self.groups.get(name, (1, []))
        return sum(self.is_met(cosigners, member) for member in names) >= count


# Records, disclosures and the evidence file: FORMATS.md


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


def field_hash(salt: bytes, value: bytes) -> bytes:
    return sha256(b"\x00", salt, value)


@dataclass(frozen=True)
class Disclosed:
    """A field: shown with its value, or hidden (value None)."""

    name: bytes
    hash: bytes
    value: bytes | None


def read_disclosure(reader: Reader) -> list[Disclosed]:
    fields: list[Disclosed] = []
    for _ in range(reader.number(2)):
        name = reader.take(reader.number(1))
        try:
            name.decode()
        except UnicodeDecodeError:
            raise Malformed("disclosure: a name that is not UTF-8") from None
        if not name or fields and fields[-1].name >= name:
            raise Malformed("disclosure: a name that is empty or out of order")
        shown = reader.number(1)
        if shown > 1:
            raise Malformed("disclosure: a field neither hidden nor shown")
        digest, value = reader.take(32), None
        if shown:
            length = reader.number(4)
            if length > VALUE_BYTES_MAX:
                raise Malformed("disclosure: a value longer than 1 MiB")
            value = reader.take(length)
            digest = field_hash(digest, value)
        fields.append(Disclosed(name, digest, value))
    return fields


def commitment(kind: int, fields: list[Disclosed]) -> bytes:
    listed = b"".join(bytes([len(f.name)]) + f.name + f.hash for f in fields)
    return sha256(b"tamga record v1\n", bytes([kind]), len(fields).to_bytes(2, "big"), listed)


def entry_bytes(kind: int, recorded: int, committed: bytes) -> bytes:
    return bytes([1, kind]) + recorded.to_bytes(8, "big") + committed


@dataclass(frozen=True)
class Content:
    kind: int
    recorded: int
    fields: list[Disclosed]
    attached: list[tuple[int, bytes]]

    @staticmethod
    def parse(body: bytes) -> Content:
        reader = Reader(body)
        reader.take(1)
        kind, recorded = reader.number(1), reader.number(8)
        fields = read_disclosure(reader)
        attached = [(reader.number(1), reader.take(reader.number(4))) for _ in range(reader.number(1))]
        if reader.offset != len(body):
            raise Malformed("evidence: bytes left over")
        return Content(kind, recorded, fields, attached)

    def leaf(self) -> bytes:
        return leaf_hash(entry_bytes(self.kind, self.recorded, commitment(self.kind, self.fields)))


@dataclass(frozen=True)
class ProofFile:
    """A c2sp.org/tlog-proof@v1 file; its checkpoint is bytes still."""

    extra: bytes | None
    index: int
    hashes: list[bytes]
    checkpoint: bytes

    @staticmethod
    def parse(data: bytes) -> ProofFile:
        head, blank, checkpoint = data.partition(b"\n\n")
        lines = head.split(b"\n")
        if not blank or not checkpoint or lines.pop(0) != b"c2sp.org/tlog-proof@v1":
            raise Malformed("proof file: no header line, or no checkpoint behind an empty line")
        extra = None
        if lines and lines[0].startswith(b"extra "):
            extra = canonical_base64(lines.pop(0)[6:], "extra line")
            if not extra:
                raise Malformed("extra line: empty")
        if not lines or not lines[0].startswith(b"index "):
            raise Malformed("proof file: no index line")
        index = canonical_number(lines.pop(0)[6:], INDEX_MAX, "index line")
        hashes = [canonical_base64(line, "proof line") for line in lines]
        if len(hashes) > PROOF_LINES_MAX or any(len(node) != 32 for node in hashes):
            raise Malformed("proof lines: more than 63, or one that is no SHA-256 hash")
        return ProofFile(extra, index, hashes, checkpoint)


@dataclass(frozen=True)
class Evidence:
    file: ProofFile
    note: Note
    checkpoint: Checkpoint
    body: bytes
    checksum: bytes
    bare: bytes

    @staticmethod
    def parse(data: bytes) -> Evidence:
        file = ProofFile.parse(data)
        if file.extra is None or not 32 < len(file.extra) <= EXTRA_BYTES_MAX:
            raise Malformed("evidence: no extra line of 33 to 45,000 bytes")
        note = Note.parse(file.checkpoint)
        checkpoint = note.checkpoint()
        header, _, rest = data.split(b"\n", 2)
        head = rest[:len(rest) - len(file.checkpoint)]
        logs = b"".join(line.raw + b"\n" for line in note.lines if line.name == checkpoint.origin)
        bare = header + b"\n" + head + note.text + b"\n" + logs
        return Evidence(file, note, checkpoint, file.extra[:-32], file.extra[-32:], bare)

    def checksum_holds(self) -> bool:
        length = len(self.body).to_bytes(4, "big")
        return sha256(b"tamga evidence checksum\n", length, self.body, self.bare) == self.checksum


# Comparisons

MONEY, DIGEST = "money", "digest"
FIELD_TYPES = {
    1: dict.fromkeys((b"document", b"signature", b"certificate", b"before", b"salt", b"previous"), DIGEST),
    2: {b"total": MONEY, b"vat": MONEY, b"citytax": MONEY, b"act": DIGEST, b"previous": DIGEST},
    3: {b"certificate": DIGEST},
    5: {b"commitment": DIGEST},
    10: {b"root": DIGEST},
}
BLANKS = " \u00a0\u202f"
UNITS = ("төгрөг", "төг", "MNT", "₮")


def parse_amount(text: str) -> int | None:
    """An amount as people write it, in mongo; None when it is none."""
    text = text.strip(BLANKS)
    for unit in UNITS:
        if text.startswith(unit):
            text = text[len(unit):].strip(BLANKS)
            break
        if text.endswith(unit):
            text = text[:-len(unit)].strip(BLANKS)
            break
    negative, text = text.startswith("-"), text.removeprefix("-")
    whole, fraction = text, ""
    last = max(text.rfind(","), text.rfind("."))
    if last >= 0 and (text[last] == "." or len(text) - last - 1 < 3):
        whole, fraction = text[:last], text[last + 1:]
        if not re.fullmatch(r"[0-9]{1,2}", fraction):
            return None
    if not re.fullmatch(r"[0-9]+|[0-9]{1,3}([, \u00a0\u202f])[0-9]{3}(\1[0-9]{3})*", whole):
        return None
    digits = re.sub(r"[^0-9]", "", whole)
    if len(digits) > 16:
        return None
    mongo = int(digits) * 100 + int(fraction.ljust(2, "0"))
    return -mongo if negative else mongo


def is_integer(recorded: bytes) -> bool:
    return bool(re.fullmatch(rb"0|-?[1-9][0-9]{0,18}", recorded)) and -(1 << 63) <= int(recorded) < 1 << 63


def compare(kind: int, fields: list[Disclosed], name: bytes, expected: bytes) -> tuple[Verdict, str] | None:
    """None when they agree, else the verdict and its reason."""
    found = next((f for f in fields if f.name == name), None)
    if found is not None and found.value is None:
        return Verdict.CANNOT_TELL, "evidence-field-hidden"
    recorded = b"" if found is None else found.value
    kind_of_field = FIELD_TYPES.get(kind, {}).get(name)
    if kind_of_field == MONEY and is_integer(recorded):
        amount = parse_amount(expected.decode("utf-8", "replace"))
        if amount is None:
            return Verdict.CANNOT_TELL, "evidence-expectation-unreadable"
        agrees = amount == int(recorded)
    elif kind_of_field == DIGEST:
        agrees = recorded.lower() == expected.lower()
    else:
        agrees = recorded == expected
    return None if agrees else (Verdict.DOCUMENT_CHANGED, "evidence-field-differs")


def compare_document(fields: list[Disclosed], digest: bytes) -> tuple[Verdict, str] | None:
    found = next((f for f in fields if f.name == b"document"), None)
    if found is None:
        return Verdict.CANNOT_TELL, "evidence-document-not-recorded"
    if found.value is None:
        return Verdict.CANNOT_TELL, "evidence-field-hidden"
    agrees = found.value.lower() == digest.hex().encode()
    return None if agrees else (Verdict.DOCUMENT_CHANGED, "evidence-document-differs")


# The verdict


@dataclass
class Report:
    verdict: Verdict
    reason: str
    evidence: Evidence | None = None
    content: Content | None = None
    cosigned: dict[bytes, int | None] = field(default_factory=dict)
    # The content, once it is proved to be in the ledger, whatever a comparison says.
    proved: Content | None = None


def verify(
    data: bytes, policy: Policy, document: bytes | None = None, expected: list[tuple[bytes, bytes]] | None = None
) -> Report:
    """The checks of FORMATS.md, "Verdicts", in their order; document is the SHA-256 of one, 32 bytes."""
    report = Report(Verdict.MATCHES, "all-checks-passed")

    def ends(verdict: Verdict, reason: str) -> Report:
        report.verdict, report.reason = verdict, reason
        return report

    if len(data) > EVIDENCE_BYTES_MAX:
        return ends(Verdict.EVIDENCE_DAMAGED, "evidence-too-large")
    try:
        evidence = report.evidence = Evidence.parse(data)
    except Malformed:
        return ends(Verdict.EVIDENCE_DAMAGED, "evidence-unreadable")
    if not evidence.checksum_holds():
        return ends(Verdict.EVIDENCE_DAMAGED, "evidence-checksum-wrong")
    content = None
    if evidence.body[0] == 1:
        try:
            content = report.content = Content.parse(evidence.body)
        except Malformed:
            return ends(Verdict.EVIDENCE_DAMAGED, "evidence-content-malformed")
    cosigners = set()
    for name, key in policy.witnesses.items():
        for line in filter(key.owns, evidence.note.lines):
            good, time = key.verify(evidence.note, line.signature)
            if not good:
                return ends(Verdict.EVIDENCE_DAMAGED, "evidence-cosignature-wrong")
            cosigners.add(name)
            known = report.cosigned.get(key.name)
            report.cosigned[key.name] = time if known is None or time is None else min(known, time)
    if content is None:
        return ends(Verdict.CANNOT_TELL, "evidence-version-unknown")
    if not 1 <= content.kind <= 10:
        return ends(Verdict.CANNOT_TELL, "evidence-kind-unknown")
    if not policy.is_met(cosigners):
        return ends(Verdict.CANNOT_TELL, "evidence-quorum-missing")
    is_logged = False
    for key in policy.logs:
        for line in filter(key.owns, evidence.note.lines):
            if not key.verify(evidence.note, line.signature)[0]:
                return ends(Verdict.NOT_IN_LEDGER, "evidence-log-signature-wrong")
            is_logged |= line.name == evidence.checkpoint.origin
    if not is_logged:
        return ends(Verdict.NOT_IN_LEDGER, "evidence-log-unknown")
    point = evidence.checkpoint
    if not inclusion_holds(evidence.file.index, point.size, content.leaf(), evidence.file.hashes, point.root):
        return ends(Verdict.NOT_IN_LEDGER, "evidence-inclusion-wrong")
    report.proved = content
    found = [] if document is None else [compare_document(content.fields, document)]
    found += [compare(content.kind, content.fields, name, value) for name, value in expected or []]
    for verdict in (Verdict.DOCUMENT_CHANGED, Verdict.CANNOT_TELL):
        for difference in found:
            if difference is not None and difference[0] is verdict:
                return ends(*difference)
    return report


# The fee of an act


def fee_digest(salt: bytes, notary: bytes, document: bytes) -> bytes:
    """What a receipt names its act by, as its field has it."""
    data = b"tamga act fee v1\n" + notary + b"\n" + document + b"\n"
    return hmac.new(salt, data, hashlib.sha256).hexdigest().encode()


def fee_of(value: bytes) -> tuple[bytes, bytes, bytes | None]:
    """Commitment, number and salt in the field `fee` of an act; only the canonical form is one."""
    try:
        told = json.loads(value)
        if not isinstance(told, dict) or not {"commitment", "receipt"} <= set(told) <= {"commitment", "receipt", "salt"}:
            raise Malformed("fee: other members")
        texts = [told["commitment"], told["receipt"], told.get("salt", "0" * 64)]
    except (ValueError, RecursionError):
        raise Malformed("fee: no JSON") from None
    for text, form in zip(texts, ("[0-9a-f]{64}", "[0-9]{33}", "[0-9a-f]{64}"), strict=True):
        if not isinstance(text, str) or not re.fullmatch(form, text, re.ASCII):
            raise Malformed("fee: a value")
    if json.dumps(told, sort_keys=True, separators=(",", ":")).encode() != value:
        raise Malformed("fee: not canonical")
    return bytes.fromhex(texts[0]), texts[1].encode(), bytes.fromhex(texts[2]) if "salt" in told else None


def link(one: Report, other: Report) -> str | None:
    """Whether an act and a receipt name each other; None unless both are proved."""
    if None in (one.proved, other.proved):
        return None
    pair = {report.content.kind: report for report in (one, other)}
    if set(pair) != {1, 2}:
        return "not-an-act-and-a-receipt"
    act, receipt = ({field.name: field for field in pair[kind].content.fields} for kind in (1, 2))
    if pair[1].evidence.checkpoint.origin != pair[2].evidence.checkpoint.origin or b"fee" not in act:
        return "not-named"
    if act[b"fee"].value is None:
        return "hidden"
    try:
        committed, number, salt = fee_of(act[b"fee"].value)
    except Malformed:
        return "not-named"
    if committed != commitment(2, pair[2].content.fields):
        return "not-named"
    if b"id" in receipt and receipt[b"id"].value not in (None, number):
        return "not-named"
    if b"act" not in receipt:
        return "act-names-receipt" if salt is None else "not-named"
    if salt is None:
        return "not-named"
    values = [fields[name].value if name in fields else None
              for fields, name in ((receipt, b"act"), (act, b"notary"), (act, b"document"))]
    if None in values:
        return "hidden"
    named, notary, document = values
    return "each-names-the-other" if fee_digest(salt, notary, document) == named else "not-named"


LINK_VERDICTS = {
    "each-names-the-other": Verdict.MATCHES, "act-names-receipt": Verdict.MATCHES, "not-named": Verdict.DOCUMENT_CHANGED,
}


def pair_verdict(one: Report, other: Report) -> Verdict:
    """That of the first file that is not right, else what the link says."""
    for report in (one, other):
        if report.verdict is not Verdict.MATCHES:
            return report.verdict
    return LINK_VERDICTS.get(link(one, other), Verdict.CANNOT_TELL)


def described(report: Report) -> dict[str, object]:
    answer: dict[str, object] = {
        "verdict": report.verdict.words.replace(" ", "-"), "exitCode": int(report.verdict), "reason": report.reason,
    }
    if report.evidence is not None and report.content is not None:
        answer |= {
            "origin": report.evidence.checkpoint.origin.decode(),
            "index": report.evidence.file.index,
            "size": report.evidence.checkpoint.size,
            "kind": report.content.kind,
            "recorded": {"clock": "operator", "milliseconds": report.content.recorded},
            "cosigned": [{"clock": name.decode(), "seconds": time} for name, time in report.cosigned.items()],
            "attached": [{"type": kind, "bytes": len(data)} for kind, data in report.content.attached],
            "fields": {
                f.name.decode(): None if f.value is None else f.value.decode("utf-8", "replace")
                for f in report.content.fields
            },
        }
    return answer


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tamga_verify.py", allow_abbrev=False, description="Verifies evidence.")
    parser.add_argument("evidence", type=Path)
    parser.add_argument("--document", type=Path, metavar="FILE")
    parser.add_argument("--expect", action="append", default=[], metavar="NAME=VALUE")
    trust = parser.add_mutually_exclusive_group(required=True)
    trust.add_argument("--key", metavar="VKEY")
    trust.add_argument("--policy", type=Path, metavar="FILE")
    parser.add_argument("--with", type=Path, metavar="EVIDENCE", dest="other")
    parser.add_argument("--json", action="store_true")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        expected = [text.encode("utf-8", "surrogateescape").partition(b"=") for text in options.expect]
        if any(not equals or not name for name, equals, _ in expected):
            raise Malformed("--expect: not NAME=VALUE")
        if options.policy is not None:
            policy = Policy.parse(options.policy.read_bytes())
        else:
            policy = Policy.of_key(options.key.encode("utf-8", "surrogateescape").strip(b" \t\r\n"))
        document = None if options.document is None else sha256(options.document.read_bytes())
        with options.evidence.open("rb") as file:
            data = file.read(EVIDENCE_BYTES_MAX + 1)
        other_data = None
        if options.other is not None:
            with options.other.open("rb") as file:
                other_data = file.read(EVIDENCE_BYTES_MAX + 1)
    except (Malformed, OSError) as problem:
        print(f"tamga_verify.py: {problem}", file=sys.stderr)
        return int(Verdict.USAGE)
    report = verify(data, policy, document, [(name, value) for name, _, value in expected])
    answer, verdict = described(report), report.verdict
    if other_data is not None:
        other = verify(other_data, policy)
        verdict = pair_verdict(report, other)
        answer |= {"with": described(other), "link": link(report, other), "exitCode": int(verdict)}
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print(f"{report.verdict.words}: {report.reason}")
        if other_data is not None:
            print(f"with: {other.verdict.words}: {other.reason}; {answer['link'] or 'not compared'}")
    return int(verdict)


if __name__ == "__main__":
    sys.exit(main())
