"""A change that stands in the ledger is told though whoever filed it was killed before anybody was."""

import contextlib
import email
import email.policy
import sqlite3
import time

import pytest
from mail_sink import MailSink
from signing import Office, problem
from test_erased_acts import content, registered, until


@pytest.fixture
def sink():
    with MailSink() as sink:
        yield sink


@pytest.fixture
def ledger(new_ledger, pki, sink):
    return new_ledger().serve("--trust", pki.trust, "--mail-server", sink.address, "--mail-from", "tamga@example.mn")


def texts(sink):
    return [email.message_from_bytes(mail.message.encode("latin-1"), policy=email.policy.default).get_content() for mail in sink.mails]


@pytest.mark.parametrize("way", ["killed", "busy for a while"])
def test_a_revocation_whose_filer_told_nobody_is_told(ledger, pki, sink, way):
    office = Office.enrol(ledger, pki, "NT001")
    filed = registered(office)
    assert until(lambda: len(sink.mails) == 1)
    size = ledger.size
    with contextlib.closing(sqlite3.connect(ledger.data / "state.sqlite", timeout=10, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        answer = office.revoke(filed.json()["act"])
        assert problem(answer) == "notice-not-kept" and ledger.size == size + 1, "the change stands, and nobody was told"
        if way == "killed":
            ledger.kill()
        database.execute("ROLLBACK")
    if way == "killed":
        ledger.restart()
    assert until(lambda: len(sink.mails) == 2), len(sink.mails)
    assert filed.json()["act"] in texts(sink)[1] and texts(sink)[1] != texts(sink)[0]
    # Asked again it is the same change, and nobody is told twice; nor after another start.
    ledger.kill()
    ledger.restart()
    time.sleep(2)
    assert len(sink.mails) == 2


def test_changes_are_told_once(ledger, pki, sink):
    office = Office.enrol(ledger, pki, "NT001")
    filed = registered(office)
    for number in range(3):
        change = {"act": filed.json()["act"], "change": "corrected", "content": content()}
        assert office.change(change).status == 201
        assert until(lambda: len(sink.mails) == 2 + number), len(sink.mails)
    ledger.kill()
    for path in ledger.data.glob("acts.sqlite*"):
        path.unlink()
    ledger.restart()
    time.sleep(3)
    assert len(sink.mails) == 4


def test_a_contact_is_not_told_of_changes_of_before(ledger, pki, sink):
    """The outbox's place in the ledger is its own: whatever is made again tells nobody of what is old."""
    office = Office.enrol(ledger, pki, "NT001")
    filed = registered(office, None)
    assert office.revoke(filed.json()["act"]).status == 201
    other = registered(office)
    assert until(lambda: len(sink.mails) == 1) and other.json()["act"] in texts(sink)[0]
    ledger.kill()
    ledger.restart()
    time.sleep(2)
    assert len(sink.mails) == 1
