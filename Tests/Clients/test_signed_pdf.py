"""Acts whose document is a signed PDF (PAdES, or plain CMS in a PDF), signed by pyHanko."""

import base64
import hashlib
import io
import json
import secrets

import pytest
from pyhanko.pdf_utils import writer
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from act_cases import deeds  # noqa: F401, a fixture
from signed_pdf import blank, sign
from signers import SEEN, Authority, offices, refuses, root_alone  # noqa: F401, fixtures
from signing import act, problem, will


def file(office, draft: dict, pdf: bytes, **members):
    body = {"act": draft, "pdf": base64.b64encode(pdf).decode(), **members}
    return office.ledger.post("/v1/deeds/signed-pdf", body, office.token, timeout=60)


def about(pdf: bytes, **members) -> dict:
    return act(pdf, **members)


def judged(ledger, answer, trust, document, folder) -> tuple[int, dict]:
    evidence = ledger.evidence(answer, folder / f"{secrets.token_hex(4)}.tlog-proof")
    (folder / "document.pdf").write_bytes(document)
    done = ledger.verify(evidence, "--document", folder / "document.pdf", "--trust", trust, "--json")
    return done.status, json.loads(done.output)


FORMS = {"pades-b": (True, False), "pades-t": (True, True)}


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("code", ["NT001", "NT002"], ids=["RSA", "EC"])
@pytest.mark.parametrize("level", FORMS)
def test_signed_pdf_is_registered_and_verifies_with_nothing_but_the_root(deeds, pki, offices, tmp_path, level, code, digest):
    is_pades, is_stamped = FORMS[level]
    pdf = sign(pki, code, is_pades=is_pades, digest=digest, timestamper=Authority(pki) if is_stamped else None)
    answer = file(offices[code], about(pdf), pdf)
    assert answer.status == 201, answer
    assert (answer.json()["signed"], answer.json()["level"]) == ("pdf", level)
    trust = root_alone(pki, tmp_path / "trust")
    exit_code, told = judged(deeds, answer, trust, pdf, tmp_path)
    (signature,) = told["issuerSignatures"]
    assert exit_code == 0 and signature["outcome"] == "valid" and signature["coverage"] != "statement", told
    assert SEEN in signature["detail"]
    exit_code, told = judged(deeds, answer, trust, pdf + b"\n", tmp_path)
    assert exit_code == 1 and told["verdict"] == "document-changed"


@pytest.mark.parametrize("code", ["NT001", "NT002"], ids=["RSA", "EC"])
def test_plain_signature_in_a_pdf_is_taken(deeds, pki, offices, tmp_path, code):
    pdf = sign(pki, code, is_pades=False)
    answer = file(offices[code], about(pdf), pdf)
    assert answer.status == 201 and answer.json()["signed"] == "pdf", answer
    exit_code, told = judged(deeds, answer, pki.trust, pdf, tmp_path)
    assert exit_code == 0 and told["issuerSignatures"][0]["outcome"] == "valid", told


def test_whole_act_is_kept_beside_it(deeds, pki, offices):
    office, pdf = offices["NT001"], sign(pki, "NT001")
    answer = file(office, about(pdf), pdf)
    told = office.act(answer.json()["act"]).json()
    assert told["signed"] == "pdf" and told["content"]["parties"] == about(pdf)["parties"]
    assert told["document"] == hashlib.sha256(pdf).hexdigest()
    # The PDF is read and forgotten: nothing of it is in any file.
    text = pdf[pdf.index(b"(TEST act ") : pdf.index(b") Tj")]
    for path in [*deeds.logs, *deeds.files()]:
        assert text not in path.read_bytes(), path


def test_sent_again_it_is_one_act_and_under_another_it_is_refused(deeds, pki, offices):
    office, pdf = offices["NT002"], sign(pki, "NT002")
    draft = about(pdf)
    first, again = file(office, draft, pdf), file(office, draft, pdf)
    assert (first.status, again.status) == (201, 200) and first.json() == again.json() and first.index == again.index
    size, number = deeds.size, first.json()["act"]
    other = file(office, about(pdf, note="Өөр"), pdf, acknowledge=[number])
    assert other.status == 409 and problem(other) == "signature-used", other
    assert deeds.size == size


def test_same_document_is_warned_of(deeds, pki, offices):
    pdf = sign(pki, "NT001")
    number = offices["NT002"].registered(about(pdf)).json()["act"]
    refused = file(offices["NT001"], about(pdf), pdf)
    assert refused.status == 409 and problem(refused) == "act-warned" and number in refused.text, refused
    assert file(offices["NT001"], about(pdf), pdf, acknowledge=[number]).status == 201


# Refused


def test_digest_of_the_act_is_that_of_the_signed_pdf(pki, offices, refuses):
    original = blank()
    pdf = sign(pki, "NT001", original)
    refuses(file(offices["NT001"], about(original), pdf), "pdf-not-document")


