"""What is dangerous needs two operators; and an office that is handed over."""

from __future__ import annotations

import re
import secrets

import pytest
from console import operator, page
from signing import Office, act


@pytest.fixture
def ledger(new_ledger, pki):
    ledger = new_ledger().enrol_merchants()
    ledger.offices = [Office.enrol(ledger, pki, code) for code in ("NT001", "NT002")]
    ledger.operators = [operator_token(ledger, name) for name in ("Оператор Нэг", "Оператор Хоёр")]
    return ledger.serve("--trust", pki.trust, "--two-person")


def operator_token(ledger, name):
    return ledger.token("operator", name)


def people(ledger):
    from console import Visitor

    return [Visitor(ledger, "operator", "en").sign_in(token=token) for token in ledger.operators]


def waiting(visitor) -> list[str]:
    return re.findall(r"/operator/approvals/(\d+)/(?:approve|refuse)", visitor.get("/operator/approvals").text)


def test_suspension_of_a_notary_waits_for_another_operator(ledger):
    one, two = people(ledger)
    one.done("/operator/issuers/NT001/suspend")
    assert ledger.offices[0].register(act(secrets.token_bytes(8))).status == 201, "not suspended yet"
    number = waiting(one)[0]
    assert f"/operator/approvals/{number}/approve" not in one.get("/operator/approvals").text
    assert one.post(f"/operator/approvals/{number}/approve").status == 403
    assert page(two.post(f"/operator/approvals/{number}/approve")).notes
    assert ledger.offices[0].register(act(secrets.token_bytes(8))).status == 403
    assert two.post(f"/operator/approvals/{number}/approve").status == 409, "once"


def test_refused_request_is_over(ledger):
    one, two = people(ledger)
    one.done("/operator/issuers/NT001/suspend")
    number = waiting(two)[0]
    two.done(f"/operator/approvals/{number}/refuse")
    assert not waiting(one) and two.post(f"/operator/approvals/{number}/approve").status == 409
    assert ledger.offices[0].register(act(secrets.token_bytes(8))).status == 201


def test_command_line_waits_too(ledger):
    done = ledger.command("issuer", "suspend", "--id", "NT002")
    assert done.status != 0 and "second operator" in done.error, done.all
    one, _ = people(ledger)
    assert page(one.post(f"/operator/approvals/{waiting(one)[0]}/approve")).notes
    assert ledger.offices[1].register(act(secrets.token_bytes(8))).status == 403


def test_token_is_for_who_asked_for_it(ledger):
    """Who agrees never sees it; who asked sees it once."""
    one, two = people(ledger)
    made = ledger.command("token", "create", "--auditor", "Шалгагч")
    assert made.status != 0 and "second operator" in made.error, made.all
    number = waiting(one)[0]
    approved = one.post(f"/operator/approvals/{number}/approve")
    assert approved.status == 200 and "tamga_" not in approved.text
    for visitor in (one, two):
        assert "tamga_" not in visitor.get("/operator/approvals").text
        assert visitor.post(f"/operator/approvals/{number}/token").status == 404
    fetched = ledger.must("token", "fetch", "--request", number)
    token = fetched.output.strip()
    assert re.fullmatch(r"tamga_[0-9a-f]{40}", token)
    assert ledger.get("/v1/chain", headers={"Authorization": f"Bearer {token}"}).status == 403, "a token of an auditor"
    assert ledger.command("token", "fetch", "--request", number).status != 0, "once"


def test_merchants_are_suspended_by_one(ledger):
    one, _ = people(ledger)
    one.done("/operator/issuers/90010000017/suspend")
    assert not waiting(one)


def test_office_that_is_handed_over(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    first, second = (Office.enrol(ledger, pki, code) for code in ("NT001", "NT002"))
    number = first.registered(act(b"of the first")).json()["act"]
    assert second.act(number).status == 404
    someone = operator(ledger)
    someone.done("/operator/notaries/NT001/hand-over", {"successor": "NT002"})
    assert first.register(act(secrets.token_bytes(8))).status == 403, "the office is closed"
    assert second.act(number).status == 200 and [line["act"] for line in second.search(regnum="УБ85030412")] == [number]
    assert second.revoke(number).status == 201
    changes = second.act(number).json()["changes"]
    assert [(change["change"], change["notary"]) for change in changes] == [("revoked", "NT002")]
    assert someone.post("/operator/issuers/NT001/resume").status == 409, "an office stays handed over"
