"""Scrubbing: what is sealed is read again, the result is filed, and damage is named wherever an operator looks."""

import json

import pytest
import tamga


@pytest.fixture
def sealed(new_ledger):
    """A service with receipts, all of it sealed."""
    ledger = new_ledger(segment_height=4).enrol_merchants().serve("--repetition-window", 600)
    for number in range(20):
        ledger.file(tamga.receipt(suffix=f"scrub {number}", name=f"Шалгах бараа {number}"))
    size, _ = ledger.published(ledger.size)
    assert ledger.compact("--seal-tail")["sealed"] == size
    return ledger


def flip(path, at: int | None = None):
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if at is None else at] ^= 0x10
    path.write_bytes(content)


def event(ledger, index: int, path) -> str:
    """What `inspect` says of the evidence of an entry, which verifies."""
    ledger.must("prove", "--index", index, "--out", path)
    assert ledger.verify(path, "--expect", "action=scrubbed").status == 0
    return ledger.tamga.must("inspect", path).output


def test_help_names_the_choice(cli):
    assert "--scrub" in cli.must("compact", "--help").output
    assert all(word in cli.must("serve", "--help").output for word in ("--scrub-days", "--scrub-rate"))


@pytest.mark.parametrize("options", [["--scrub"], ["--status", "--scrub"]], ids=" ".join)
def test_wrong_usage_does_nothing(ledger, options):
    done = ledger.command("compact", *options)
    assert done.status == 2 and ("--scrub goes with --now" in done.error or "name one" in done.error), done.all
    assert not (ledger.data / "scrub.state").exists()


@pytest.mark.parametrize("option", [("--scrub-days", "-1"), ("--scrub-days", "4000"), ("--scrub-rate", "x")], ids=" ".join)
def test_serve_refuses_impossible_figures(ledger, option):
    assert ledger.command("serve", f"{option[0]}={option[1]}").status == 2


def test_a_store_that_was_sealed_just_now_is_not_due(sealed):
    status = json.loads(sealed.must("compact", "--status", "--json").output)
    assert status["scrub"]["damage"] == [] and "last_round" not in status["scrub"]
    assert status["scrub"]["next"] == 0 and status["scrub"]["due"] > 0
    assert "read again: not yet" in sealed.must("compact", "--status").output
    assert sealed.size == status["entries"], "nothing is filed before something was read"


@pytest.mark.parametrize("is_running", [True, False], ids=["beside a service", "on a closed folder"])
def test_a_round_is_read_and_filed(sealed, tmp_path, is_running):
    size = sealed.size
    if not is_running:
        assert sealed.stop() == 0
    told = sealed.must("compact", "--now", "--scrub").output
    assert "done: reading again what is sealed from entry 0 on" in told and "read again: last ended" in told
    status = json.loads(sealed.must("compact", "--status", "--json").output)
    last = status["scrub"]["last_round"]
    assert last["entries"] == size and last["damaged"] == 0 and last["bytes"] > 0 and status["scrub"]["damage"] == []
    assert status["entries"] == size + 1 and status["scrub"]["waiting_to_file"] == 0
    assert oct((sealed.data / "scrub.state").stat().st_mode & 0o777) == "0o600"
    shown = event(sealed, size, tmp_path / "event")
    assert "kind ledger-event" in shown and "round: complete" in shown and "result: clean" in shown
    assert "Ledger event" in sealed.verify(tmp_path / "event").output
    assert "Бүртгэлийн үйл явдал" in sealed.verify(tmp_path / "event", "--lang", "mn").output
    assert "clean" in sealed.must("audit").output


@pytest.mark.parametrize("kind", [".records", ".entries", ".entries.parity", ".manifest"])
def test_damage_is_named_filed_once_and_healed(sealed, tmp_path, kind):
    path = min(path for path in (sealed.data / "segments").iterdir() if path.name.endswith(kind))
    name = f"segments/{path.name}"
    size = sealed.size
    flip(path)
    done = sealed.command("compact", "--now", "--scrub")
    told = done.output
    assert done.status == 1 and f"DAMAGED: {name}, byte " in told and "tamga repair" in told
    status = json.loads(sealed.must("compact", "--status", "--json").output)
    assert [place["file"] for place in status["scrub"]["damage"]] == [name]
    assert status["scrub"]["damage"][0]["reason"] and "tamga repair" in status["scrub"]["remedy"]
    assert f"DAMAGED: {name}" in sealed.must("compact", "--status").output
    health = sealed.get("/healthz")
    assert health.status == 200 and health.json()["status"] == "damaged" and health.json()["damaged_files"] == 1
    assert path.name not in health.text, "where it lies is the operator's business"
    assert any("damage found" in line and name in line and "error" in line for line in sealed.log().splitlines())
    # Another round states that it is damaged, and not once more what is.
    assert sealed.command("compact", "--now", "--scrub").status == 1
    last = sealed.size - 1
    # Repaired, it is read again with the next opening, and that is said, too.
    assert sealed.stop() == 0
    sealed.must("repair")
    assert "DAMAGED" not in sealed.must("compact", "--now").output
    shown = event(sealed, size, tmp_path / "event")
    assert "result: damaged" in shown and name in shown and str(sealed.data) not in shown
    shown = event(sealed, last, tmp_path / "event")
    assert "round: complete" in shown and "known: 1" in shown and name not in shown
    shown = event(sealed, last + 1, tmp_path / "event")
    assert "result: clean" in shown and "healed: " in shown and name in shown
    sealed.restart()
    assert sealed.get("/healthz").json()["status"] == "ok"
    assert "clean" in sealed.must("audit").output


def test_a_damaged_index_is_made_again(sealed, tmp_path):
    # A merge that is due would meet the damage first, and make the run again without a word.
    sealed.must("compact", "--now")
    size = sealed.size
    assert sealed.stop() == 0
    path = min((sealed.data / "index").iterdir())
    flip(path, 20)
    told = sealed.must("compact", "--now", "--scrub").output
    assert "DAMAGED" not in told and "done: indexing" in told
    assert sealed.command("audit", "--index").status == 0
    if told.index("done: indexing") < told.index("done: reading"):
        return  # A look-up while the ledger was opened met the damage, as chance will have it: nothing was left to be found.
    after = json.loads(sealed.must("compact", "--status", "--json").output)["entries"]
    events = [event(sealed, index, tmp_path / "event") for index in range(size, after)]
    assert any("damaged: " in shown and path.name in shown for shown in events)
    assert any("healed: " in shown and path.name in shown for shown in events)


def test_a_damaged_state_starts_over(sealed):
    sealed.must("compact", "--now", "--scrub")
    assert sealed.stop() == 0
    flip(sealed.data / "scrub.state")
    assert "read again: not yet" in sealed.must("compact", "--status").output
    sealed.must("compact", "--now", "--scrub")
    assert "read again: last ended" in sealed.must("compact", "--status").output
