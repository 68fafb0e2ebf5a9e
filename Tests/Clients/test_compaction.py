"""Sealing: what was filed is answered from segments as it was from the journal, beside a service and on a closed folder."""

import json
import secrets
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import c2sp
import pytest
import tamga
from load import Load, Witness
from signing import Office, act

DOCUMENT = "Битүүмжлэх загвар\n".encode()


def segment_files(ledger):
    return sorted(path for path in (ledger.data / "segments").iterdir() if path.is_file())


def add(ledger, count: int, first: int = 0) -> dict[int, bytes]:
    """Raw entries of several lengths, by their index."""
    entries = [secrets.token_bytes(1 + number % 97) + number.to_bytes(4, "big") for number in range(first, first + count)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda entry: ledger.post("/add", entry), entries))
    assert all(answer.status in (200, 201) for answer in answers), answers[0]
    ledger.published(max(int(answer.text) for answer in answers) + 1)
    return {int(answer.text): entry for answer, entry in zip(answers, entries)}


# The command


def test_help_names_the_choices(cli):
    told = cli.must("compact", "--help").output
    assert all(word in told for word in ("--status", "--now", "--seal-tail", "--json"))


@pytest.mark.parametrize("options", [[], ["--status", "--now"], ["--seal-tail"], ["--status", "--seal-tail"]], ids=" ".join)
def test_wrong_usage_does_nothing(ledger, options):
    done = ledger.command("compact", *options)
    assert done.status == 2 and done.error.strip(), done.all
    assert not (ledger.data / "segments").exists() or not segment_files(ledger)


def test_many_who_ask_at_once_wait_for_their_turn_and_filing_goes_on(new_ledger):
    ledger = new_ledger(segment_height=4).serve("--allow-raw")
    add(ledger, 100)
    with ThreadPoolExecutor(9) as pool:
        asked = [pool.submit(ledger.command, "compact", "--now", "--seal-tail") for _ in range(8)]
        added = pool.submit(add, ledger, 50, 100).result()
        assert all(done.result().status == 0 for done in asked), [done.result().error for done in asked]
    assert len(added) == 50
    # What was added behind the last of them.
    ledger.must("compact", "--now")
    status = json.loads(ledger.must("compact", "--status", "--json").output)
    assert status["entries"] == 150 and status["waiting_to_seal"] == 0 and "failure" not in status


@pytest.mark.parametrize("is_running", [True, False], ids=["beside a service", "on a closed folder"])
def test_status_and_sealing(new_ledger, is_running):
    ledger = new_ledger(segment_height=4).serve("--allow-raw")
    added = add(ledger, 37)
    if not is_running:
        assert ledger.stop() == 0
    ledger.must("compact", "--now")
    status = json.loads(ledger.must("compact", "--status", "--json").output)
    assert (status["entries"], status["sealed"], status["segments"]) == (37, 32, 2)
    assert status["waiting_to_seal"] == status["waiting_to_erase"] == 0 and status["entry_bytes"] > 0
    assert "32 of 37 entries sealed in 2 segments" in ledger.must("compact", "--status").output
    assert ledger.must("compact", "--now").output.startswith("nothing was due")

    sealing = ledger.must("compact", "--now", "--seal-tail").output
    assert "done: sealing the entries 32 to 36" in sealing and "37 of 37 entries sealed in 3 segments" in sealing
    assert ledger.must("compact", "--now", "--seal-tail").output.startswith("nothing was due")
    assert len([path for path in segment_files(ledger) if path.suffix == ".entries"]) == 3

    # A longer segment takes the place of the short one.
    if not is_running:
        ledger.restart()
    added |= add(ledger, 11, first=37)
    assert ledger.compact()["sealed"] == 48
    size, _ = ledger.published(48)
    assert c2sp.read_entries(lambda path: ledger.get(path).body, size) == [added[index] for index in range(48)]
    assert ledger.stop() == 0
    assert "48 of 48 entries sealed in 3 segments" in ledger.must("compact", "--status").output
    ledger.must("audit")


def test_empty_ledger_has_nothing_to_do(ledger):
    assert "0 of 0 entries sealed in 0 segments" in ledger.must("compact", "--status").output
    assert ledger.must("compact", "--now", "--seal-tail").output.startswith("nothing was due")


# What strangers read


