"""Acts signed with openssl, as a notary's office does it."""

import hashlib
import secrets

import pytest
import tamga
from signing import LOOK_ALIKES, Office, act, day, problem, wrong_code

DOCUMENT = "ИТГЭМЖЛЭЛ\n\nЭнэ бол загвар баримт.\n".encode()


def fresh() -> bytes:
    """A document that no other act is about."""
    return DOCUMENT + secrets.token_hex(8).encode()


@pytest.fixture(scope="module")
def deeds(module_ledger, pki):
    return module_ledger.enrol_merchants().serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def office(deeds, pki):
    return Office.enrol(deeds, pki, "NT001")


@pytest.fixture(scope="module")
def other_office(deeds, pki):
    return Office.enrol(deeds, pki, "NT002")


@pytest.fixture(scope="module")
def registered(office):
    return office.registered(act(DOCUMENT))


def status(ledger, number, code):
    return ledger.post("/v1/deeds/status", {"act": number, "code": code})


def test_statement_names_the_document_and_hides_the_parties(office):
    draft = act(DOCUMENT)
    text = office.statement(draft).decode()
    assert text.startswith("НОТАРИАТЫН ҮЙЛДЛИЙН МЭДЭГДЭЛ 2\nБүртгэл: test.example/tamga\nНотариатч: NT001\n")
    assert f"Баримт: SHA-256 {draft['document']['sha256']}\n" in text and "(power-of-attorney)\n" in text
    assert f"Хүчинтэй хугацаа: {draft['validUntil']}\n" in text
    for private in ("Болдбаатар", "УБ85030412", "Ү-2206000999", "Нууцын", "Орон сууц", "Улаанбаатар", "barimt"):
        assert private not in text
    assert office.statement(draft).decode() == text


def test_statement_is_told_as_people_read_it_and_as_it_is_signed(office):
    """The signed form is made of the one that people read with nothing but SHA-256."""
    draft = act(fresh())
    told = office.prepared(draft)
    assert told.status == 200 and told.headers["content-type"].startswith("application/json"), told
    told = told.json()
    assert set(told) == {"statement", "signed", "act", "warnings"} and told["warnings"] == []
    assert told["signed"].encode() == office.statement(draft)
    assert closed(told["statement"]) == told["signed"] != told["statement"]
    for line in ("* Итгэмжлэл олгогч: эцэг, эхийн нэр Доржийн | нэр Болдбаатар | РД УБ85030412 [", "* Эд хөрөнгийн дугаар: Ү-2206000999 [",
                 "* Тэмдэглэл: Нууцын тэмдэглэл [", "* Газар: Улаанбаатар ["):
        assert f"\n{line}" in told["statement"]
    assert told["act"]["salt"] == draft["salt"] and told["act"]["document"] == draft["document"]
    # Without a salt of the notary's the ledger gives one; what is sent back with it is the same act.
    del draft["salt"]
    salted = office.prepared(draft).json()
    assert len(salted["act"]["salt"]) == 64 and salted["signed"] != told["signed"]
    assert office.prepared(salted["act"]).json()["signed"] == salted["signed"]


def closed(text: str) -> str:
    return "".join(f"* {hashlib.sha256(line.encode()).hexdigest()}\n" if line.startswith("* ") else f"{line}\n"
                   for line in text.removesuffix("\n").split("\n"))


@pytest.mark.parametrize("cades", [True, False], ids=["cades", "plain"])
@pytest.mark.parametrize("code", ["NT001", "NT002"])
def test_act_over_its_statement(deeds, pki, office, other_office, tmp_path, code, cades):
    answer = {"NT001": office, "NT002": other_office}[code].registered(act(DOCUMENT), cades=cades)
    body = answer.json()
    assert body["signed"] == "statement" and body["act"].startswith(f"{code}-2") and body["index"] == answer.index
    assert {"accessCode", "recorded", "level", "evidence"} <= set(body)
    evidence = deeds.evidence(answer, tmp_path / "act.tlog-proof")
    document, changed = tmp_path / "document.txt", tmp_path / "changed.txt"
    document.write_bytes(DOCUMENT)
    changed.write_bytes(DOCUMENT + b" ")
    good = deeds.verify(evidence, "--document", document, "--trust", pki.trust, "--json")
    assert good.status == 0, good.all
    assert '"outcome":"valid"' in good.output.replace(" ", "") and '"coverage":"statement"' in good.output.replace(" ", "")
    assert deeds.verify(evidence, "--document", changed, "--trust", pki.trust).status == 1
    assert deeds.verify(evidence, "--expect", f"act={body['act']}").status == 0
    assert deeds.verify(evidence, "--expect", "act=NT001-2020-000001").status == 1


