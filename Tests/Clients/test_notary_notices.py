"""The notary's console: addresses for notices, typed once, masked ever after, and what became of each notice."""

from __future__ import annotations

import pytest
from console import Visitor, page
from mail_sink import MailSink
from notary_console import MAIN, bad, changed, drafted, form_of, notary, offices, power, registered, wait
from signing import Office

BAT, ENKHTUYA = "bat.dorj@example.mn", "e@Example.MN"


@pytest.fixture(scope="module")
def sink():
    with MailSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def service(module_ledger, pki, sink):
    return module_ledger.serve("--trust", pki.trust, "--mail-server", sink.address, "--mail-from", "tamga@example.mn")


@pytest.fixture
def visitor(service, offices):
    return notary(service, offices)


def notices(visitor: Visitor, number: str) -> list[list[str]]:
    """Of what, to whom, and the state; newest first."""
    return [row[1:] for row in visitor.page(f"/notary/acts/{number}").rows("Notices by e-mail")]


def test_addresses_are_told_masked_and_each_notice_with_its_state(service, visitor, sink, pki):
    before = len(sink.mails)
    fields = power(**{"parties[0].email": BAT, "parties[1].email": ENKHTUYA})
    draft = drafted(visitor, fields)
    told = visitor.page(f"{draft}/preview")
    assert "Notices go to: b•••@example.mn, •••@example.mn" in told.main.text and BAT not in told.main.text
    assert BAT not in told.main.one("pre", id="statement").text
    assert form_of(visitor.page(draft), draft)["parties[0].email"] == BAT, "the draft keeps it whole"
    number = registered(visitor, pki, form_of(visitor.page(draft), draft), path=draft)
    wait(lambda: len(sink.mails) == before + 2)
    assert {mail.recipients[0] for mail in sink.mails[before:]} == {BAT, "e@example.mn"}
    wait(lambda: all(row[2].startswith("sent 20") for row in notices(visitor, number)))
    assert [row[:2] for row in notices(visitor, number)] == [
        ["registration", "Г.Энхтуяа · •••@example.mn"], ["registration", "Д.Бат · b•••@example.mn"]]
    changed(visitor, pki, number, "revoked")
    wait(lambda: len(sink.mails) == before + 4)
    # Who did it looks at it after: nobody is told twice. Of anybody else they are.
    assert [row[0] for row in notices(visitor, number)] == ["revocation"] * 2 + ["registration"] * 2
    service.must("deed", "status", number)
    assert [row[0] for row in notices(visitor, number)][:2] == ["look-up"] * 2
    answer = visitor.get(f"/notary/acts/{number}")
    assert "bat.dorj" not in answer.text
    # Neither in the ledger nor anywhere in the open; and the draft forgot it.
    for path in [*service.logs, *service.files()]:
        assert b"bat.dorj" not in path.read_bytes(), path
    assert BAT not in visitor.get(draft).text


def test_a_notice_that_waits_or_is_given_up_says_so(service, visitor, sink, pki):
    sink.usual = "recipient"
    number = registered(visitor, pki, power(**{"parties[0].email": "x.waits@example.mn"}))
    wait(lambda: any("tried 1 times" in row[2] for row in notices(visitor, number) if row[0] == "registration"))
    assert notices(visitor, number)[-1][2].startswith("waiting")
    sink.usual = "gone"
    number = registered(visitor, pki, power(**{"parties[0].email": "x.gone@example.mn"}))
    wait(lambda: any(row[2].startswith("given up") for row in notices(visitor, number)))
    sink.usual = "take"


def test_wrong_addresses_are_told_beside_their_field(visitor, pki):
    fields = power(**{"parties[0].email": "нэр@example.mn", "parties[1].email": "x\r\nBcc: y@example.mn"})
    told = page(visitor.post("/notary/drafts", {**fields, "do": "preview"}), 422)
    assert set(bad(told)) == {"parties[0].email", "parties[1].email"}
    assert form_of(told, told.main.all("form")[0].attributes["action"])["parties[0].email"] == "нэр@example.mn"


def test_who_is_told_is_fixed_with_the_registration(visitor, pki):
    number = registered(visitor, pki, power())
    assert "Notices" not in visitor.page(f"/notary/acts/{number}").main.text
    form = form_of(visitor.page(f"/notary/acts/{number}/change?what=amended"), "/notary/drafts")
    assert not [name for name in form if name.endswith(".email")]
    # An address that is sent all the same goes nowhere.
    changed(visitor, pki, number, "corrected", place="Дархан", **{"parties[0].email": BAT})
    assert not notices(visitor, number)


def test_one_address_of_two_parties_is_told_once(visitor, sink, pki):
    number = registered(visitor, pki, power(**{"parties[0].email": "both@example.mn", "parties[1].email": "both@EXAMPLE.mn"}))
    assert [row[:2] for row in notices(visitor, number) if row[0] == "registration"] == [["registration", "Д.Бат · b•••@example.mn"]]


def test_without_a_mail_server_notices_wait(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    guest = notary(ledger, {MAIN: Office.enrol(ledger, pki, MAIN)})
    number = registered(guest, pki, power(**{"parties[0].email": BAT}))
    told = guest.page(f"/notary/acts/{number}")
    assert "sends no mail at present" in told.main.text and told.rows("Notices by e-mail")[0][3] == "waiting"
