"""The notary's console: a signed PDF that is the document, in the place of a signature over the statement."""

from __future__ import annotations

import hashlib
import secrets

import pytest
from console import page
from notary_console import (
    MAIN, OTHER, drafted, form_of, offices, power, register, registered, service, statement, visitor,
)
from signed_pdf import blank
from signed_pdf import sign as sign_pdf


def about(pdf: bytes, **fields) -> dict[str, str]:
    return power(**{"document.sha256": hashlib.sha256(pdf).hexdigest(), "document.size": str(len(pdf)), **fields})


def test_a_signed_pdf_registers_an_act_and_is_not_kept(service, visitor, pki, tmp_path):
    pdf = sign_pdf(pki, MAIN)
    draft = drafted(visitor, about(pdf))
    told = visitor.page(f"{draft}/preview")
    assert ".pdf" in told.main.one("input", name="signature").attributes["accept"] and "signed PDF" in told.main.text
    answer = register(visitor, draft, pdf)
    assert answer.status == 303, page(answer, answer.status).notes
    told = visitor.page(answer.headers["location"])
    assert told.facts()["Signature"] == "pades-b, over the document alone: the act's data are not signed"
    evidence, document = tmp_path / "act.tlog-proof", tmp_path / "document.pdf"
    evidence.write_bytes(visitor.get(told.links()["Download"]).body)
    document.write_bytes(pdf)
    assert service.verify(evidence, "--document", document, "--trust", pki.trust).status == 0
    text = pdf[pdf.index(b"(TEST act ") : pdf.index(b") Tj")]
    for path in [*service.logs, *service.files()]:
        assert text not in path.read_bytes(), path
    # Sent twice it is one act.
    size = service.size
    assert register(visitor, draft, pdf).headers["location"] == answer.headers["location"].split("?")[0] and service.size == size


@pytest.mark.parametrize("make, words", [
    (lambda pki: blank(), "holds no signature"), (lambda pki: sign_pdf(pki, MAIN) + b"\n%", "added after signing"),
    (lambda pki: sign_pdf(pki, OTHER), "not the one enrolled"), (lambda pki: sign_pdf(pki, "NT901"), "expired"),
    (lambda pki: sign_pdf(pki, MAIN, digest="sha1"), "digest algorithm"), (lambda pki: sign_pdf(pki, OTHER, sign_pdf(pki, MAIN), field="Second"), "several"),
    (lambda pki: b"%PDF-1.7 and no more", "PDF")],
    ids=["unsigned", "changed after", "another notary", "expired", "weak", "signed twice", "broken"])
def test_a_pdf_that_does_not_hold_is_refused_by_name_and_the_draft_stays(service, visitor, pki, make, words):
    pdf = make(pki)
    draft = drafted(visitor, about(pdf))
    size = service.size
    answer = register(visitor, draft, pdf)
    told = page(answer, answer.status)
    assert 400 <= answer.status < 500 and words.lower() in told.notes[0].lower(), told.notes
    assert service.size == size and not told.main.one("textarea", name="signature64").text, "a PDF is chosen again"
    assert register(visitor, draft, pki.sign(statement(visitor, draft), MAIN)).status == 303


def test_another_document_than_the_act_names_is_refused(service, visitor, pki):
    draft = drafted(visitor, power())
    answer = register(visitor, draft, sign_pdf(pki, MAIN))
    assert "its SHA-256 is another" in page(answer, 422).notes[0]


def test_a_change_takes_no_pdf(service, visitor, pki):
    number = registered(visitor, pki, power())
    values = form_of(visitor.page(f"/notary/acts/{number}/change?what=revoked"), "/notary/drafts")
    draft = drafted(visitor, values | {"reason": "x"})
    assert ".pdf" not in visitor.page(f"{draft}/preview").main.one("input", name="signature").attributes["accept"]
    size = service.size
    answer = register(visitor, draft, sign_pdf(pki, MAIN))
    assert "a change is not signed by a signature inside a PDF" in page(answer, 422).notes[0] and service.size == size
    assert register(visitor, draft, pki.sign(statement(visitor, draft), MAIN)).status == 303


def test_files_beyond_the_limit_are_refused(service, visitor, pki):
    draft = drafted(visitor, power())
    size = service.size
    for content in (b"%PDF-1.7\n" + bytes(17 << 20), b"%PDF-1.7\n" + bytes(24 << 20), secrets.token_bytes(1 << 20)):
        answer = register(visitor, draft, content)
        assert 400 <= answer.status < 500 and page(answer, answer.status).notes, len(content)
    assert service.size == size and visitor.get(f"{draft}/preview").status == 200