def test_signature_of_unknown_roots_is_told_beside_the_verdict(deeds, pki, registered, tmp_path):
    evidence = deeds.evidence(registered, tmp_path / "act.tlog-proof")
    (tmp_path / "trust" / "roots").mkdir(parents=True)
    root = (pki.folder / "other" / "root.pem").read_bytes()
    (tmp_path / "trust" / "roots" / "root.pem").write_bytes(root)
    done = deeds.verify(evidence, "--trust", tmp_path / "trust", "--json")
    assert done.status == 0, done.all
    assert '"outcome":"valid"' not in done.output.replace(" ", "")


def test_signature_over_the_document_alone_is_reported_as_such(deeds, pki, office, tmp_path):
    content = fresh()
    draft = act(content)
    answer = office.submit(draft, pki.sign(content, "NT001"))
    assert answer.status == 201, answer
    assert answer.json()["signed"] == "document"
    evidence = deeds.evidence(answer, tmp_path / "act.tlog-proof")
    done = deeds.verify(evidence, "--trust", pki.trust, "--json")
    assert done.status == 0 and '"coverage":"document' in done.output.replace(" ", ""), done.all


def test_signature_of_another_notary_is_refused(deeds, pki, office):
    draft = act(DOCUMENT)
    before = deeds.size
    answer = office.submit(draft, pki.sign(office.statement(draft), "NT002"))
    assert answer.status == 403 and problem(answer) == "signer-not-notary", answer
    assert deeds.size == before


@pytest.mark.parametrize("change", [
    {"details": {"powers": ["Бүх хөрөнгийг захиран зарцуулах"], "mayDelegate": False}},
    {"details": {"powers": ["Орон сууц худалдах гэрээнд гарын үсэг зурах"], "mayDelegate": True}},
    {"propertyNumber": "Ү-1"}, {"propertyNumber": None}, {"note": "x"}, {"place": "Дархан"}, {"reference": "NT001-2026-000001"},
    {"validUntil": day(366)}, {"salt": secrets.token_hex(32)}, {"attachments": [{"sha256": "0" * 64}]}, {"document": {"sha256": "0" * 64}},
    {"parties": [{"role": "principal", "lastName": "Хулгайч", "firstName": "Бат", "regnum": "УБ85030412"},
                 {"role": "representative", "lastName": "Ганболдын", "firstName": "Энхтуяа", "regnum": "АА02261105"}]},
], ids=lambda change: next(iter(change)))
def test_act_changed_after_signing_is_refused(deeds, pki, office, change):
    draft = act(fresh())
    signature = pki.sign(office.statement(draft), "NT001")
    before = deeds.size
    answer = office.submit({**draft, **change}, signature)
    assert answer.status == 422 and problem(answer) == "signature-over-other-content", answer
    assert deeds.size == before