def test_tiles_bundles_and_proofs_are_the_same_bytes_before_and_after(new_ledger):
    ledger = new_ledger(segment_height=10).serve("--allow-raw")
    added = add(ledger, 700)
    size, note = ledger.published(700)
    key = c2sp.VerifierKey.parse(ledger.key)
    paths = [path for path, _ in c2sp.tile_paths("entries", size) + c2sp.tile_paths(0, size) + c2sp.tile_paths(1, size // 256)]
    paths += [f"/v1/inclusion?index={index}" for index in (0, 1, 255, 256, 511, 699)]
    paths += [f"/v1/consistency?from={first}&to={size}" for first in (1, 255, 256, 512, 699)]

    def everything():
        answers = {path: ledger.get(path) for path in paths}
        assert all(answer.status == 200 for answer in answers.values())
        return {path: answer.body for path, answer in answers.items()}

    before = everything()
    assert ledger.compact()["sealed"] == 0, "a segment of 1,024 entries is not full"
    assert ledger.compact("--seal-tail")["sealed"] == 700
    assert everything() == before
    ledger.kill()
    ledger.restart()
    assert everything() == before
    entries = c2sp.read_entries(lambda path: ledger.get(path).body, size)
    assert entries == [added[index] for index in range(size)]
    checkpoint = c2sp.Checkpoint.verified(note, key)
    assert c2sp.root_of([c2sp.leaf_hash(entry) for entry in entries]) == checkpoint.root
    for index in (0, 255, 699):
        body = ledger.get(f"/v1/inclusion?index={index}").json()
        c2sp.check_inclusion(index, size, c2sp.leaf_hash(entries[index]), c2sp.hashes(body["hashes"]), checkpoint.root)
    # The tree goes on behind the segments.
    add(ledger, 30, first=700)
    grown = c2sp.Checkpoint.verified(ledger.published(730)[1], key)
    body = ledger.get("/v1/consistency?from=700&to=730").json()
    c2sp.check_consistency(700, 730, c2sp.hashes(body["hashes"]), checkpoint.root, grown.root)


# What filers and readers get


@pytest.fixture
def sealed(new_ledger, pki, tmp_path):
    """A service with receipts and a deed, all of it sealed, and what was answered before."""
    ledger = new_ledger(segment_height=4).enrol_merchants().serve("--trust", pki.trust, "--repetition-window", 600)
    ledger.office = Office.enrol(ledger, pki, "NT001")
    ledger.merchant = ledger.token("merchant", tamga.MERCHANT)
    ledger.bodies = [tamga.receipt(suffix=f"sealed {number}", name=f"Битүү бараа {number}") for number in range(20)]
    ledger.answers = [ledger.file(body) for body in ledger.bodies]
    ledger.keyed = tamga.receipt(suffix="keyed")
    ledger.first = ledger.post("/v1/receipts", ledger.keyed, ledger.merchant, {"Idempotency-Key": "sealed-1"})
    ledger.draft = act(DOCUMENT)
    ledger.signature = pki.sign(ledger.office.statement(ledger.draft), "NT001")
    ledger.deed = ledger.office.submit(ledger.draft, ledger.signature)
    assert ledger.first.status == ledger.deed.status == 201, (ledger.first, ledger.deed)
    ledger.saved = [ledger.evidence(answer, tmp_path / f"before-{number}.tlog-proof")
                    for number, answer in enumerate([*ledger.answers, ledger.deed])]
    size, _ = ledger.published(ledger.deed.index + 1)
    status = ledger.compact("--seal-tail")
    assert status["sealed"] == status["entries"] == size and status["records_held"] == size
    return ledger


@pytest.mark.parametrize("is_restarted", [False, True], ids=["same service", "after kill -9"])
def test_receipts_and_deeds_are_read_verified_and_repeated_from_segments(sealed, tmp_path, is_restarted):
    if is_restarted:
        sealed.kill()
        sealed.restart()
    before = sealed.size
    for number, (body, answer) in enumerate(zip(sealed.bodies, sealed.answers)):
        out = sealed.evidence(answer, tmp_path / "after.tlog-proof")
        assert sealed.verify(out, "--expect", f"id={answer.json()['id']}").status == 0
        assert extra(out) == extra(sealed.saved[number]), "the disclosure and its salts are what they were"
        again = sealed.file(body)
        assert again.json() == answer.json() and again.index == answer.index
    again = sealed.post("/v1/receipts", sealed.keyed, sealed.merchant, {"Idempotency-Key": "sealed-1"})
    assert again.json()["id"] == sealed.first.json()["id"] and again.index == sealed.first.index
    other = sealed.post("/v1/receipts", sealed.bodies[0], sealed.merchant, {"Idempotency-Key": "sealed-1"})
    assert other.status == 422
    repeated = sealed.office.submit(sealed.draft, sealed.signature)
    assert repeated.status == 200 and repeated.json()["act"] == sealed.deed.json()["act"]
    assert repeated.json()["accessCode"] == sealed.deed.json()["accessCode"]
    number, code = sealed.deed.json()["act"], sealed.deed.json()["accessCode"]
    assert sealed.post("/v1/deeds/status", {"act": number, "code": code}).status == 200
    out = sealed.evidence(sealed.deed, tmp_path / "deed.tlog-proof")
    assert sealed.verify(out, "--expect", f"act={number}").status == 0
    assert sealed.size == before, "a repetition is no new entry"
    for key in (number, sealed.answers[3].json()["id"]):
        sealed.must("prove", "--key", key, "--out", tmp_path / f"{key}.tlog-proof")
        assert sealed.verify(tmp_path / f"{key}.tlog-proof").status == 0
    assert "clean" in sealed.must("audit").output
    # A return, a revocation and further filings go on behind what is sealed.
    filed = sealed.answers[0].json()
    assert sealed.pos("DELETE", "/rest/receipt", {"id": filed["id"], "date": filed["date"]}).status in (200, 204)
    assert sealed.office.revoke(number).status in (200, 201)
    assert sealed.file(sealed.bodies[0]).json()["id"] != filed["id"], "a returned receipt is no repetition"
    sealed.published(sealed.size)
    sealed.compact("--seal-tail")
    assert sealed.post("/v1/deeds/status", {"act": number, "code": code}).json()["status"] == "revoked"
    assert sealed.stop() == 0
    sealed.must("audit")


def extra(path) -> str:
    """The line of an evidence file that holds the disclosure, without the checksum, which covers the proof too."""
    line = next(line for line in path.read_text().splitlines() if line.startswith("extra "))
    return line[: len(line) // 4 * 4 - 48]


def test_index_is_built_again_from_the_segments(sealed, tmp_path):
    assert sealed.stop() == 0
    shutil.rmtree(sealed.data / "index")
    sealed.restart()
    assert sealed.file(sealed.bodies[7]).json() == sealed.answers[7].json()
    sealed.compact()
    assert any((sealed.data / "index").iterdir())
    sealed.must("prove", "--key", sealed.answers[5].json()["id"], "--out", tmp_path / "out")
    assert sealed.verify(tmp_path / "out").status == 0


def test_segments_that_are_gone_are_missed(sealed):
    """Their journal was let go: without them the ledger must not open as if nothing had been."""
    assert sealed.stop() == 0
    first = min(path.name for path in (sealed.data / "journal").iterdir() if path.suffix == ".journal")
    kept = sealed.data.parent / "kept"
    shutil.move(sealed.data / "segments", kept)
    done = sealed.command("audit")
    if first.startswith("0" * 20):
        assert done.status == 0, "the whole journal is there yet"
    else:
        assert done.status == 1 and done.all.strip()
    shutil.move(kept, sealed.data / "segments") if not (sealed.data / "segments").exists() else None
    sealed.restart()
    sealed.must("audit")


# Folders of before


def test_folder_without_segments_and_index_opens(new_ledger, tmp_path):
    """As a version that knew neither has left it: a journal, keys, the signer's state."""
    ledger = new_ledger().enrol_merchants().serve()
    answers = [ledger.file(tamga.receipt(suffix=f"before {number}")) for number in range(5)]
    assert ledger.stop() == 0
    for name in ("segments", "index"):
        if (ledger.data / name).exists():
            assert not [path for path in (ledger.data / name).rglob("*") if path.is_file()], "nothing was sealed"
            (ledger.data / name).rmdir()
    ledger.must("audit")
    ledger.must("prove", "--index", answers[0].index, "--out", tmp_path / "out")
    assert ledger.verify(tmp_path / "out").status == 0
    ledger.restart()
    assert ledger.file(tamga.receipt(suffix="before 2")).json() == answers[2].json()
    ledger.published(ledger.size)
    status = ledger.compact("--seal-tail")
    assert status["sealed"] == status["entries"]
    assert ledger.file(tamga.receipt(suffix="before 3")).json() == answers[3].json()
    ledger.must("audit")


# Death


@pytest.mark.faults
def test_compaction_killed_again_and_again_loses_nothing(new_ledger):
    """On a closed folder: `compact --now` dies anywhere between its start and its end."""
    ledger = new_ledger(segment_height=4).serve("--allow-raw")
    added = add(ledger, 60)
    ledger.kill()
    duration, died = 0.12, 0
    for number in range(24):
        compacting = subprocess.Popen(
            [str(ledger.tamga.path), "compact", "--data", str(ledger.data), "--now", "--seal-tail"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ledger.tamga.environment)
        started = time.monotonic()
        try:
            # Spread over the time that a whole run takes on this machine.
            compacting.wait(timeout=duration * (number % 12 + 1) / 12)
            assert compacting.returncode == 0, compacting.stderr.read()
            duration = max(0.02, (time.monotonic() - started) * 0.95)
        except subprocess.TimeoutExpired:
            compacting.kill()
            compacting.wait()
            died += 1
        audited = ledger.command("audit")
        assert audited.status == 0, f"round {number}: {audited.all}"
        ledger.restart()
        size, note = ledger.published(len(added))
        entries = c2sp.read_entries(lambda path: ledger.get(path).body, size)
        assert entries == [added[index] for index in range(size)], f"round {number}"
        checkpoint = c2sp.Checkpoint.verified(note, c2sp.VerifierKey.parse(ledger.key))
        assert c2sp.root_of([c2sp.leaf_hash(entry) for entry in entries]) == checkpoint.root
        added |= add(ledger, 21, first=size)
        ledger.kill()
    assert died >= 6, f"only {died} of 24 runs were killed before their end"
    ledger.must("compact", "--now", "--seal-tail")
    names = [path.name for path in segment_files(ledger)]
    assert not [name for name in names if name.endswith((".new", ".healed"))]
    assert len([name for name in names if name.endswith(".manifest")]) == (len(added) + 15) // 16


@pytest.mark.faults
def test_service_killed_while_it_seals_under_load_loses_nothing(new_ledger):
    ledger = new_ledger(segment_height=6, init=("--journal-file-length", 4 << 20)).serve("--allow-raw")
    witness = Witness(ledger)
    for number in range(10):
        with Load(ledger) as load:
            time.sleep(0.2 + 0.07 * number)
            compacting = subprocess.Popen(
                [str(ledger.tamga.path), "compact", "--data", str(ledger.data), "--now", "--seal-tail"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ledger.tamga.environment)
            time.sleep(0.02 + 0.03 * number)
            ledger.kill()
            compacting.wait(timeout=60)
        audited = ledger.command("audit")
        assert audited.status == 0, f"round {number}: {audited.all}"
        ledger.restart()
        witness.saw(load)
        witness.check()
    assert ledger.compact("--seal-tail")["segments"] >= len(witness.entries) // 64
    witness.check()
    ledger.must("audit")


@pytest.mark.faults
def test_receipts_survive_kills_while_they_are_sealed(new_ledger, tmp_path):
    shop = new_ledger(segment_height=3).enrol_merchants().serve("--repetition-window", 600)
    filed = {}
    for number in range(6):
        for part in range(7):
            body = tamga.receipt(suffix=f"{number}-{part}")
            filed[f"{number}-{part}"] = shop.file(body)
        compacting = subprocess.Popen(
            [str(shop.tamga.path), "compact", "--data", str(shop.data), "--now", "--seal-tail"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=shop.tamga.environment)
        time.sleep(0.015 * (number + 1))
        shop.kill()
        compacting.wait(timeout=60)
        shop.restart()
    before = shop.size
    for suffix, answer in filed.items():
        assert shop.file(tamga.receipt(suffix=suffix)).json() == answer.json()
        evidence = shop.evidence(answer, tmp_path / "evidence.tlog-proof")
        assert shop.verify(evidence, "--expect", f"id={answer.json()['id']}").status == 0
    assert shop.size == before
    shop.must("audit")
