"""kill -9 under load, again and again: what was acknowledged is there, and no size is ever signed with two roots."""

import secrets
import time

import pytest
import tamga
from load import PRODUCERS, Load, Witness

pytestmark = pytest.mark.faults

ROUNDS = 20


def test_twenty_kills_under_load_lose_nothing(ledger):
    ledger.serve("--allow-raw")
    witness = Witness(ledger)
    for number in range(ROUNDS):
        with Load(ledger) as load:
            # From at once to a little after a published checkpoint.
            time.sleep(0.05 + 0.08 * number % 1.3)
            ledger.kill()
        audited = ledger.command("audit")
        assert audited.status == 0, f"round {number}: {audited.all}"
        ledger.restart()
        witness.saw(load)
        witness.check()
    assert len(witness.acknowledged) > 20 * ROUNDS and len(witness.roots) > ROUNDS // 2
    assert ledger.stop() == 0
    assert ledger.command("audit").status == 0


def test_graceful_stop_under_load_loses_nothing(ledger):
    ledger.serve("--allow-raw")
    witness = Witness(ledger)
    for _ in range(3):
        with Load(ledger) as load:
            time.sleep(0.6)
            assert ledger.stop() == 0
        assert ledger.command("audit").status == 0
        ledger.restart()
        witness.saw(load)
        witness.check()
        # After a graceful stop there is nothing that was not acknowledged, save what was cut off on its way back.
        assert len(witness.entries) - len(witness.acknowledged) <= PRODUCERS * 3


def test_receipts_survive_kills(shop, tmp_path):
    filed = []
    for number in range(5):
        for part in range(10):
            filed.append(shop.file(tamga.receipt(suffix=f"{number}-{part}")))
        shop.kill()
        shop.restart()
    assert len({answer.json()["id"] for answer in filed}) == len({answer.index for answer in filed}) == 50
    for answer in filed:
        evidence = shop.evidence(answer, tmp_path / "evidence.tlog-proof")
        assert shop.verify(evidence, "--expect", f"id={answer.json()['id']}").status == 0
    assert shop.command("audit").status == 0


def test_torn_tail_is_cut_and_filing_goes_on(ledger):
    """Bytes behind the last batch, as a crash inside a write leaves them."""
    ledger.serve("--allow-raw")
    for number in range(5):
        ledger.post("/add", b"entry %d" % number)
    ledger.kill()
    path = sorted((ledger.data / "journal").iterdir())[0]
    content = path.read_bytes()
    end = content.rindex(b"entry 4")
    end += next(offset for offset in range(len(content) - end) if not any(content[end + offset : end + offset + 64]))
    end = (end + 7) // 8 * 8
    with path.open("r+b") as file:
        file.seek(end)
        file.write(b"TGB1" + secrets.token_bytes(300))
    assert ledger.command("audit").status == 0
    ledger.restart()
    assert ledger.post("/add", b"after").text == "5"
    witness = Witness(ledger)
    witness.acknowledged = {number: b"entry %d" % number for number in range(5)} | {5: b"after"}
    witness.check()
