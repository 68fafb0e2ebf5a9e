"""A large ledger of real receipts through its whole life, in one process after the other: filed, compacted, erased from, damaged,
repaired, audited. How many receipts: `--receipts`. The tests build on each other, in this order."""

import json
import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import c2sp
import pytest
import tamga
from tamga import BASIS

pytestmark = pytest.mark.million

ISSUERS = 64
SPAN = 65_536
ERASED = 8
HOUR = 3600


def filler() -> Path:
    path = Path(os.environ.get("TAMGA_BENCH_BINARY") or tamga.REPOSITORY / ".build-bench-package" / "release" / "tamga-bench")
    if not path.exists():
        pytest.skip(f"what files the receipts is not built: tools/bench --build, or name it in TAMGA_BENCH_BINARY ({path})")
    return path


def say(text: str) -> None:
    print(f"\nmillion: {text}", flush=True)


@pytest.fixture(scope="module")
def count(request) -> int:
    return request.config.getoption("--receipts")


@pytest.fixture(scope="module")
def ledger(cli, count, tmp_path_factory):
    """The ledger, filed by the bench's own program: parsed, checked, numbered, chained and sealed as the service does."""
    data = tmp_path_factory.mktemp("million") / "data"
    free = shutil.disk_usage(data.parent).free
    if free < count * 4000 + (1 << 30):
        pytest.skip(f"{count} receipts need {(count * 4000 >> 30) + 1} GiB, {free >> 30} GiB are free in {data.parent}")
    made = subprocess.run(
        [filler(), "receipts", "--data", data, "--count", str(count)], capture_output=True, timeout=HOUR, env=cli.environment)
    assert made.returncode == 0, made.stderr.decode()
    filed, json_bytes, seconds = (float(word) for word in made.stdout.split())
    assert filed == count
    say(f"{count} receipts of {json_bytes / count:.0f} bytes filed in {seconds:.0f} s, {count / seconds:.0f} a second")
    ledger = tamga.Ledger(cli, data, "bench.example/tamga")
    ledger.json_bytes = json_bytes
    yield ledger
    ledger.close()
    shutil.rmtree(data, ignore_errors=True)


def timed(ledger, *arguments) -> tuple[tamga.Done, float]:
    began = time.monotonic()
    done = ledger.command(*arguments, timeout=HOUR)
    return done, time.monotonic() - began


def audit(ledger, size: int) -> None:
    done, seconds = timed(ledger, "audit")
    assert done.status == 0 and f"clean: {size} entries" in done.output, done.all
    say(f"audited {size} entries with their records in {seconds:.1f} s, {size / seconds:.0f} a second")


def stored(ledger) -> int:
    """Bytes of what a sealed ledger keeps: segments, parity, index, secrets."""
    return sum(path.stat().st_size for path in ledger.files() if path.parent.name != "journal")


def test_it_is_compacted(ledger, count):
    began = time.monotonic()
    status = ledger_status(ledger, "--now", "--seal-tail")
    size = count + ISSUERS
    assert status["entries"] == status["sealed"] == status["records_held"] == size
    assert status["segments"] == (size + SPAN - 1) // SPAN
    assert status["waiting_to_seal"] == status["waiting_to_erase"] == 0
    assert status["waiting_to_pack"] <= (1 if size % SPAN else 0), "only the short segment at the end is not packed for good"
    say(f"compacted in {time.monotonic() - began:.0f} s: {stored(ledger) / count:.1f} bytes a receipt on disk, "
        f"{ledger.json_bytes / count:.0f} as JSON")
    audit(ledger, size)


def ledger_status(ledger, *options) -> dict:
    done, _ = timed(ledger, "compact", "--json", *options)
    assert done.status == 0, done.all
    answer = json.loads(done.output)
    return answer.get("status", answer)


