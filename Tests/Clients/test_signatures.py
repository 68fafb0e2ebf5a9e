"""What notaries sign with: what is accepted and at which level, and each reason of refusal with its own code."""

import json
import secrets
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from act_cases import deeds  # noqa: F401, a fixture
from signers import (  # noqa: F401, fixtures
    PIN, SEEN, SOFTHSM, Authority, Token, hanko, judged, offices, refuses, root_alone, without_certificate_of_signer,
)
from signing import PKI, Office, act, problem


@pytest.fixture(scope="module")
def root_only(pki, tmp_path_factory):
    return root_alone(pki, tmp_path_factory.mktemp("trust") / "root")


def draft() -> dict:
    return act(secrets.token_bytes(32))


# Accepted


def by_openssl(pki, content, code, digest):
    return pki.sign(content, code, digest=digest)


def by_openssl_plain(pki, content, code, digest):
    return pki.sign(content, code, cades=False, digest=digest)


def by_openssl_pem(pki, content, code, digest):
    return pki.run(
        "cms", "-sign", "-binary", "-cades", "-md", digest, "-signer", pki.certificate(code), "-inkey", pki.key(code),
        "-outform", "PEM", input=content)


def by_hanko(pki, content, code, digest):
    return hanko(pki, content, code, digest)


def by_hanko_plain(pki, content, code, digest):
    return hanko(pki, content, code, digest, cades=False)


def by_hanko_stamped(pki, content, code, digest):
    return hanko(pki, content, code, digest, timestamper=Authority(pki))


MADE = {
    by_openssl: "cades-b", by_openssl_plain: "cms", by_openssl_pem: "cades-b", by_hanko: "cades-b", by_hanko_plain: "cades-b",
    by_hanko_stamped: "cades-t",
}


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("code", ["NT001", "NT002"], ids=["RSA", "EC"])
@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_signature_is_accepted_and_verifies_with_nothing_but_the_root(deeds, pki, offices, root_only, tmp_path, made, code, digest):
    content = draft()
    answer = offices[code].submit(content, made(pki, offices[code].statement(content), code, digest))
    assert answer.status == 201, answer
    assert (answer.json()["level"], answer.json()["signed"]) == (MADE[made], "statement")
    told = judged(deeds, answer, root_only, tmp_path)
    assert told["outcome"] == "valid" and told["coverage"] == "statement", told
    assert SEEN in told["detail"] and ("Бат" if code == "NT001" else "Сараа") in told["signer"], told


def signed_by_program(cli, content: bytes, folder, *options, environment=None) -> bytes:
    statement, out = folder / "statement.txt", folder / "statement.p7s"
    statement.write_bytes(content)
    done = subprocess.run(
        [str(cli.path), "deed", "sign", str(statement), "--out", str(out), *map(str, options)], capture_output=True, timeout=30,
        env=environment)
    assert done.returncode == 0, done.stderr.decode()
    return out.read_bytes()


def files_of(pki, code):
    return ("--key", pki.key(code), "--certificate", pki.certificate(code))


@pytest.mark.parametrize("code", ["NT001", "NT002"], ids=["RSA", "EC"])
@pytest.mark.parametrize("form", ["open", "closed"])
def test_own_program_signs_with_a_key_file(deeds, pki, offices, cli, root_only, tmp_path, code, form):
    """From the open form it makes the closed one by itself: what is signed is the same."""
    prepared = offices[code].prepared(draft()).json()
    content = prepared["statement" if form == "open" else "signed"].encode()
    answer = offices[code].submit(prepared["act"], signed_by_program(cli, content, tmp_path, *files_of(pki, code)))
    assert answer.status == 201 and answer.json()["level"] == "cades-b", answer
    assert judged(deeds, answer, root_only, tmp_path)["outcome"] == "valid"


def test_own_program_signs_no_other_text(cli, pki, tmp_path):
    (tmp_path / "letter.txt").write_text("Би 1,000,000 ₮ зээллээ.\n")
    done = cli.run("deed", "sign", tmp_path / "letter.txt", "--out", tmp_path / "out", *files_of(pki, "NT001"))
    assert done.status == 1 and "letter.txt" in done.error and not (tmp_path / "out").exists()


