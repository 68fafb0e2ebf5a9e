"""Kept documents and revocation data are read again by the service and on demand: damage is named while a backup still has the file."""

import hashlib
import json
import os
import re
import secrets
import time

import pytest
import signing
import tamga


class Kept:
    """A ledger with an act's document of many chunks, and an attachment."""

    def __init__(self, ledger, pki, *options, size: int = 3 << 20):
        self.ledger = ledger
        ledger.serve("--trust", pki.trust, "--keep-documents", *options)
        self.office = signing.Office.enrol(ledger, pki, "NT001")
        self.contents = [secrets.token_bytes(size), b"a plan"]
        self.number = self.office.registered(
            signing.act(self.contents[0], attachments=[signing.document(self.contents[1])])).json()["act"]
        for content in self.contents:
            self.keep(content)

    def keep(self, content: bytes):
        path = f"/v1/deeds/{self.number}/documents/{hashlib.sha256(content).hexdigest()}"
        answer = tamga.ask(self.ledger.api, "PUT", path, content, {"Authorization": f"Bearer {self.office.token}"}, timeout=60)
        assert answer.status in (200, 201), answer

    @property
    def files(self):
        """The largest first."""
        return sorted((self.ledger.data / "documents").iterdir(), key=lambda path: -path.stat().st_size)

    def stop(self):
        assert self.ledger.stop() == 0

    @property
    def status(self) -> dict:
        return json.loads(self.ledger.must("compact", "--status", "--json").output)["kept_files"]

    def forget(self):
        """As if nothing had ever been read: a round is due."""
        (self.ledger.data / "kept.state").unlink(missing_ok=True)


@pytest.fixture
def kept(new_ledger, pki):
    return Kept(new_ledger(), pki)


def flip(path, at: int):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


def wait_for(condition, seconds: float = 30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)


@pytest.mark.parametrize("is_running", [True, False], ids=["beside a service", "on a closed folder"])
def test_a_reading_on_demand_names_counts_and_damage(kept, is_running):
    if not is_running:
        kept.stop()
    read = lambda: kept.ledger.command("compact", "--now", "--scrub")  # noqa: E731
    told = read()
    assert told.status == 0 and f"reading again 2 kept documents, {(3 << 20) + 6} bytes" in told.output, told.all
    assert "kept files read again: last ended" in told.output and "DAMAGED" not in told.output
    assert oct((kept.ledger.data / "kept.state").stat().st_mode & 0o777) == "0o600"
    # A flipped bit.
    path = kept.files[0]
    flip(path, 2 << 20)
    told = read()
    assert told.status == 1 and f"DAMAGED: documents/{path.name}: " in told.output
    assert "chunk 31 of 48" in told.output and "from a backup" in told.output and "tamga deed keep" in told.output
    assert kept.status["damage"][0]["file"] == f"documents/{path.name}" and kept.status["last_round"]["damaged"] == 1
    assert kept.number not in told.all and hashlib.sha256(kept.contents[0]).hexdigest() not in told.all
    flip(path, 2 << 20)
    # One under another's name, and the one behind it.
    other = path.with_name("ab" * 32)
    path.rename(other)
    told = read()
    assert told.status == 1 and f"DAMAGED: documents/{other.name}: " in told.output and "is missing" in told.output
    assert str(kept.ledger.data) not in told.output.replace(str(kept.ledger.tamga.path), "")
    other.rename(path)
    # Revocation data.
    folder = kept.ledger.data / "validation"
    folder.mkdir(mode=0o700, exist_ok=True)
    content = secrets.token_bytes(1000)
    crl = folder / hashlib.sha256(content).hexdigest()
    crl.write_bytes(content)
    told = read()
    assert told.status == 0 and "1 files of revocation data, 1000 bytes" in told.output
    flip(crl, 17)
    told = read()
    assert told.status == 1 and f"DAMAGED: validation/{crl.name}: " in told.output
    report = json.loads(kept.ledger.command("compact", "--now", "--scrub", "--json").output)["status"]["kept_files"]
    assert [place["file"] for place in report["damage"]] == [f"validation/{crl.name}"]
    flip(crl, 17)
    assert read().status == 0 and kept.status["damage"] == []
    assert "clean" in kept.ledger.must("audit").output


