"""What became of an act outlives its last day, restarts and kills, and is erased with it."""

import http.client
import threading
import time

import clock
import pytest
from act_cases import REQUESTS, Case, case, changed, check_evidence_of_changes, deeds, fresh, office, other, refused
from signing import REGNUM, Office, day, sale, status


@pytest.fixture
def set_clock_ahead(tmp_path, monkeypatch):
    """A function that sets the clock of every process that is started from then on ahead."""
    library = clock.library(tmp_path)
    if library is None:
        pytest.skip("there is no C compiler")

    def set_ahead(days: int) -> None:
        monkeypatch.setenv("LD_PRELOAD", str(library))
        monkeypatch.setenv("CLOCK_AHEAD", str(days * 86400))

    return set_ahead


def test_expired_act(new_ledger, pki, set_clock_ahead):
    """In force all through its last day; then nothing more is agreed about it, and a slip is still mended."""
    ledger = new_ledger().serve("--trust", pki.trust)
    office = Office.enrol(ledger, pki, "NT001")
    draft = sale(fresh(), None, type="other", details={"title": "Тодорхойлох", "law": "Нотариатын тухай хууль"}, validUntil=day(1), parties=[
        {"role": "applicant", "lastName": "Доржийн", "firstName": "Болдбаатар", "regnum": REGNUM}])
    case, kept = Case(office, draft), Case(office)
    refused(office.prepared(draft | {"validUntil": day(-1)}), 422, "act-validity-past")
    for days, state in ((1, "in-force"), (2, "expired")):
        ledger.stop()
        set_clock_ahead(days)
        ledger.serve("--trust", pki.trust, "--accept-clock")
        assert (status(ledger, case.number, case.code).json()["status"], case.told["status"]) == (state, state)
        assert kept.told["status"] == "in-force"
    before = ledger.size
    refused(office.change({"act": case.number, "change": "amended", "content": case.content(validUntil=day(30))}), 409, "act-expired")
    assert ledger.size == before
    changed(office.change({"act": case.number, "change": "corrected", "content": case.content(validUntil=day(30))}))
    assert case.told["status"] == "corrected"
    changed(office.revoke(case.number))
    assert case.told["status"] == "revoked"


@pytest.mark.parametrize("way", ["restart", "kill -9"])
def test_history_survives(new_ledger, pki, tmp_path, way):
    ledger = new_ledger().serve("--trust", pki.trust)
    office, other = Office.enrol(ledger, pki, "NT001"), Office.enrol(ledger, pki, "NT002")
    case = Case(office)
    steps = [
        (office, {"change": "corrected", "content": case.content(place="Дархан")}), (office, {"change": "amended", "content": case.content(place="Ховд")}),
        (other, {"change": "revoked", **REQUESTS["principal"]})]
    answers = []
    for whose, step in steps:
        answers.append(changed(whose.change({"act": case.number, **step})))
        ledger.kill() if way == "kill -9" else ledger.stop()
        ledger.restart()
        told = status(ledger, case.number, case.code).json()
        assert told["status"] == step["change"] and [one["index"] for one in told["changes"]] == [answer.index for answer in answers]
        assert case.told["changes"] == told["changes"]
    check_evidence_of_changes(ledger, pki, case, answers, [step["change"] for _, step in steps], tmp_path)
    ledger.compact("--seal-tail")
    assert status(ledger, case.number, case.code).json()["changes"] == told["changes"]
    check_evidence_of_changes(ledger, pki, case, answers, [step["change"] for _, step in steps], tmp_path)
    ledger.stop()
    ledger.must("audit")


@pytest.mark.faults
def test_kills_in_the_middle_of_changes_lose_nothing(new_ledger, pki):
    """What was answered is there, what was not is there whole or not at all, and the same change sent again is one entry."""
    ledger = new_ledger().serve("--trust", pki.trust)
    office = Office.enrol(ledger, pki, "NT001")
    cases = [Case(office) for _ in range(6)]
    for number in range(8):
        prepared = []
        for case in cases:
            change = {"act": case.number, "change": "corrected", "reason": "x", "content": case.content(place=f"Газар {number}")}
            told = office.prepared(change, change=True).json()
            prepared.append((told["change"], pki.sign(told["signed"].encode(), "NT001")))
        known = [len(case.told.get("changes", [])) for case in cases]
        answered = {}

        def file(place):
            try:
                answered[place] = office.submit_change(*prepared[place])
            except (OSError, http.client.HTTPException):
                pass

        threads = [threading.Thread(target=file, args=(place,)) for place in range(len(cases))]
        for thread in threads:
            thread.start()
        time.sleep(0.004 * number)
        ledger.kill()
        for thread in threads:
            thread.join(timeout=30)
        ledger.restart()
        for place, (case, filing) in enumerate(zip(cases, prepared)):
            now = case.told
            added = len(now.get("changes", [])) - known[place]
            assert added in ((1,) if place in answered else (0, 1)), (number, place)
            again = office.submit_change(*filing)
            assert again.status == (200 if added else 201), again
            if place in answered:
                assert answered[place].status == 201 and again.json() == answered[place].json()
            assert len(case.told["changes"]) == known[place] + 1 and case.told["content"]["place"] == f"Газар {number}"
    assert ledger.stop() == 0
    ledger.must("audit")


def test_suspended_notary_changes_nothing(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    case = Case(Office.enrol(ledger, pki, "NT001"))
    ledger.must("issuer", "suspend", "--id", "NT001")
    size = ledger.size
    answer = case.office.revoke(case.number)
    assert answer.status in (401, 403) and ledger.size == size, answer
    other = Office.enrol(ledger, pki, "NT002")
    changed(other.change({"act": case.number, "change": "revoked", **REQUESTS["principal"]}))


def test_act_is_erased_with_its_changes_and_never_a_change_alone(deeds, case):
    """What is left of a change alone would make an act of unknown standing."""
    corrected = changed(case.office.change({"act": case.number, "change": "corrected", "content": case.content(place="Ховд")}))
    revoked = changed(case.office.revoke(case.number))
    links = [corrected.headers["tamga-evidence"], revoked.headers["tamga-evidence"]]
    alone = deeds.command("erase", "--index", corrected.index, "--basis", "Хүсэлт № 1")
    assert alone.status != 0 and "registration" in alone.error, alone.all
    assert status(deeds, case.number, case.code).json()["status"] == "revoked"
    index = next(line for line in alone.error.split() if line.strip(",:").isdigit()).strip(",:")
    deeds.must("erase", "--index", index, "--basis", "Хүсэлт № 1")
    assert [deeds.get(link).status for link in links] == [410, 410]
    assert status(deeds, case.number, case.code).status in (404, 410)