@pytest.mark.parametrize("code", ["NT001", "NT002"], ids=["RSA", "EC"])
def test_timestamp_of_openssl_makes_cades_t(deeds, pki, offices, cli, root_only, tmp_path, code):
    content = draft()
    query, reply = tmp_path / "query.tsq", tmp_path / "reply.tsr"
    signature = signed_by_program(
        cli, offices[code].statement(content), tmp_path, *files_of(pki, code), "--timestamp-request", query)
    reply.write_bytes(pki.timestamp(query.read_bytes()))
    out = tmp_path / "statement.p7s"
    cli.must("deed", "sign", tmp_path / "statement.txt", "--out", out, "--timestamp-request", query, "--timestamp", reply)
    assert len(out.read_bytes()) > len(signature)
    answer = offices[code].submit(content, out.read_bytes())
    assert answer.status == 201 and answer.json()["level"] == "cades-t", answer
    assert judged(deeds, answer, root_only, tmp_path)["outcome"] == "valid"


@pytest.fixture(scope="module", params=["NT001", "NT002"], ids=["RSA", "P-256"])
def token(request, pki, tmp_path_factory):
    if not SOFTHSM.exists() or not shutil.which("pkcs11-tool"):
        pytest.skip("softhsm2 and opensc are not installed: tools/setup --python")
    return Token(pki, request.param, tmp_path_factory.mktemp("token"))


def on_token(token, *more):
    return ("--module", SOFTHSM, "--token", "NOTARY", "--key-label", "sign", "--pin-file", token.folder / "pin", *more)


def test_key_in_a_token_signs_through_pkcs11(deeds, offices, cli, root_only, tmp_path, token):
    office, content = offices[token.code], draft()
    answer = office.submit(content, token.sign(office.statement(content)))
    assert answer.status == 201 and answer.json()["level"] == "cades-b", answer
    assert judged(deeds, answer, root_only, tmp_path)["outcome"] == "valid"


@pytest.mark.parametrize("how", ["labels", "URI"])
def test_own_program_signs_with_a_token(deeds, offices, cli, root_only, tmp_path, token, how):
    office, content = offices[token.code], draft()
    options = on_token(token)
    if how == "URI":
        options = ("--module", SOFTHSM, "--uri", "pkcs11:token=NOTARY;object=sign;id=%01", "--pin-file", token.folder / "pin")
    signature = signed_by_program(cli, office.statement(content), tmp_path, *options, environment=token.environment)
    answer = office.submit(content, signature)
    assert answer.status == 201 and answer.json()["level"] == "cades-b", answer
    assert judged(deeds, answer, root_only, tmp_path)["outcome"] == "valid"


def test_certificate_that_is_not_in_the_token_comes_from_a_file(deeds, pki, offices, cli, tmp_path):
    if not SOFTHSM.exists():
        pytest.skip("softhsm2 is not installed: tools/setup --python")
    token, content = Token(pki, "NT002", tmp_path / "token", with_certificate=False), draft()
    signature = signed_by_program(
        cli, offices["NT002"].statement(content), tmp_path, *on_token(token, "--certificate", pki.certificate("NT002")),
        environment=token.environment)
    assert offices["NT002"].submit(content, signature).status == 201


def test_wrong_pin_signs_nothing(offices, cli, tmp_path, token):
    (tmp_path / "statement.txt").write_bytes(offices[token.code].statement(draft()))
    (tmp_path / "pin").write_text("0815")
    done = subprocess.run(
        [str(cli.path), "deed", "sign", str(tmp_path / "statement.txt"), "--out", str(tmp_path / "out"), "--module", str(SOFTHSM),
         "--token", "NOTARY", "--key-label", "sign", "--pin-file", str(tmp_path / "pin")],
        capture_output=True, timeout=30, env=token.environment)
    assert done.returncode == 1 and b"PIN" in done.stderr and b"0815" not in done.stderr + done.stdout
    assert not (tmp_path / "out").exists() and PIN.encode() not in done.stderr


# Refused


CERTIFICATES = {
    "expired": ("NT901", "signer-expired"), "revoked": ("NT902", "signer-revoked"), "future": ("NT903", "signer-not-yet-valid"),
    "weak key": ("NT904", "signature-key-weak"), "may not sign": ("NT905", "signer-usage-wrong"),
    "untrusted root": ("NT906", "signer-root-unknown"), "for servers": ("NT907", "signer-usage-wrong"),
}


