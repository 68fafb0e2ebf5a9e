"""Backups: made beside a busy service, in two parts, renewed by what has changed; put back unless that would fork the ledger."""

import re
import signal
import subprocess
import threading
import time

import pytest
import tamga
from erased_case import GOODS, SMALL, Case
from tamga import BASIS


class Places:
    """Where the two parts of a backup lie."""

    def __init__(self, folder):
        self.ledger, self.keys = folder / "backup" / "ledger", folder / "elsewhere" / "keys"

    @property
    def options(self):
        return "--to", self.ledger, "--keys-to", self.keys

    def files(self):
        return [path for part in (self.ledger, self.keys) for path in part.rglob("*") if path.is_file()]


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


@pytest.fixture
def shop(new_ledger):
    ledger = new_ledger(**SMALL).enrol_merchants().serve()
    for number in range(60):
        ledger.file(tamga.receipt(suffix=f"{number}"))
    ledger.published(ledger.size)
    ledger.compact()
    return ledger


def entries(done) -> int:
    return int(re.search(r"^(\d+) entries are backed up", done.output, re.M).group(1))


def copied(done) -> int:
    return int(re.search(r"; (\d+) bytes of segments were copied", done.output).group(1))


def restored(ledger, places, tmp_path, *witness, name="restored") -> tamga.Ledger:
    """The ledger on another machine: nothing there remembers it."""
    machine = tamga.Tamga(ledger.tamga.path, tmp_path / f"{name}-state")
    machine.must("restore", "--from", places.ledger, "--keys-from", places.keys, "--data", tmp_path / name, *witness)
    return tamga.Ledger(machine, tmp_path / name, ledger.origin)


def test_help_says_what_to_keep_apart(cli):
    told = cli.must("backup", "--help").output + cli.must("restore", "--help").output
    assert all(word in told for word in ("--keys-to", "--check", "--checkpoint", "--accept-unseen", "fork"))


@pytest.mark.parametrize("is_running", [True, False], ids=["beside a service", "of a closed folder"])
def test_everything_comes_back(new_ledger, pki, places, tmp_path, is_running):
    case = Case(new_ledger(**SMALL), pki, tmp_path)
    ledger = case.ledger
    ledger.compact()
    _, checkpoint = ledger.published(ledger.size)
    (tmp_path / "newest.txt").write_text(checkpoint)
    size = ledger.size
    if not is_running:
        assert ledger.stop() == 0
    assert entries(ledger.must("backup", *places.options)) == size
    ledger.close()

    other = restored(ledger, places, tmp_path, "--checkpoint", tmp_path / "newest.txt")
    assert f"clean: {size} entries" in other.must("audit", "--index").output
    other.serve()
    for answer in [*case.kept, case.receipt, case.deed]:
        assert other.get(answer.headers["tamga-evidence"]).status == 200
    auditor = {"Authorization": f"Bearer {case.auditor}"}
    assert other.get(case.receipt.headers["tamga-evidence"], headers=auditor).body == case.full[0], "tokens came back, too"
    assert other.file(tamga.receipt(suffix="after")).index == size, "filing goes on where it was"
    for number in range(40):
        other.file(tamga.receipt(suffix=f"after {number}"))
    other.compact("--seal-tail")
    other.stop()
    assert "clean" in other.must("audit").output


def test_backups_beside_a_busy_service_are_each_one_moment(shop, places, tmp_path):
    """Filing, sealing and erasing go on meanwhile; whatever moment the copy is of, all of it is there and true."""
    stop, failures, erased = threading.Event(), [], []

    def file():
        number = 0
        while not stop.is_set():
            number += 1
            answer = shop.file(tamga.receipt(suffix=f"busy {number}"))
            if number % 25 == 0:
                done = shop.command("erase", "--index", answer.index, "--basis", BASIS)
                (erased if done.status == 0 else failures).append(done.all)

    thread = threading.Thread(target=file)
    thread.start()
    try:
        for number in range(6):
            least = shop.published()[0]
            done = shop.command("backup", *places.options)
            assert done.status == 0, done.all
            assert entries(done) >= least
            other = restored(shop, places, tmp_path, "--accept-unseen", name=f"restored-{number}")
            audited = other.must("audit", "--index").output
            assert f"clean: {entries(done)} entries" in audited or f"clean: {entries(done)}" in audited, audited
            time.sleep(0.2)
    finally:
        stop.set()
        thread.join()
    assert erased and not failures, failures


