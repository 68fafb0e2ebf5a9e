"""An act and its fee receipt when the service is killed or the disk fails between the two."""

import shutil
import time

import pytest
from console import Visitor
from fees import FEE, TIN, Bureau, both, enrolled, fresh, receipts, returned
from signing import problem, status
from tracer import Tracer


@pytest.fixture
def tracer():
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: tools/setup --python")
    return Tracer


@pytest.mark.faults
def test_killed_at_any_write_there_is_one_receipt_and_one_act(new_ledger, pki, tmp_path, tracer):
    ledger = enrolled(new_ledger(), tmp_path).serve("--trust", pki.trust)
    office = Bureau.open(ledger, pki, "NT001", TIN)
    between = 0
    for call, nth in [(call, nth) for nth in range(1, 6) for call in ("pwrite64", "fdatasync")]:
        body = office.signed(fresh())
        known = {each["id"] for each in receipts(ledger)}
        trace = tracer(tmp_path, call, "signal=KILL", nth).attach(ledger.process)
        try:
            answer = office.send(body, FEE)
        except OSError:
            answer = None
        finally:
            trace.detach()
        if ledger.process.poll() is None:
            ledger.kill()
        ledger.process = None
        ledger.restart()
        waiting = office.waiting()
        between += len(waiting)
        again = office.send(body, FEE)
        assert again.status in (200, 201), again
        if answer is not None:
            assert answer.json() == again.json()
        told = again.json()
        assert [each["receipt"] for each in waiting] in ([], [told["fee"]["receipt"]])
        assert {each["id"] for each in receipts(ledger)} - known == {told["fee"]["receipt"]}
        assert office.waiting() == []
        deed, receipt = both(ledger, told, tmp_path)
        assert ledger.verify(deed, "--with", receipt).status == 0
    assert between, "the service never ended between receipt and act"
    assert ledger.stop() == 0 and ledger.command("audit").status == 0


@pytest.mark.faults
def test_receipt_without_an_act_is_shown_and_can_be_given_back(new_ledger, pki, tmp_path, tracer):
    """The service ends between the two, and the notary thinks better of it."""
    ledger = enrolled(new_ledger(), tmp_path).serve("--trust", pki.trust)
    office = Bureau.open(ledger, pki, "NT001", TIN)
    body, receipt = left_alone(ledger, office, tracer, tmp_path)
    # Another fee for the very same act is not taken over it.
    answer = office.send(body, {**FEE, "amount": 20000})
    assert answer.status == 409 and problem(answer) == "fee-differs" and receipt["receipt"] in answer.json()["title"], answer
    # Nor is the receipt another act's.
    assert problem(office.send(office.signed(fresh()), {"receipt": receipt["receipt"]})) == "fee-receipt-taken"
    assert [each["receipt"] for each in office.waiting()] == [receipt["receipt"]]
    assert receipt["receipt"] in ledger.must("deed", "fees", "--notary", "NT001").output
    visitor = Visitor(ledger, "notary").sign_in(token=office.token)
    assert receipt["receipt"] in visitor.get("/notary").text
    assert returned(ledger, receipt["receipt"], receipt["date"]).status == 201
    assert office.waiting() == [] and receipt["receipt"] not in visitor.get("/notary").text
    # The same act gets a new one then.
    told = office.send(body, {**FEE, "amount": 20000}).json()
    assert told["fee"]["receipt"] != receipt["receipt"]
    assert status(ledger, told["act"], told["accessCode"]).json()["fee"]["status"] == "in-force"
    assert office.waiting() == []


def left_alone(ledger, office, tracer, folder):
    """A registration that ended after its receipt was durable and before the act was."""
    for nth in (1, 2, 3, 4, 5, 6) * 3:
        body = office.signed(fresh())
        trace = tracer(folder, "fdatasync", "signal=KILL", nth).attach(ledger.process)
        try:
            office.send(body, FEE)
        except OSError:
            pass
        finally:
            trace.detach()
        if ledger.process.poll() is None:
            ledger.kill()
        ledger.process = None
        ledger.restart()
        if waiting := office.waiting():
            return body, waiting[0]
    raise AssertionError("the service never ended between receipt and act")


@pytest.mark.faults
def test_disk_that_fails_between_the_two(new_ledger, pki, tmp_path, tracer):
    """A sync that fails stops filing until the journal was read again: whatever was answered, sent again it is one receipt and one act."""
    ledger = enrolled(new_ledger(), tmp_path).serve("--trust", pki.trust)
    office = Bureau.open(ledger, pki, "NT001", TIN)
    refused = 0
    for call, nth in [(call, nth) for nth in range(1, 5) for call in ("pwrite64", "fdatasync")]:
        body, known = office.signed(fresh()), {each["id"] for each in receipts(ledger)}
        trace = tracer(tmp_path, call, "error=EIO", nth).attach(ledger.process)
        try:
            first = office.send(body, FEE)
        finally:
            trace.detach()
        until = time.monotonic() + 20
        while (again := office.send(body, FEE)).status not in (200, 201):
            assert again.status in (500, 503) and time.monotonic() < until, again
            time.sleep(0.2)
        if first.status >= 300:
            refused += 1
            assert first.json().get("feeReceipt", again.json()["fee"]["receipt"]) == again.json()["fee"]["receipt"], (first, again)
        else:
            assert first.json() == again.json()
        assert {each["id"] for each in receipts(ledger)} - known == {again.json()["fee"]["receipt"]}
        assert office.waiting() == []
    assert refused
    assert ledger.stop() == 0 and ledger.command("audit").status == 0
