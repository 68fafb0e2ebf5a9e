"""Records, disclosures and the evidence file: FORMATS.md."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.encoding import Malformed, Reader, canonical_base64, canonical_number, sha256
from verifier.merkle import leaf_hash
from verifier.notes import Checkpoint, Note

EVIDENCE_BYTES_MAX = 512 * 1024
EXTRA_BYTES_MAX = 45_000
VALUE_BYTES_MAX = 1 << 20
INDEX_MAX = (1 << 63) - 1
PROOF_LINES_MAX = 63


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