def test_only_what_changed_is_copied_again(shop, places):
    first = shop.must("backup", *places.options)
    assert copied(first) > 0
    assert copied(shop.must("backup", *places.options)) == 0
    for number in range(20):
        shop.file(tamga.receipt(suffix=f"more {number}"))
    shop.published(shop.size)
    shop.compact()
    again = shop.must("backup", *places.options)
    assert 0 < copied(again) < copied(first) and entries(again) == shop.size
    named = {path.name for path in (shop.data / "segments").iterdir()}
    assert {path.name for path in (places.ledger / "segments").iterdir()} == named, "what is outdated goes from the copy"


def test_nothing_readable_is_in_the_part_without_keys(shop, places):
    name = "Нууцлаг талх"
    shop.file(tamga.receipt(suffix="secret", name=name))
    shop.compact("--seal-tail")
    shop.must("backup", *places.options)
    sealed = [path for path in places.ledger.rglob("*") if path.is_file()]
    assert sealed and not any(name.encode() in path.read_bytes() for path in sealed)
    secrets = [path.read_bytes()[-40:-8] for path in places.keys.rglob("*.key") if path.parent.name == "secrets"]
    assert secrets and not any(secret in path.read_bytes() for secret in secrets for path in sealed)
    assert all(path.stat().st_mode & 0o077 == 0 for path in places.files())


def test_an_erasure_reaches_the_backup_when_it_is_renewed(new_ledger, pki, places, tmp_path):
    case = Case(new_ledger(**SMALL), pki, tmp_path)
    ledger = case.ledger
    ledger.compact()
    ledger.must("backup", *places.options)
    case.erase()
    ledger.must("backup", *places.options)
    sought = [secret for _, _, secret, keys in case.secrets()] + [key for *_, keys in case.secrets() for key in keys]
    sought += [payload[at : at + 24] for payload in filter(None, case.payloads) for at in range(0, len(payload) - 24, 24)]
    for path in places.files():
        content = path.read_bytes()
        assert not [part for part in [*sought, GOODS.encode()] if part in content], path
    other = restored(ledger, places, tmp_path, "--accept-unseen")
    assert "erased: 2 records" in other.must("audit").output


def test_erasures_are_carried_out_again_on_older_keys(new_ledger, pki, places, tmp_path):
    """The ledger's part knows of erasures that the copy of the keys does not."""
    case = Case(new_ledger(**SMALL), pki, tmp_path)
    case.ledger.must("backup", *places.options)
    case.erase()
    done = case.ledger.must("backup", "--to", places.ledger)
    assert "without the keys" in done.output
    machine = tamga.Tamga(case.ledger.tamga.path, tmp_path / "other-state")
    told = machine.must(
        "restore", "--from", places.ledger, "--keys-from", places.keys, "--data", tmp_path / "restored", "--accept-unseen").output
    assert "erasures carried out again: 2" in told
    case.ledger.close()
    case.ledger.tamga, case.ledger.data = machine, tmp_path / "restored"
    case.check_gone()
    case.check_audit()


def test_what_would_fork_the_ledger_is_refused(shop, new_ledger, places, tmp_path):
    ledger = shop
    ledger.must("backup", *places.options)
    size = ledger.size
    target = tmp_path / "restored"
    restore = ("restore", "--from", places.ledger, "--keys-from", places.keys, "--data", target)
    stranger = tamga.Tamga(ledger.tamga.path, tmp_path / "strange-state")

    def refused(machine, *options, saying):
        done = machine.run(*restore, *options)
        assert done.status in (1, 2) and saying in done.error, done.all
        assert not (target / "ledger.conf").exists()
        subprocess.run(["rm", "-rf", target], check=True)

    refused(stranger, saying="--checkpoint FILE")
    ledger.file(tamga.receipt(suffix="newer"))
    (tmp_path / "newer.txt").write_text(ledger.published(size + 1)[1])
    refused(stranger, "--checkpoint", tmp_path / "newer.txt", saying=f"the checkpoint is of {size + 1}")
    refused(ledger.tamga, saying="signing on from this one would fork the ledger")
    refused(ledger.tamga, "--accept-unseen", saying="signing on from this one would fork the ledger")
    foreign = new_ledger("foreign").serve("--allow-raw")
    foreign.post("/add", b"another")
    (tmp_path / "foreign.txt").write_text(foreign.published(1)[1])
    refused(stranger, "--checkpoint", tmp_path / "foreign.txt", saying="no checkpoint that this ledger signed")
    (tmp_path / "none.txt").write_text("no checkpoint\n")
    refused(stranger, "--checkpoint", tmp_path / "none.txt", saying="none.txt")
    refused(stranger, "--checkpoint", tmp_path / "none.txt", "--accept-unseen", saying="one of")

    mark = places.ledger / "backup.unfinished"
    mark.write_text("x")
    refused(stranger, "--accept-unseen", saying="begun and not finished")
    ledger.must("backup", *places.options)
    assert not mark.exists()
    target.mkdir()
    (target / "something").write_text("x")
    done = stranger.run(*restore, "--accept-unseen")
    assert done.status == 1 and "is not empty" in done.error and (target / "something").exists()


