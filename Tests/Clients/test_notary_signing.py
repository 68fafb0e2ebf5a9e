"""The notary's console: what stands before the signature, and which signatures it takes."""

from __future__ import annotations

import base64
import re
import secrets

import pytest
from console import page
from notary_console import (
    MAIN, OTHER, draft_rows, drafted, offices, power, register, registered, sale, service, signed, statement,
    visitor,
)


def test_warnings_stand_before_the_signature_and_each_is_acknowledged(visitor, pki):
    number = f"Ү-22060{secrets.randbelow(10**5):05d}"
    first = registered(visitor, pki, sale(number))
    draft = drafted(visitor, sale(number))
    told = visitor.page(f"{draft}/preview")
    boxes = told.main.all("input", type="checkbox")
    assert [box.attributes["name"] for box in boxes] == [f"ack-{first}"] and "this property is engaged" in told.main.text
    signature = pki.sign(statement(visitor, draft), MAIN)
    refused = page(register(visitor, draft, signature), 409)
    assert first in refused.notes[0]
    kept = refused.main.one("textarea", name="signature64").text
    assert base64.b64decode(kept.replace(" ", "")) == signature, "the file need not be chosen again"
    assert register(visitor, draft, kept, first).status == 303


def test_the_same_document_twice_is_warned_of(visitor, pki):
    fields = power()
    first = registered(visitor, pki, fields)
    told = visitor.page(f"{drafted(visitor, fields | {'note': 'дахин'})}/preview")
    assert "this document is registered" in told.main.text
    assert told.main.all("input", name=f"ack-{first}")


@pytest.mark.parametrize("sign, code", [
    (lambda pki, text: pki.sign(text, OTHER), "not the one enrolled"), (lambda pki, text: pki.sign(text + b" ", MAIN), "other content"),
    (lambda pki, text: b"not a signature", "CMS"), (lambda pki, text: b"", "no signature was given"),
    (lambda pki, text: pki.sign(text, "NT902"), "revoked"), (lambda pki, text: pki.sign(text, "NT901"), "expired"),
    (lambda pki, text: pki.sign(text, "NT906"), "root")],
    ids=["another notary", "other content", "no CMS", "nothing", "revoked", "expired", "unknown root"])
def test_a_signature_that_does_not_hold_is_told_and_the_draft_stays(service, visitor, pki, sign, code):
    draft = drafted(visitor, power())
    size = service.size
    answer = register(visitor, draft, sign(pki, statement(visitor, draft)))
    told = page(answer, answer.status)
    assert 400 <= answer.status < 500 and code in told.notes[0], told.notes
    assert [node.attributes["name"] for node in told.main if "autofocus" in node.attributes] == ["signature"]
    assert service.size == size
    # The right one goes after it.
    assert register(visitor, draft, pki.sign(statement(visitor, draft), MAIN)).status == 303


@pytest.mark.parametrize("form", ["base64", "lines", "pem"])
def test_a_signature_may_be_pasted(visitor, pki, form):
    draft = drafted(visitor, power())
    text = signed(visitor, pki, draft)
    if form != "base64":
        text = "\r\n".join(re.findall(".{1,64}", text))
    if form == "pem":
        text = f"-----BEGIN CMS-----\r\n{text}\r\n-----END CMS-----\r\n"
    assert register(visitor, draft, text).status == 303


def test_pressing_twice_registers_once(service, visitor, pki):
    draft = drafted(visitor, power())
    signature = pki.sign(statement(visitor, draft), MAIN)
    first, size = register(visitor, draft, signature), service.size
    again = register(visitor, draft, signature)
    assert again.status == 303 and again.headers["location"] == first.headers["location"].split("?")[0] and service.size == size
    assert visitor.get(f"{draft}/preview").status == 303 and visitor.get(draft).status == 303
    assert "Бат" not in visitor.post(draft, {**power(), "do": "save"}).headers["location"] and not any(
        "Power" in row[0] and row[2] == "" for row in draft_rows(visitor))