@pytest.fixture(scope="module")
def gone(ledger, count, tmp_path_factory):
    """Receipts all over the ledger, erased beside a running service; with evidence of each from before."""
    folder = tmp_path_factory.mktemp("evidence")
    spread = random.Random(2026)
    indices = sorted(spread.sample(range(ISSUERS, count + ISSUERS), ERASED))
    saved = []
    for index in indices:
        saved.append(folder / f"{index}.tlog-proof")
        ledger.must("prove", "--index", index, "--out", saved[-1], timeout=HOUR)
        assert ledger.verify(saved[-1]).status == 0
    began = time.monotonic()
    ledger.serve()
    say(f"the service opened {count + ISSUERS} entries in {time.monotonic() - began:.2f} s")
    began = time.monotonic()
    for index in indices:
        ledger.must("erase", "--index", index, "--basis", BASIS, timeout=HOUR)
    say(f"erased {ERASED} records in {time.monotonic() - began:.1f} s")
    size, note = ledger.published(count + ISSUERS + ERASED)
    c2sp.Checkpoint.verified(note, c2sp.VerifierKey.parse(ledger.key))
    assert ledger.stop() == 0
    return dict(zip(indices, saved))


def test_it_is_erased_from(ledger, count, gone, tmp_path):
    for index, saved in gone.items():
        done = ledger.command("prove", "--index", index, "--out", tmp_path / "none", timeout=HOUR)
        assert done.status == 1 and BASIS in done.error, done.all
        assert ledger.verify(saved).status == 0, "evidence from before verifies as before"
    for index in (ISSUERS, min(gone) + 1, count // 2, count + ISSUERS - 1):
        if index not in gone:
            ledger.must("prove", "--index", index, "--out", tmp_path / "kept", timeout=HOUR)
            assert ledger.verify(tmp_path / "kept").status == 0
    status = ledger_status(ledger, "--status")
    assert status["records_erased"] == ERASED and status["waiting_to_erase"] == 0
    audited, _ = timed(ledger, "audit")
    assert audited.status == 0 and f"erased: {ERASED} records" in audited.output, audited.all


def flip(path: Path, at: int, length: int = 1) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        content = file.read(length)
        file.seek(at)
        file.write(bytes(byte ^ 0x40 for byte in content))


def victims(ledger) -> list[tuple[Path, int]]:
    """A byte in an entry file and one in a record file, in different segments where there are several."""
    folder = ledger.data / "segments"
    entries, records = sorted(folder.glob("*.entries")), sorted(folder.glob("*.records"))
    chosen = [entries[0], records[len(records) // 2]]
    return [(path, path.stat().st_size // 2) for path in chosen]


def test_damage_is_found_and_named(ledger, gone):
    for path, at in victims(ledger):
        flip(path, at)
        done, _ = timed(ledger, "audit")
        assert done.status == 1 and path.name in done.all, f"{path.name}, byte {at}: {done.all}"
        flip(path, at)
    say("damage in an entry file and in a record file was found and named")


def test_it_is_damaged_and_repaired(ledger, count, gone):
    if not re.search(r"^ +repair ", ledger.tamga.must("--help").output, re.MULTILINE):
        pytest.skip("this tamga has no `repair`")
    hurt = {}
    for path, at in victims(ledger):
        hurt[path] = path.read_bytes()
        # Within one stripe of parity: as much as a lost block of the medium.
        flip(path, at, min(4096, path.stat().st_size - at))
    parity = sorted((ledger.data / "segments").glob("*.parity"))[-1]
    hurt[parity] = parity.read_bytes()
    flip(parity, parity.stat().st_size // 2)
    assert timed(ledger, "audit")[0].status == 1
    done, seconds = timed(ledger, "repair")
    assert done.status == 0, done.all
    for path, content in hurt.items():
        assert path.read_bytes() == content, f"{path.name} is what it was"
    say(f"three damaged files were repaired in {seconds:.1f} s")
    done, _ = timed(ledger, "repair")
    assert done.status == 0, done.all


def test_it_is_audited_and_goes_on(ledger, count, gone, tmp_path):
    size = count + ISSUERS + ERASED
    audit(ledger, size)
    ledger.serve()
    for saved in list(gone.values())[:2]:
        assert ledger.verify(saved).status == 0
    assert ledger.size == size
    ledger.must("issuer", "add-merchant", "--tin", "11122233344", "--name", "Дараагийн")
    assert ledger.size == size + 1
    assert ledger.stop() == 0
