"""Makes evidence files, right and odd, with checksum, signatures and proof in order unless a part is replaced."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import tamga_verify as tamga

SECRET = bytes(range(32))
ORIGIN = b"ledger.example/odd"
RECORDED = 1764028800000


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


def vkey_of(name: bytes, material: bytes) -> bytes:
    return b"+".join([name, tamga.sha256(name, b"\n", material)[:4].hex().encode(), b64(material)])


@dataclass(frozen=True)
class Signer:
    name: bytes
    seed: int
    algorithm: int = tamga.PLAIN

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes([self.seed]) * 32)

    @property
    def vkey(self) -> bytes:
        return vkey_of(self.name, bytes([self.algorithm]) + self.private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        public = self.private.public_key().public_bytes_raw()
        return tamga.sha256(self.name, b"\n", bytes([self.algorithm]), public)[:4]

    def line(self, text: bytes, time: int = 1764028860, spoilt: bool = False) -> bytes:
        if self.algorithm == tamga.PLAIN:
            blob = self.private.sign(text)
        else:
            blob = time.to_bytes(8, "big") + self.private.sign(b"cosignature/v1\ntime %d\n" % time + text)
        if spoilt:
            blob = blob[:-1] + bytes([blob[-1] ^ 1])
        return "— ".encode() + self.name + b" " + b64(self.key_id + blob) + b"\n"


LOG = Signer(ORIGIN, 1)
WITNESS = Signer(b"witness.example", 2, tamga.COSIGNATURE)
POLICY = b"log %s\nwitness w %s\nquorum w\n" % (LOG.vkey, WITNESS.vkey)


@dataclass(frozen=True)
class Odd:
    """The parts of an evidence file; None means: as it should be. Lines are functions of the note's text."""

    fields: tuple = ((b"act", b"2025-00017"),)
    hidden: tuple = ()
    kind: int = 1
    recorded: int = RECORDED
    attached: tuple = ()
    version: int = 1
    body: bytes | None = None
    origin: bytes = ORIGIN
    index: bytes = b"0"
    size: bytes = b"1"
    root: bytes | None = None
    hashes: tuple = ()
    extensions: bytes = b""
    lines: tuple = field(default=(LOG.line, WITNESS.line))
    respell: object = None
    rewrite: object = None

    def but(self, **changes) -> "Odd":
        return replace(self, **changes)

    def content(self) -> bytes:
        out = bytes([self.version, self.kind]) + self.recorded.to_bytes(8, "big") + len(self.fields).to_bytes(2, "big")
        for name, value in self.fields:
            salt = hmac.new(SECRET, name, hashlib.sha256).digest()
            out += bytes([len(name)]) + name
            if name in self.hidden:
                out += b"\0" + tamga.field_hash(salt, value)
            else:
                out += b"\1" + salt + len(value).to_bytes(4, "big") + value
        out += bytes([len(self.attached)])
        return out + b"".join(bytes([kind]) + len(data).to_bytes(4, "big") + data for kind, data in self.attached)

    def leaf(self) -> bytes:
        salted = [(n, hmac.new(SECRET, n, hashlib.sha256).digest(), v) for n, v in self.fields]
        fields = [tamga.Disclosed(n, tamga.field_hash(s, v), v) for n, s, v in salted]
        return tamga.leaf_hash(tamga.entry_bytes(self.kind, self.recorded, tamga.commitment(self.kind, fields)))

    def file(self) -> bytes:
        body = self.content() if self.body is None else self.body
        root = b64(self.leaf()) if self.root is None else self.root
        text = self.origin + b"\n" + self.size + b"\n" + root + b"\n" + self.extensions
        lines = [line(text) for line in self.lines]
        head = b"c2sp.org/tlog-proof@v1\n"
        middle = b"index " + self.index + b"\n" + b"".join(node + b"\n" for node in self.hashes) + b"\n" + text + b"\n"
        own = b"".join(line for line in lines if line.split(b" ")[1:2] == [self.origin])
        length = len(body).to_bytes(4, "big")
        checksum = tamga.sha256(b"tamga evidence checksum\n", length, body, head + middle + own)
        extra = b64(body + checksum)
        if self.respell:
            extra = self.respell(extra)
        data = head + b"extra " + extra + b"\n" + middle + b"".join(lines)
        return self.rewrite(data) if self.rewrite else data