CERTIFICATES = {
    "expired": ("NT901", "signer-expired"), "revoked": ("NT902", "signer-revoked"), "future": ("NT903", "signer-not-yet-valid"),
    "weak key": ("NT904", "signature-key-weak"), "may not sign": ("NT905", "signer-usage-wrong"),
    "untrusted root": ("NT906", "signer-root-unknown"), "for servers": ("NT907", "signer-usage-wrong"),
}


@pytest.mark.parametrize("code, reason", CERTIFICATES.values(), ids=CERTIFICATES)
def test_certificate_that_may_not_sign_is_refused(pki, offices, refuses, code, reason):
    pdf = sign(pki, code)
    refuses(file(offices[code], about(pdf), pdf), reason)


def test_signature_by_another_notary_is_refused(pki, offices, refuses):
    pdf = sign(pki, "NT002")
    refuses(file(offices["NT001"], about(pdf), pdf), "signer-not-notary", 403)


def test_weak_digest_is_refused(pki, offices, refuses):
    pdf = sign(pki, "NT001", digest="sha1")
    refuses(file(offices["NT001"], about(pdf), pdf), "signature-digest-weak")


def test_timestamp_over_something_else_is_refused(pki, offices, refuses):
    pdf = sign(pki, "NT001", timestamper=Authority(pki, is_faithful=False))
    refuses(file(offices["NT001"], about(pdf), pdf), "signature-timestamp-invalid")


def test_tampered_pdf_is_refused(pki, offices, refuses):
    office, pdf = offices["NT001"], sign(pki, "NT001")
    page = pdf.replace(b"(TEST act ", b"(test act ")
    appended = pdf + b"\n% one more line\n"
    update = io.BytesIO()
    later = IncrementalPdfFileWriter(io.BytesIO(pdf))
    later.root["/Lang"] = writer.generic.pdf_string("mn")
    later.update_root()
    later.write(update)
    start = pdf.index(b"/Contents <") + 60
    broken = pdf[:start] + (b"0" if pdf[start : start + 1] != b"0" else b"1") + pdf[start + 1 :]
    for wrong, code in ((page, "signature-over-other-content"), (appended, "pdf-changed-after-signing"),
                        (update.getvalue(), "pdf-changed-after-signing"), (pdf[:-10], None), (broken, None)):
        answer = file(office, about(wrong), wrong)
        if code is None:
            assert answer.status == 422 and problem(answer).startswith(("pdf-", "signature-")), answer
        else:
            refuses(answer, code)


def test_pdf_of_another_form_is_refused(pki, offices, refuses):
    office, signed = offices["NT001"], sign(pki, "NT001")
    twice = sign(pki, "NT002", signed, field="Signature2")
    locked = io.BytesIO()
    made = writer.copy_into_new_writer(IncrementalPdfFileWriter(io.BytesIO(blank())).prev)
    made.encrypt("owner", "user")
    made.write(locked)
    for wrong, code in ((blank(), "pdf-unsigned"), (twice, "pdf-of-several"), (locked.getvalue(), "pdf-encrypted"),
                        (b"no PDF", "pdf-not-one"), (b"\n" + signed, "pdf-not-one"), (b"", "pdf-not-one")):
        refuses(file(office, about(wrong), wrong), code)


def test_body_of_another_form_is_refused(deeds, pki, offices, refuses):
    office, pdf = offices["NT001"], sign(pki, "NT001")
    for body in ({}, {"act": about(pdf)}, {"act": about(pdf), "pdf": "no base64!"}, {"act": about(pdf), "pdf": 1}, [], {"pdf": ""}):
        answer = deeds.post("/v1/deeds/signed-pdf", body, office.token)
        assert answer.status in (400, 422) and problem(answer), (body, answer)
    assert problem(file(office, about(pdf, type="marriage"), pdf)) == "act-type-unknown"
    assert file(office, about(pdf), pdf, signature="MIIB").status in (201, 400)
    assert deeds.post("/v1/deeds/signed-pdf", {"act": about(pdf), "pdf": ""}).status == 401


def test_pdf_of_more_than_sixteen_mebibytes_is_refused(pki, offices, refuses):
    office = offices["NT001"]
    for size in (17 << 20, 24 << 20):
        answer = file(office, about(b""), b"%PDF-1.7\n" + bytes(size))
        assert answer.status in (400, 413) and problem(answer), answer
    refuses(office.submit(about(b""), b"0"), "signature-malformed")


def test_will_in_a_signed_pdf_stays_closed(deeds, pki, offices):
    pdf = sign(pki, "NT001")
    answer = file(offices["NT001"], will(pdf), pdf)
    assert answer.status == 201, answer
    assert offices["NT002"].prepared(about(pdf)).json()["warnings"] == []