def test_a_service_finds_damage_by_itself(kept):
    kept.stop()
    kept.forget()
    path = kept.files[0]
    flip(path, 1 << 20)
    kept.ledger.restart()
    log = lambda: kept.ledger.log().splitlines()  # noqa: E731
    wait_for(lambda: any("all kept files were read again" in line for line in log()))
    found = [line for line in log() if "damage found" in line and "error" in line]
    assert len(found) == 1 and f"documents/{path.name}" in found[0]
    assert "from a backup" in found[0] and "tamga deed keep" in found[0] and kept.number not in found[0]
    assert kept.ledger.get("/healthz").json()["damaged_files"] == 1
    # Handed in again it is whole; the next start says so.
    kept.keep(kept.contents[0])
    kept.stop()
    kept.ledger.restart()
    wait_for(lambda: any(f"whole again, or gone: documents/{path.name}" in line for line in log()))
    assert "damaged_files" not in kept.ledger.get("/healthz").json()


def test_a_round_is_due_thirty_days_after_the_last(kept):
    kept.ledger.must("compact", "--now", "--scrub")
    kept.stop()
    state = kept.ledger.data / "kept.state"
    before = json.loads(state.read_bytes())
    kept.ledger.restart()
    time.sleep(2)
    assert kept.status["last_round"]["ended"] == before["last"]["ended"], "nothing is due yet"
    kept.stop()
    for days, is_due in ((29, False), (30, True)):
        before["last"]["started"] = int(time.time() * 1000) - days * 86_400_000 - 1000
        state.write_text(json.dumps(before))
        kept.ledger.restart()
        if is_due:
            wait_for(lambda: kept.status["last_round"]["ended"] > before["last"]["ended"])
        else:
            time.sleep(2)
            assert kept.status["last_round"]["ended"] == before["last"]["ended"]
        kept.stop()


def test_never_means_never(kept):
    kept.stop()
    kept.forget()
    kept.ledger.serve(*kept.ledger.options, "--scrub-days", "0")
    time.sleep(2)
    assert "last_round" not in kept.status and "round" not in kept.status


def test_it_is_paced_stops_at_once_and_goes_on(new_ledger, pki):
    kept = Kept(new_ledger(), pki, "--scrub-rate", "1", size=20 << 20)
    kept.stop()
    kept.forget()
    kept.ledger.restart()
    reading = lambda: next(  # noqa: E731
        (os.readlink(f"/proc/{kept.ledger.process.pid}/fd/{fd}") for fd in descriptors(kept.ledger.process.pid)
         if "/documents/" in link(kept.ledger.process.pid, fd)), None)
    wait_for(lambda: reading() is not None)
    time.sleep(2)
    assert "last_round" not in kept.status, "20 MiB at 1 MiB a second"
    # Whoever asks does not wait for it.
    began = time.monotonic()
    assert "reading again 2 kept documents" in kept.ledger.must("compact", "--now", "--scrub").output
    assert time.monotonic() - began < 10
    kept.stop()
    kept.forget()
    kept.ledger.restart()
    wait_for(lambda: reading() is not None)
    began = time.monotonic()
    kept.stop()
    assert time.monotonic() - began < 5
    state = json.loads((kept.ledger.data / "kept.state").read_bytes())
    assert "last" not in state and "round" in state
    assert not re.search("damage found|could not be read", kept.ledger.log())


def descriptors(process: int) -> list[str]:
    return os.listdir(f"/proc/{process}/fd")


def link(process: int, descriptor: str) -> str:
    try:
        return os.readlink(f"/proc/{process}/fd/{descriptor}")
    except OSError:
        return ""


def test_an_act_erased_while_it_is_read_is_no_damage(new_ledger, pki):
    kept = Kept(new_ledger(), pki, "--scrub-rate", "1", size=5 << 20)
    kept.stop()
    kept.forget()
    kept.ledger.restart()
    path = max(kept.files, key=lambda path: path.stat().st_size)
    process = kept.ledger.process.pid
    wait_for(lambda: any(path.name in link(process, each) for each in descriptors(process)))
    index = kept.ledger.size - 1
    kept.ledger.must("erase", "--index", index, "--basis", "Хувийн мэдээлэл хамгаалах тухай хууль 14.1; decision 2026/17")
    assert kept.files == []
    wait_for(lambda: "last_round" in kept.status)
    assert kept.status["damage"] == [] and "damage found" not in kept.ledger.log()
    assert "clean" in kept.ledger.must("audit").output
