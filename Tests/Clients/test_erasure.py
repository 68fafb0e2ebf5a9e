"""Erasure: afterwards nothing of the record can be found in any file of the data folder, and what stays of it is true."""

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import c2sp
import pytest
import tamga
from signing import Office, act, problem
from tamga import BASIS

DOCUMENT = "Устгах загвар\n".encode()
GOODS, CONSUMER = "Устгагдах талх", "10038071"
PEOPLE = ["Устгадгийн", "Мартагдсан", "УБ91030517", "Дамбынхан", "Нэргүйбаатар", "АА88061103"]


def today() -> str:
    return (datetime.now(timezone.utc) + timedelta(hours=8)).strftime("%Y-%m-%d")


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


SMALL = {"segment_height": 4, "init": ("--journal-file-length", 4 << 20)}


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
                assert word in told and BASIS in told and today() in told and str(answer.index) in told
            assert ledger.get(link, headers={"Authorization": f"Bearer {self.auditor}"}).status == 410
            leaf = c2sp.leaf_hash(self.entries[answer.index]).hex()
            for key in (["--index", answer.index], ["--key", leaf]):
                proved = ledger.command("prove", *key, "--out", folder / "none")
                assert proved.status == 1 and BASIS in proved.error and today() in proved.error, proved.all
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


@pytest.fixture
def case(new_ledger, pki, tmp_path):
    return Case(new_ledger(**SMALL), pki, tmp_path)


@pytest.mark.parametrize("height", [4, 16], ids=["from segments", "from the journal"])
@pytest.mark.parametrize("is_running", [True, False], ids=["beside a service", "on a closed folder"])
def test_nothing_of_an_erased_record_is_left(new_ledger, pki, tmp_path, height, is_running):
    case = Case(new_ledger(**SMALL | {"segment_height": height}), pki, tmp_path)
    ledger = case.ledger
    ledger.compact()
    if height == 16:
        assert all(case.payloads), "what is sought for was found before"
    # The search finds what is there before.
    with pytest.raises(AssertionError):
        case.check_gone()
    if not is_running:
        assert ledger.stop() == 0
    case.erase()
    again = ledger.must("erase", "--index", case.receipt.index, "--basis", "another basis").output
    assert "was erased before" in again and BASIS in again
    case.check_gone()
    if not is_running:
        ledger.restart()
    case.check_answers(tmp_path)
    case.check_gone()
    case.check_audit()

    ledger.kill()
    case.check_audit()
    ledger.restart()
    case.check_answers(tmp_path)
    ledger.compact("--seal-tail")
    case.check_gone()
    assert ledger.stop() == 0
    case.check_gone()
    case.check_audit()


def test_basis_and_record_are_looked_at_first(case):
    ledger = case.ledger
    size = ledger.size
    for basis in ("", " ", "two\nlines", "x" * 501):
        done = ledger.command("erase", "--index", case.receipt.index, "--basis", basis)
        assert done.status in (1, 2) and done.error.strip()
    for index in (0, 100_000):
        done = ledger.command("erase", "--index", index, "--basis", BASIS)
        assert done.status == 1 and done.error.strip(), "an issuer's record is not erased, nor what is not there"
    assert ledger.size == size
    assert ledger.get(case.receipt.headers["tamga-evidence"]).status == 200


def test_erasure_is_an_entry_with_evidence_of_its_own(case, tmp_path):
    case.erase()
    ledger = case.ledger
    index = len(case.entries)
    ledger.must("prove", "--index", index, "--out", tmp_path / "erasure.tlog-proof")
    told = json.loads(ledger.verify(tmp_path / "erasure.tlog-proof", "--json").output)
    fields = {field["name"]: field["value"] for field in told["fields"] if field["shown"]}
    assert fields["index"] == str(case.receipt.index) and fields["basis"] == BASIS and fields["action"] == "erased"
    assert fields["commitment"] == case.entries[case.receipt.index][10:].hex()


def test_an_erased_receipt_is_no_repetition_and_numbers_go_on(case):
    case.erase()
    ledger = case.ledger
    filed = ledger.file(case.body).json()
    assert filed["id"] != case.receipt.json()["id"] and filed["id"] not in {answer.json()["id"] for answer in case.kept[1:]}
    deed = case.office.registered(act(DOCUMENT))
    assert deed.json()["act"] > case.deed.json()["act"], "an act's number is not given again"
    case.check_audit()


@pytest.mark.parametrize("parts", [["segments", "index"], ["keys"], ["segments", "index", "keys"]], ids=" and ".join)
def test_files_restored_from_before_are_erased_again_before_anything_is_served(case, tmp_path, parts):
    """Record files, index and keys of an older copy under the ledger that knows of the erasure."""
    ledger = case.ledger
    ledger.compact()
    assert ledger.stop() == 0
    copy = tmp_path / "copy"
    shutil.copytree(ledger.data, copy)
    ledger.restart()
    case.erase()
    assert ledger.stop() == 0
    for part in parts:
        for path in (copy / part).rglob("*"):
            if path.is_file():
                target = ledger.data / path.relative_to(copy)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
    if "segments" in parts:
        drop_later_manifests(ledger.data / "segments", copy / "segments")
    ledger.restart()
    case.check_answers(tmp_path)
    case.check_gone()
    ledger.compact("--seal-tail")
    case.check_gone()
    assert ledger.stop() == 0
    case.check_audit()


def drop_later_manifests(folder: Path, old: Path) -> None:
    """A record file belongs to its manifest: those of the copy are in force again, files of later generations are leftovers."""
    names = {path.name for path in old.iterdir()}
    for path in folder.glob("*.records*"):
        stem = path.name.split(".")[0]
        if path.name not in names and f"{stem}.manifest" in names:
            path.unlink()


def test_older_copy_of_the_whole_folder_is_refused(case, tmp_path):
    """It knows of no erasure, and would serve the record: the second copy of the signer's state gives it away."""
    ledger = case.ledger
    assert ledger.stop() == 0
    shutil.copytree(ledger.data, tmp_path / "copy")
    ledger.restart()
    case.erase()
    assert ledger.stop() == 0
    shutil.rmtree(ledger.data)
    shutil.copytree(tmp_path / "copy", ledger.data)
    done = ledger.command("issuer", "suspend", "--id", tamga.MERCHANT)
    assert done.status == 1 and done.error.strip()


@pytest.mark.faults
def test_erasure_killed_on_its_way_is_finished_at_the_next_start(new_ledger, pki, tmp_path):
    for number in range(6):
        case = Case(new_ledger(f"killed-{number}", **SMALL), pki, tmp_path)
        ledger = case.ledger
        ledger.compact()
        asking = [subprocess.Popen(
            [str(ledger.tamga.path), "erase", "--data", str(ledger.data), "--index", str(answer.index), "--basis", BASIS],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ledger.tamga.environment) for answer in case.erased]
        time.sleep(0.015 * (number + 1))
        ledger.kill()
        for process in asking:
            process.wait(timeout=60)
        ledger.must("audit")
        ledger.restart()
        # Whatever was recorded is done; whatever was not is as it was and may be asked for again.
        for answer in case.erased:
            assert ledger.get(answer.headers["tamga-evidence"]).status in (200, 410)
        case.erase()
        case.check_gone()
        case.check_answers(tmp_path)
        case.check_audit()
        ledger.close()
