"""A receipt and an act that are about to be erased, and what must be gone and what must stay when they are."""

import base64
import hashlib
import hmac
from pathlib import Path

import c2sp
import tamga
from signing import Office, act, day, problem
from tamga import BASIS

DOCUMENT = "Устгах загвар\n".encode()
GOODS, CONSUMER = "Устгагдах талх", "10038071"
PEOPLE = ["Устгадгийн", "Мартагдсан", "УБ91030517", "Дамбынхан", "Нэргүйбаатар", "АА88061103"]
SMALL = {"segment_height": 4, "init": ("--journal-file-length", 4 << 20)}


# Secrets, read as Ledger/FORMATS.md describes them: shares nothing with the program.


def child(key: bytes, bit: int) -> bytes:
    return hashlib.sha256(b"tamga key tree v1" + bytes([bit]) + key).digest()


def path_keys(block: bytes, number: int) -> list[bytes]:
    """The keys on the path from what a block holds down to a leaf; empty when the leaf was destroyed."""
    assert block.startswith(b"TAMGAK01")
    for position in range(int.from_bytes(block[46:48], "big")):
        node = block[48 + 35 * position : 48 + 35 * (position + 1)]
        depth, first = node[0], int.from_bytes(node[1:3], "big")
        if not first <= number < first + (1 << 16 - depth):
            continue
        keys = [node[3:]]
        for level in range(depth, 16):
            keys.append(child(keys[-1], number >> 15 - level & 1))
        return keys
    return []


def record_secret(leaf: bytes) -> bytes:
    return hashlib.sha256(b"tamga record secret v1" + leaf).digest()