@pytest.mark.parametrize("code, reason", CERTIFICATES.values(), ids=CERTIFICATES)
@pytest.mark.parametrize("over", ["statement", "document"])
def test_certificate_that_may_not_sign_is_refused(pki, offices, refuses, code, reason, over):
    document = secrets.token_bytes(32)
    content = act(document)
    signed = offices[code].statement(content) if over == "statement" else document
    refuses(offices[code].submit(content, pki.sign(signed, code)), reason)


@pytest.mark.parametrize("code, digest", [("NT001", "md5"), ("NT001", "sha1"), ("NT002", "sha1"), ("NT001", "sha224"), ("NT002", "sha224")])
def test_weak_digest_is_refused(pki, offices, refuses, code, digest):
    content = draft()
    refuses(offices[code].submit(content, pki.sign(offices[code].statement(content), code, digest=digest)), "signature-digest-weak")


DAY = timedelta(days=1)
TIMES = {"two days back": -2 * DAY, "a year back": -365 * DAY, "an hour ahead": DAY / 24, "ten years ahead": 3650 * DAY}


@pytest.mark.parametrize("shift", TIMES.values(), ids=TIMES)
def test_implausible_signing_time_is_refused(pki, offices, refuses, shift):
    content = draft()
    signature = hanko(pki, offices["NT001"].statement(content), "NT001", signing_time=datetime.now(timezone.utc) + shift)
    refuses(offices["NT001"].submit(content, signature), "signing-time-implausible")


def test_signing_time_before_the_certificate_began_is_refused(pki, offices, refuses):
    """Within the day that is plausible otherwise: the certificates of the tests are minutes old."""
    content = draft()
    signature = hanko(pki, offices["NT001"].statement(content), "NT001", signing_time=datetime.now(timezone.utc) - DAY / 2)
    refuses(offices["NT001"].submit(content, signature), "signing-time-implausible")


def test_tampered_statement_is_refused(pki, offices, refuses):
    office, content = offices["NT001"], draft()
    statement = office.statement(content)
    for wrong in [statement + b"\n", statement[:-1], statement.replace(b"NT001", b"NT002"), statement.replace(b"\n", b"\r\n"), b""]:
        refuses(office.submit(content, pki.sign(wrong, "NT001")), "signature-over-other-content")


def test_open_form_is_not_what_is_signed(pki, offices, refuses):
    prepared = offices["NT001"].prepared(draft()).json()
    signature = pki.sign(prepared["statement"].encode(), "NT001")
    refuses(offices["NT001"].submit(prepared["act"], signature), "signature-over-other-content")


def test_tampered_document_is_refused(deeds, pki, offices, refuses, tmp_path):
    document = secrets.token_bytes(32)
    content = act(document)
    refuses(offices["NT001"].submit(content, pki.sign(document + b" ", "NT001")), "signature-over-other-content")
    answer = offices["NT001"].registered(content)
    evidence = deeds.evidence(answer, tmp_path / "evidence.tlog-proof")
    (tmp_path / "document").write_bytes(document)
    (tmp_path / "changed").write_bytes(document + b" ")
    assert deeds.verify(evidence, "--document", tmp_path / "document").status == 0
    done = deeds.verify(evidence, "--document", tmp_path / "changed", "--json")
    assert done.status == 1 and json.loads(done.output)["verdict"] == "document-changed", done.all


def test_tampered_signature_is_refused(pki, offices, refuses):
    content = draft()
    signature = bytearray(pki.sign(offices["NT002"].statement(content), "NT002"))
    # The last bytes of the DER are those of the signature's second number.
    signature[-3] ^= 1
    refuses(offices["NT002"].submit(content, bytes(signature)), "signature-broken")
    refuses(offices["NT002"].submit(content, bytes(signature[:-9])), "signature-malformed")
    refuses(offices["NT002"].submit(content, b"no signature"), "signature-malformed")
    refuses(offices["NT002"].submit(content, b""), "signature-malformed")
    refuses(offices["NT002"].submit(content, bytes(70 << 10)), "signature-too-large")


FORMS = {
    "of two": (("-signer", "notary-2.pem", "-inkey", "notary-2.key"), "signature-of-several"),
    "with the content": (("-nodetach",), "signature-embeds-content"),
    "without attributes": (("-noattr",), "signature-without-attributes"),
    "without certificate": (("-nocerts",), "signature-without-certificate"),
}


