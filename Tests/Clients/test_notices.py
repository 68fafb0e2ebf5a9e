"""People named in an act are told by mail: of registration, change and look-up, without a word of what it is."""

from __future__ import annotations

import email
import email.policy
import secrets
import time

import pytest
from mail_sink import MailSink
from signing import Office, act, status

ADDRESS = "bat@example.mn"


@pytest.fixture
def sink():
    with MailSink() as sink:
        yield sink


@pytest.fixture
def ledger(new_ledger, pki, sink):
    return new_ledger().serve("--trust", pki.trust, "--mail-server", sink.address, "--mail-from", "tamga@example.mn")


def mails(sink, count, seconds=30):
    end = time.monotonic() + seconds
    while len(sink.mails) < count and time.monotonic() < end:
        time.sleep(0.1)
    assert len(sink.mails) == count, [mail.recipients for mail in sink.mails]
    return [email.message_from_bytes(mail.message.encode("latin-1"), policy=email.policy.default) for mail in sink.mails]


def registered(ledger, office, **more):
    draft = act(secrets.token_bytes(8))
    body = {"act": draft, "signature": _signature(office, draft), "notify": [{"party": 0, "email": ADDRESS}], **more}
    answer = ledger.post("/v1/deeds", body, office.token)
    assert answer.status == 201, answer
    return answer.json()


def _signature(office, draft):
    import base64

    return base64.b64encode(office.pki.sign(office.statement(draft), office.code)).decode()


def test_registration_change_and_look_are_told_and_nothing_of_the_act(ledger, pki, sink):
    office = Office.enrol(ledger, pki, "NT001")
    body = registered(ledger, office)
    first = mails(sink, 1)[0]
    assert first["To"] == ADDRESS and first["Auto-Submitted"] == "auto-generated" and first["Message-ID"]
    status(ledger, body["act"], body["accessCode"])
    mails(sink, 2)
    assert office.revoke(body["act"]).status == 201
    for mail in mails(sink, 3):
        text = mail.get_content()
        assert body["act"] in text
        for private in ("Болдбаатар", "Энхтуяа", "УБ85030412", "Итгэмжлэл", "attorney", body["accessCode"], "Ү-2206000999"):
            assert private not in text and private not in str(mail["Subject"]), private
    assert ADDRESS not in ledger.log()
    for path in ledger.files():
        assert ADDRESS.encode() not in path.read_bytes(), path


def test_wrong_addresses_are_refused_before_anything_is_filed(ledger, pki):
    office = Office.enrol(ledger, pki, "NT001")
    draft = act(secrets.token_bytes(8))
    signature = _signature(office, draft)
    before = ledger.size
    for notify in ([{"party": 9, "email": ADDRESS}], [{"party": 0, "email": "x\r\nBcc: y@example.mn"}], {"party": 0}, [{"email": ADDRESS}]):
        answer = ledger.post("/v1/deeds", {"act": draft, "signature": signature, "notify": notify}, office.token)
        assert answer.status in (400, 422), answer
    assert ledger.size == before