def shown_fields(evidence: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Salt and value of every shown field of an evidence file."""
    line = next(line for line in evidence.decode().splitlines() if line.startswith("extra "))
    body = base64.b64decode(line.split(" ")[1], validate=True)[10:]
    fields, at = {}, 2
    for _ in range(int.from_bytes(body[:2], "big")):
        name = body[at + 1 : at + 1 + body[at]].decode()
        at += 1 + body[at]
        is_shown, at = body[at], at + 1
        salt, at = body[at : at + 32], at + 32
        if is_shown:
            length = int.from_bytes(body[at : at + 4], "big")
            fields[name] = (salt, body[at + 4 : at + 4 + length])
            at += 4 + length
    return fields


def journal_payload(ledger, entry: bytes) -> bytes | None:
    """The sealed record that the journal keeps beside an entry."""
    for path in sorted((ledger.data / "journal").glob("*.journal")):
        content = path.read_bytes()
        at = content.find(len(entry).to_bytes(2, "big") + entry)
        if at < 0:
            continue
        at += 2 + len(entry)
        at += 1 + 17 * content[at]
        length = int.from_bytes(content[at + 1 : at + 4], "big")
        return content[at + 4 : at + 4 + length]
    return None


def contents(ledger) -> dict[Path, bytes]:
    """The bytes of every file of the data folder and of the logs; a file that is renamed meanwhile is looked for again."""
    while True:
        try:
            return {path: path.read_bytes() for path in [*ledger.files(), *ledger.logs]}
        except FileNotFoundError:
            continue


class Case:
    """A ledger with a receipt and a deed among others; both are about to be erased."""

    def __init__(self, ledger, pki, folder: Path) -> None:
        self.ledger, self.folder = ledger, folder
        ledger.enrol_merchants().serve("--trust", pki.trust, "--repetition-window", 600)
        self.office = Office.enrol(ledger, pki, "NT001")
        self.auditor = ledger.token("auditor", "Шалгагч")
        self.merchant = ledger.token("merchant", tamga.MERCHANT)
        self.body = tamga.receipt(total=1120 * 8_123_457, suffix="erase me", name=GOODS, consumerNo=CONSUMER)
        self.receipt = ledger.post("/v1/receipts", self.body, self.merchant, {"Idempotency-Key": "erase-1"})
        assert self.receipt.status == 201, self.receipt
        self.kept = [ledger.file(tamga.receipt(suffix=f"kept {number}")) for number in range(20)]
        self.draft = act(DOCUMENT)
        for party, last, first, number in zip(self.draft["parties"], PEOPLE[::3], PEOPLE[1::3], PEOPLE[2::3]):
            party |= {"lastName": last, "firstName": first, "regnum": number}
        self.deed = self.office.registered(self.draft)
        self.kept += [ledger.file(tamga.receipt(suffix=f"later {number}")) for number in range(20)]
        self.erased = [self.receipt, self.deed]
        self.saved = [ledger.evidence(answer, folder / f"saved-{answer.index}.tlog-proof") for answer in self.erased]
        auditor = {"Authorization": f"Bearer {self.auditor}"}
        self.full = [ledger.get(answer.headers["tamga-evidence"], headers=auditor).body for answer in self.erased]
        size, _ = ledger.published(ledger.size)
        self.entries = c2sp.read_entries(lambda path: ledger.get(path).body, size)
        self.payloads = [journal_payload(ledger, self.entries[answer.index]) for answer in self.erased]
        self.blocks = {path.name: path.read_bytes() for path in (ledger.data / "keys" / "secrets").iterdir()}

    def erase(self) -> None:
        for answer in self.erased:
            done = self.ledger.must("erase", "--index", answer.index, "--basis", BASIS)
            # The second only where a first attempt was killed behind its point of no return.
            assert f"entry {answer.index} is erased" in done.output or f"entry {answer.index} was erased before" in done.output

    def secrets(self) -> list[tuple[str, int, bytes, list[bytes]]]:
        """Block, number, secret and path of each erased record: found by trying which secret gives the salts that were shown."""
        found = []
        for full in self.full:
            fields = shown_fields(full)
            name, (salt, _) = next(iter(fields.items()))
            for block, content in self.blocks.items():
                for number in range(60):
                    keys = path_keys(content, number)
                    if keys and hmac.digest(record_secret(keys[-1]), name.encode(), "sha256") == salt:
                        found.append((block, number, record_secret(keys[-1]), keys))
        assert len(found) == len(self.full), "every secret was found before the erasure"
        return found

    def check_gone(self) -> None:
        """No word, sealed payload, salt or secret of the erased records is in any file."""
        sought = [text.encode() for text in [GOODS, *PEOPLE, "8123457"]]
        # Each part on its own: a file that holds any piece of it is found.
        for payload in filter(None, self.payloads):
            sought += [payload[at : at + 24] for at in range(0, len(payload) - 24, 24)]
        shown = [shown_fields(full) for full in self.full]
        for fields in shown:
            sought += [salt for name, (salt, _) in fields.items() if name not in ("chain", "sequence", "previous")]
            sought += [value for name, (_, value) in fields.items() if name in ("total", "consumer", "parties", "items", "act") and len(value) > 5]
        for block, number, secret, keys in self.secrets():
            sought += [secret, *keys]
            left = self.ledger.data / "keys" / "secrets" / block
            assert not path_keys(left.read_bytes(), number), "the leaf can still be derived"
            assert path_keys(left.read_bytes(), number + 1), "and its neighbour still can"
        for path, content in contents(self.ledger).items():
            assert not [part for part in sought if part in content], path

    def check_answers(self, folder: Path) -> None:
        """Whoever asks is told that it is gone, since when and why; everything else is as it was."""
        ledger = self.ledger
        for answer in self.erased:
            link = answer.headers["tamga-evidence"]
            for language, word in (("mn", "устгасан"), ("en", "erased on")):
                gone = ledger.get(link, headers={"Accept-Language": language})
                assert gone.status == 410 and problem(gone) == "record-erased", gone
                assert gone.headers["content-language"] == language
                told = gone.json()["title"] + gone.json()["detail"]
                assert word in told and BASIS in told and day(0) in told and str(answer.index) in told
            assert ledger.get(link, headers={"Authorization": f"Bearer {self.auditor}"}).status == 410
            leaf = c2sp.leaf_hash(self.entries[answer.index]).hex()
            for key in (["--index", answer.index], ["--key", leaf]):
                proved = ledger.command("prove", *key, "--out", folder / "none")
                assert proved.status == 1 and BASIS in proved.error and day(0) in proved.error, proved.all
                assert not (folder / "none").exists()
        number, code = self.deed.json()["act"], self.deed.json()["accessCode"]
        status = ledger.post("/v1/deeds/status", {"act": number, "code": code})
        assert status.status in (403, 404, 410), status
        assert not [word for word in PEOPLE if word.encode() in status.body]
        for path in self.saved:
            assert ledger.verify(path).status == 0, "evidence saved before verifies as before"
        for answer in self.kept[::7]:
            out = ledger.evidence(answer, folder / "kept.tlog-proof")
            assert ledger.verify(out, "--expect", f"id={answer.json()['id']}").status == 0
        size, note = ledger.published(len(self.entries) + 2)
        entries = c2sp.read_entries(lambda path: ledger.get(path).body, size)
        assert entries[: len(self.entries)] == self.entries, "no entry has changed"
        root = c2sp.Checkpoint.verified(note, c2sp.VerifierKey.parse(ledger.key)).root
        assert c2sp.root_of([c2sp.leaf_hash(entry) for entry in entries]) == root

    def check_audit(self) -> None:
        audited = self.ledger.must("audit").output
        assert "clean" in audited and f"erased: {len(self.erased)} records" in audited, audited