@pytest.mark.parametrize("options, reason", FORMS.values(), ids=FORMS)
def test_signature_of_another_form_is_refused(pki, offices, refuses, options, reason):
    content = draft()
    signature = pki.run(
        "cms", "-sign", "-binary", "-md", "sha256", "-signer", pki.certificate("NT001"), "-inkey", pki.key("NT001"), *options,
        "-outform", "DER", input=offices["NT001"].statement(content))
    refuses(offices["NT001"].submit(content, signature), reason)


def test_signature_by_another_enrolled_notary_is_refused(pki, offices, refuses):
    content = draft()
    statement = offices["NT001"].statement(content)
    refuses(offices["NT001"].submit(content, pki.sign(statement, "NT002")), "signer-not-notary", 403)
    refuses(offices["NT002"].submit(content, pki.sign(statement, "NT001")), "signature-over-other-content")
    refuses(offices["NT002"].submit(content, pki.sign(statement, "NT002")), "signature-over-other-content")


def test_signature_stands_under_one_act_only(deeds, pki, offices):
    """One over a statement fits no other act; one over the document would fit any act about it, and is refused there by its own code."""
    office, document = offices["NT001"], secrets.token_bytes(32)
    first, other = act(document), act(document, note="Өөр")
    over_statement, over_document = pki.sign(office.statement(first), "NT001"), pki.sign(document, "NT001")
    number = office.submit(first, over_statement).json()["act"]
    size = deeds.size
    replayed = office.submit(other, over_statement, [number])
    assert replayed.status == 409 and problem(replayed) == "signature-used", replayed
    assert deeds.size == size
    second = office.submit(other, over_document, [number])
    assert second.status == 201 and second.json()["signed"] == "document", second
    third = office.submit(act(document, note="Гурав дахь"), over_document, [number, second.json()["act"]])
    assert third.status == 409 and problem(third) == "signature-used", third
    assert deeds.size == size + 1


def test_signature_for_one_ledger_registers_nothing_in_another(deeds, pki, offices, new_ledger):
    elsewhere = Office.enrol(new_ledger(origin="other.example/tamga").serve("--trust", pki.trust), pki, "NT001")
    content = draft()
    refused = elsewhere.submit(content, pki.sign(offices["NT001"].statement(content), "NT001"))
    assert refused.status == 422 and problem(refused) == "signature-over-other-content", refused


def test_signature_names_the_certificate_it_was_made_with(deeds, pki, tmp_path):
    """Another certificate for the same key must not be put in the place of the one that is named under the signature."""
    own = pki.copy(tmp_path / "pki")
    own.run("req", "-new", "-utf8", "-key", "notary-2.key", "-subj", "/C=MN/CN=TEST twin", "-out", "twin.csr")
    own.run("ca", "-batch", "-config", "issuing.cnf", "-in", "twin.csr", "-extensions", "notary", "-notext", "-out", "twin.pem")
    deeds.must("issuer", "add-notary", "--code", "NT010", "--name", "TEST", "--certificate", own.folder / "twin.pem")
    office, content = Office(deeds, pki, "NT010", deeds.token("notary", "NT010")), draft()
    signature = pki.sign(office.statement(content), "NT002")
    size = deeds.size
    answer = office.submit(content, without_certificate_of_signer(signature, own.folder / "twin.pem"))
    assert answer.status == 422 and problem(answer) == "signature-names-other-certificate", answer
    assert deeds.size == size


def test_timestamp_over_something_else_is_refused(pki, offices, refuses):
    content = draft()
    signature = hanko(pki, offices["NT001"].statement(content), "NT001", timestamper=Authority(pki, is_faithful=False))
    refuses(offices["NT001"].submit(content, signature), "signature-timestamp-invalid")


def test_timestamp_of_an_unknown_authority_is_refused(pki, offices, refuses, tmp_path):
    elsewhere = PKI(shutil.copytree(pki.folder / "other", tmp_path / "other"))
    elsewhere.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "tsa.key")
    elsewhere.run("req", "-new", "-key", "tsa.key", "-subj", "/C=MN/CN=TEST other authority", "-out", "tsa.csr")
    elsewhere.run("ca", "-batch", "-config", "issuing.cnf", "-in", "tsa.csr", "-extensions", "tsa", "-notext", "-out", "tsa.pem")
    for name in ("tsa.cnf", "tsa.serial"):
        shutil.copy(pki.folder / name, elsewhere.folder)
    content = draft()
    signature = hanko(pki, offices["NT001"].statement(content), "NT001", timestamper=Authority(elsewhere))
    refuses(offices["NT001"].submit(content, signature), "signature-timestamp-untrusted")
