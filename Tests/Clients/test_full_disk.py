"""A full disk, on a small file system of its own."""

import os
import secrets
import subprocess
import time

import c2sp
import pytest
import tamga

pytestmark = pytest.mark.faults


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 200 MiB: journal files of 64 MiB fit two times, but only once beside the ballast."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted (needs root): {mounted.stderr.decode().splitlines()[0]}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_full_disk_closes_filing_loses_nothing_and_opens_again(cli, small_disk):
    ledger = tamga.Ledger.create(cli, small_disk / "data")
    ballast = small_disk / "ballast"
    try:
        ledger.serve("--allow-raw")
        acknowledged = {}

        def add():
            entry = secrets.token_bytes(60_000)
            answer = ledger.post("/add", entry)
            if answer.status in (200, 201):
                acknowledged[int(answer.text)] = entry
            return answer

        for _ in range(10):
            assert add().status in (200, 201)
        fill(ballast)
        answer = None
        for _ in range(2000):
            answer = add()
            if answer.status not in (200, 201):
                break
        assert answer.status in (503, 507), answer
        assert answer.json()["code"] in ("ledger-disk-full", "ledger-outcome-unknown", "ledger-stopped", "ledger-busy")
        assert "retry-after" in answer.headers or answer.status == 507
        for _ in range(5):
            assert add().status in (503, 507)
        # Reading goes on.
        assert ledger.get("/checkpoint").status == 200
        assert ledger.get("/v1/inclusion?index=0").status == 200

        ballast.unlink()
        answer = wait_until_filed(add)
        assert answer.status in (200, 201), answer
        check(ledger, acknowledged)
        assert ledger.stop() == 0
        assert ledger.command("audit").status == 0
        ledger.restart()
        check(ledger, acknowledged)
    finally:
        ledger.close()


def test_start_on_a_full_disk_is_clear_and_harmless(cli, small_disk):
    ledger = tamga.Ledger.create(cli, small_disk / "data")
    try:
        ledger.serve("--allow-raw")
        assert ledger.post("/add", b"entry").text == "0"
        ledger.kill()
        fill(small_disk / "ballast")
        process = ledger.launch(*ledger.options)
        try:
            process.wait(timeout=3)
            assert process.returncode != 0 and ledger.log().strip()
        except subprocess.TimeoutExpired:
            ledger.kill()
        (small_disk / "ballast").unlink()
        ledger.restart()
        check(ledger, {0: b"entry"})
        assert ledger.post("/add", b"another").text == "1"
    finally:
        ledger.close()


def test_full_disk_while_it_seals_loses_nothing(cli, small_disk):
    """There is room for filing and none for the segment: what was journalled stays there until there is."""
    ledger = tamga.Ledger.create(cli, small_disk / "data", init=("--journal-file-length", 4 << 20), segment_height=9)
    ballast = small_disk / "ballast"
    try:
        ledger.serve("--allow-raw")
        acknowledged = {}

        def add():
            entry = secrets.token_bytes(20_000)
            answer = ledger.post("/add", entry)
            if answer.status in (200, 201):
                acknowledged[int(answer.text)] = entry
            return answer

        for _ in range(400):
            assert add().status in (200, 201)
        ledger.published(400)
        fill(ballast)
        os.truncate(ballast, ballast.stat().st_size - (1 << 20))
        for _ in range(3):
            done = ledger.command("compact", "--now", "--seal-tail")
            assert done.status == 1 and done.error.strip(), done.all
            assert ledger.must("compact", "--status").output.startswith("0 of ")
            answer = add()
            assert answer.status in (200, 201, 503, 507), answer
        check(ledger, acknowledged)
        # Killed with a full disk: what the sealing left behind is in nobody's way.
        ledger.kill()
        assert ledger.command("audit").status == 0
        ballast.unlink()
        ledger.restart()
        answer = wait_until_filed(add)
        assert answer.status in (200, 201), answer
        ledger.published(len(acknowledged))
        status = ledger.compact("--seal-tail")
        assert status["sealed"] == status["entries"] >= 401
        check(ledger, acknowledged)
        assert ledger.stop() == 0
        assert ledger.command("audit").status == 0
    finally:
        ledger.close()


def test_init_on_a_full_disk_leaves_no_ledger(cli, small_disk):
    fill(small_disk / "ballast")
    done = cli.run("init", "--data", small_disk / "data", "--origin", "full.example/x")
    assert done.status == 1 and done.error.strip()
    (small_disk / "ballast").unlink()
    assert cli.run("audit", "--data", small_disk / "data").status != 0


def fill(path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            for step in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * step)
                except OSError:
                    pass
        finally:
            os.fsync(file.fileno())


def wait_until_filed(add):
    """The service finds out by itself that there is space again: within ten seconds."""
    end = time.monotonic() + 10
    while True:
        answer = add()
        if answer.status in (200, 201) or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def check(ledger, acknowledged) -> None:
    size, note = ledger.published(max(acknowledged) + 1)
    checkpoint = c2sp.Checkpoint.verified(note, c2sp.VerifierKey.parse(ledger.key))
    entries = c2sp.read_entries(lambda path: ledger.get(path).body, size)
    assert all(entries[index] == entry for index, entry in acknowledged.items())
    assert c2sp.root_of([c2sp.leaf_hash(entry) for entry in entries]) == checkpoint.root