def test_a_backup_overwrites_nothing_of_others(shop, new_ledger, places, tmp_path):
    foreign = new_ledger("foreign", **SMALL)
    foreign.must("backup", *places.options)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    for options, saying in [
        (places.options, "another ledger"), (("--to", foreign.data), "another ledger"), (("--to", shop.data), "apart"),
        (("--to", shop.data / "inside"), "apart"), (("--to", tmp_path / "x", "--keys-to", tmp_path / "x" / "keys"), "apart"),
        (("--to", tmp_path / "y", "--keys-to", places.keys), "another key"), (("--to", tmp_path), "apart"), (("--to", tmp_path / "mine"), "neither empty nor a backup"),
    ]:
        done = shop.command("backup", *options)
        assert done.status in (1, 2) and saying in done.error, (options, done.all)
    assert "clean" in foreign.must("audit").output
    restored(foreign, places, tmp_path, "--accept-unseen")


def test_damage_in_a_backup_is_healed_or_copied_again(shop, places, tmp_path):
    shop.compact("--seal-tail")
    shop.must("backup", *places.options)
    victims = [sorted((places.ledger / "segments").glob(kind))[0] for kind in ("*.entries", "*.records")]
    for path in victims:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    other = restored(shop, places, tmp_path, "--accept-unseen")
    assert "clean" in other.must("audit").output
    shop.must("backup", *places.options)
    assert all(
        path.read_bytes() != (shop.data / "segments" / path.name).read_bytes() for path in victims), "not looked at unless asked"
    assert copied(shop.must("backup", *places.options, "--check")) > 0
    for path in victims:
        assert path.read_bytes() == (shop.data / "segments" / path.name).read_bytes()


def test_damage_in_the_ledger_is_told_and_its_backup_is_made(shop, places):
    shop.compact("--seal-tail")
    assert shop.stop() == 0
    victim = next((shop.data / "segments").glob("*.records"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    done = shop.command("backup", *places.options)
    assert done.status == 1 and victim.name in done.output and "tamga repair" in done.error, done.all
    copy = places.ledger / "segments" / victim.name
    assert copy.read_bytes() == bytes(content)
    shop.must("repair")
    assert "damaged" not in shop.must("backup", *places.options).output
    assert copy.read_bytes() == victim.read_bytes() != bytes(content), "what was copied damaged is copied again"


@pytest.mark.parametrize("delay", [0.005, 0.02, 0.05])
def test_a_backup_that_was_killed_is_whole_or_says_that_it_is_not(shop, places, tmp_path, delay):
    shop.must("backup", *places.options)
    for number in range(40):
        shop.file(tamga.receipt(suffix=f"more {number}"))
    shop.published(shop.size)
    shop.compact()
    process = subprocess.Popen(
        [str(shop.tamga.path), "backup", "--data", str(shop.data), *map(str, places.options)], env=shop.tamga.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    machine = tamga.Tamga(shop.tamga.path, tmp_path / "other-state")
    done = machine.run(
        "restore", "--from", places.ledger, "--keys-from", places.keys, "--data", tmp_path / "first", "--accept-unseen")
    assert done.status == 0 or "begun and not finished" in done.error, done.all
    if done.status == 0:
        assert "clean" in machine.must("audit", "--data", tmp_path / "first").output
    assert entries(shop.must("backup", *places.options)) == shop.size
    assert "clean" in restored(shop, places, tmp_path, "--accept-unseen", name="second").must("audit").output