def test_signature_cut_or_garbled_is_refused(deeds, pki, office):
    draft = act(fresh())
    signature = pki.sign(office.statement(draft), "NT001")
    before = deeds.size
    for wrong in [b"", b"\x30", signature[:-1], signature + b"\x00", signature[: len(signature) // 2], b"x" * 100,
                  signature[:-20] + bytes([signature[-20] ^ 1]) + signature[-19:]]:
        answer = office.submit(draft, wrong)
        assert 400 <= answer.status < 500, answer
        problem(answer)
    assert deeds.post("/v1/deeds", {"act": draft, "signature": "no base64!"}, office.token).status in (400, 422)
    assert deeds.size == before
    assert office.submit(draft, signature).status == 201


def test_statement_registered_twice_is_one_act(deeds, pki, office):
    draft = act(fresh())
    signature = pki.sign(office.statement(draft), "NT001")
    first, second = office.submit(draft, signature), office.submit(draft, signature)
    assert first.status == 201 and second.status in (200, 201), second
    assert first.json()["act"] == second.json()["act"] and first.index == second.index
    assert first.json()["accessCode"] == second.json()["accessCode"]


def test_deeds_need_a_notarys_token(deeds, pki, office, other_office):
    draft = act(fresh())
    assert deeds.post("/v1/deeds/statement", draft).status == 401
    assert deeds.post("/v1/deeds/statement", draft, deeds.token("merchant", tamga.MERCHANT)).status == 403
    signature = pki.sign(office.statement(draft), "NT001")
    answer = other_office.submit(draft, signature)
    assert 400 <= answer.status < 500, answer


def test_status_with_the_code_as_people_type_it(deeds, office):
    body = office.registered(act(DOCUMENT)).json()
    number, code = body["act"], body["accessCode"]
    plain = code.replace("-", "")
    for typed in [code, code.lower(), plain, f" {plain[:6]} {plain[6:]} ", plain.translate(LOOK_ALIKES)]:
        answer = status(deeds, number, typed)
        assert answer.status == 200 and answer.json()["status"] == "in-force", f"{typed}: {answer}"
    notary, year, running = number.split("-")
    assert status(deeds, f"{notary.lower()} / {year} / {running.lstrip('0')}", code).status == 200


def test_wrong_code_is_answered_exactly_as_an_absent_act(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    number = Office.enrol(ledger, pki, "NT001").registered(act(DOCUMENT)).json()["act"]
    absent = number[:-6] + "999999"
    code = wrong_code()
    wrong, missing = status(ledger, number, code), status(ledger, absent, code)
    assert wrong.status == missing.status == 404 and problem(wrong) == problem(missing) == "act-not-found"
    assert wrong.body == missing.body

    def stable(answer):
        return {name: value for name, value in answer.headers.items() if name != "date"}

    assert stable(wrong) == stable(missing)


def test_mistyped_code_or_number_is_answered_as_an_absent_act_too(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    body = Office.enrol(ledger, pki, "NT001").registered(act(DOCUMENT)).json()
    code = body["accessCode"].replace("-", "")
    absent = status(ledger, body["act"], wrong_code())
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    for number, typed in [(body["act"], mistyped), (body["act"], ""), (body["act"], "x" * 1000), ("NT001-1", code), ("", code)]:
        answer = status(ledger, number, typed)
        assert (answer.status, answer.body) == (404, absent.body), answer
    for wrong in ({"act": body["act"]}, {"code": code}, {"act": 1, "code": 2}, []):
        answer = ledger.post("/v1/deeds/status", wrong)
        assert answer.status == 400 and problem(answer), answer


def test_guessing_is_slowed_down(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    body = Office.enrol(ledger, pki, "NT001").registered(act(DOCUMENT)).json()
    answers = [status(ledger, body["act"], wrong_code()) for _ in range(200)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused, "two hundred guesses went through"
    assert {answer.status for answer in answers} == {404, 429}
    assert int(refused[0].headers["retry-after"]) >= 1 and problem(refused[0]) in ("too-many-attempts", "too-many-requests")
    # Whoever asks for nothing secret is not slowed down.
    assert ledger.get("/checkpoint").status == 200


def test_suspended_notary_files_no_more(deeds, pki, new_ledger):
    ledger = new_ledger().serve("--trust", pki.trust)
    office = Office.enrol(ledger, pki, "NT001")
    kept = office.registered(act(DOCUMENT)).json()
    ledger.must("issuer", "suspend", "--id", "NT001")
    before = ledger.size
    answer = ledger.post("/v1/deeds/statement", act(DOCUMENT), office.token)
    assert answer.status in (401, 403), answer
    assert ledger.size == before
    assert status(ledger, kept["act"], kept["accessCode"]).json()["status"] == "in-force"


def test_everything_about_an_act_survives_kill(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    office = Office.enrol(ledger, pki, "NT001")
    kept, gone = office.registered(act(DOCUMENT)).json(), office.registered(act(DOCUMENT)).json()
    assert office.revoke(gone["act"]).status in (200, 201)
    ledger.kill()
    ledger.restart()
    assert status(ledger, kept["act"], kept["accessCode"]).json()["status"] == "in-force"
    assert status(ledger, gone["act"], gone["accessCode"]).json()["status"] == "revoked"
    assert office.registered(act(DOCUMENT)).json()["act"] not in (kept["act"], gone["act"])
    assert ledger.get(kept["evidence"]).status == 200


def test_evidence_is_opened_by_capability_alone(deeds, registered):
    link = registered.headers["tamga-evidence"]
    assert link == registered.json()["evidence"]
    capability = link.rsplit("/", 1)[1]
    assert len(capability) >= 22 and registered.json()["act"] not in link
    for wrong in [secrets.token_hex(16), capability[:-1], "0", str(registered.index), registered.json()["act"], "..%2f..%2f"]:
        assert deeds.get(f"/v1/evidence/{wrong}").status == 404, wrong


def test_one_signature_over_a_document_does_not_stand_under_two_acts(deeds, pki, office):
    document = secrets.token_bytes(40)
    signature = pki.sign(document, "NT001")
    draft = act(document, details={"powers": ["Зарах"]})
    first = office.submit(draft, signature)
    assert first.status == 201, first
    other = office.submit(act(document, details={"powers": ["Бэлэглэх"]}), signature, [first.json()["act"]])
    assert other.status == 409 and problem(other) == "signature-used"
    again = office.submit(draft, signature)
    assert again.json()["act"] == first.json()["act"] and again.index == first.index


def test_act_too_large_for_its_evidence_is_not_recorded(deeds, office):
    before = deeds.size
    draft = act(fresh(), details={"powers": [f"{number} " + "у" * 900 for number in range(40)]})
    answer = office.register(draft)
    assert answer.status == 413 and problem(answer) == "act-too-large"
    assert deeds.size == before


def test_empty_idempotency_key_is_refused(deeds, office):
    answer = deeds.post("/v1/deeds", {"act": {}, "signature": ""}, token=office.token, headers={"Idempotency-Key": ""})
    assert answer.status == 400
