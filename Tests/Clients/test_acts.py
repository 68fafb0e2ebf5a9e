"""Acts of all thirteen kinds: registered, read back, verified offline, numbered, found, warned of."""

import base64
import hashlib
import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from act_cases import deeds, fresh, numbers, office, other, property_number
import tamga
from signing import OTHER_REGNUM, REGNUM, Office, act, day, problem, sale, today, will

SAMPLES = sorted((tamga.SEEDS / "samples" / "deeds").glob("*.json"))
YEAR = today().year


# Kinds


def test_thirteen_kinds_are_described_to_anybody(deeds):
    kinds = deeds.get("/v1/deeds/kinds").json()
    assert len(kinds) == len({kind["type"] for kind in kinds}) == 13
    assert [kind["serviceId"] for kind in kinds] == list(range(1, 14))
    assert [kind["type"] for kind in kinds if kind["closed"]] == ["will"]
    for kind in kinds:
        assert kind["label"]["mn"] and kind["label"]["en"] and kind["source"] and kind["roles"]
        assert all(field["label"]["mn"] and field["label"]["en"] for field in kind["fields"])


def test_there_is_a_sample_of_every_kind(deeds):
    kinds = {kind["type"] for kind in deeds.get("/v1/deeds/kinds").json()}
    assert {json.loads(path.read_text())["type"] for path in SAMPLES} == kinds


def sample_act(path) -> dict:
    sample = json.loads(path.read_text())
    # What is dated ages; the document says that its last day stands in the register.
    return sample | ({"validUntil": day(400)} if "validUntil" in sample else {}) | {"salt": secrets.token_hex(32)}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_is_registered_read_back_and_verified_offline(deeds, pki, office, tmp_path, path):
    sample = sample_act(path)
    text = path.with_suffix(".txt")
    assert hashlib.sha256(text.read_bytes()).hexdigest() == sample["document"]["sha256"]
    answer = office.registered(sample)
    number = answer.json()["act"]
    whole = office.act(number)
    assert whole.status == 200, whole
    told = whole.json()
    assert told["status"] == "in-force" and told["type"] == sample["type"] and told["accessCode"] == answer.json()["accessCode"]
    assert told["content"] == with_canonical_values(sample)
    assert told["state"]["bookNumber"] == number and told["state"]["employeeCode"] == "NT001"

    evidence = deeds.evidence(answer, tmp_path / "act.tlog-proof")
    done = deeds.verify(evidence, "--document", text, "--trust", pki.trust, "--expect", f"act={number}", "--json")
    assert done.status == 0, done.all
    verified = json.loads(done.output)
    (signature,) = verified["issuerSignatures"]
    assert (signature["outcome"], signature["coverage"]) == ("valid", "statement"), signature
    fields = {field["name"]: field.get("value") for field in verified["fields"]}
    assert fields["type"] == sample["type"] and json.loads(fields["details"]) == told["content"]["details"]
    check_sealed_lines(office.prepared(sample).json()["statement"], fields["sealed"])


def with_canonical_values(sample: dict) -> dict:
    """What is read back: capitals without spaces in a property number."""
    if "propertyNumber" in sample:
        return sample | {"propertyNumber": sample["propertyNumber"].replace(" ", "").upper()}
    return sample


def check_sealed_lines(statement: str, sealed: str) -> None:
    """What the record says of the private lines is what people read in the statement, under SHA-256."""
    lines = [line for line in statement.splitlines() if line.startswith("* ")]
    assert sealed.split("\n") == [hashlib.sha256(line.encode()).hexdigest() for line in lines] and lines


def test_evidence_whose_values_differ_from_the_signed_statement_is_not_valid(deeds, pki, office, tmp_path):
    """An operator who files other values than the notary signed is found out by whoever has the evidence."""
    answer = office.registered(act(fresh()))
    evidence = deeds.evidence(answer, tmp_path / "act.tlog-proof")
    text = evidence.read_text()
    line = next(line for line in text.splitlines() if line.startswith("extra "))
    body = bytearray(base64.b64decode(line.split(" ")[1]))
    at = body.find("Болдбаатар".encode())
    assert at > 0
    body[at : at + 2] = "Г".encode()
    (tmp_path / "forged.tlog-proof").write_text(text.replace(line, "extra " + base64.b64encode(bytes(body)).decode()))
    done = deeds.verify(tmp_path / "forged.tlog-proof", "--trust", pki.trust)
    assert done.status in (3, 4), done.all


# Field rules


def changed(**members) -> dict:
    return {name: value for name, value in (act(b"rules") | members).items() if value is not ...}


PRINCIPAL, REPRESENTATIVE = act(b"")["parties"]


def with_principal(**members) -> dict:
    party = {name: value for name, value in (PRINCIPAL | members).items() if value is not ...}
    return changed(parties=[party, REPRESENTATIVE])


RULES = {
    "unknown member": (changed(unknown=1), "act-key-unknown"),
    "old member": (changed(powers=["x"]), "act-key-unknown"),
    "unknown detail": (changed(details={"powers": ["x"], "price": "1"}), "act-key-unknown"),
    "unknown member of a party": (with_principal(registerNumber=REGNUM), "act-key-unknown"),
    "no type": (changed(type=...), "act-field-missing"),
    "unknown type": (changed(type="marriage"), "act-type-unknown"),
    "type is a number": (changed(type=3), "act-field-of-wrong-type"),
    "no document": (changed(document=...), "act-field-missing"),
    "bad digest": (changed(document={"sha256": "abc"}), "act-digest-invalid"),
    "bad salt": (changed(salt="00"), "act-digest-invalid"),
    "no parties": (changed(parties=...), "act-field-missing"),
    "empty parties": (changed(parties=[]), "act-count-invalid"),
    "a principal alone": (changed(parties=[PRINCIPAL]), "party-count-invalid"),
    "a representative alone": (changed(parties=[REPRESENTATIVE]), "party-count-invalid"),
    "unknown role": (with_principal(role="king"), "party-role-unknown"),
    "role of another kind": (with_principal(role="seller"), "party-role-unsuited"),
    "no number": (with_principal(regnum=...), "party-identity-unclear"),
    "two numbers": (with_principal(civilId="110718991986"), "party-identity-unclear"),
    "no patronymic": (with_principal(lastName=...), "act-field-missing"),
    "a person named as an organisation": (with_principal(firstName=..., lastName=..., name="Бат"), "party-name-unclear"),
    "look-alike of no Mongolian letter": (with_principal(regnum="ZZ85030412"), "register-number-of-other-script"),
    "month 13": (with_principal(regnum="УБ85139912"), "register-number-date-invalid"),
    "too few digits": (with_principal(regnum="УБ8503041"), "register-number-invalid"),
    "organisation of six digits": (with_principal(regnum=..., organisationNumber="601950"), "organisation-number-invalid"),
    "civil id of eleven digits": (with_principal(regnum=..., civilId="11071899198"), "civil-id-invalid"),
    "tax number of ten digits": (with_principal(regnum=..., tin="1107189919"), "tax-number-invalid"),
    "no details": (changed(details=...), "act-field-missing"),
    "no powers": (changed(details={"mayDelegate": True}), "act-field-missing"),
    "empty powers": (changed(details={"powers": []}), "act-field-missing"),
    "powers as text": (changed(details={"powers": "x"}), "act-field-of-wrong-type"),
    "too many powers": (changed(details={"powers": ["x"] * 101}), "act-count-invalid"),
    "power too long": (changed(details={"powers": ["x" * 2001]}), "act-text-invalid"),
    "power with a line end": (changed(details={"powers": ["x\ny"]}), "act-text-invalid"),
    "flag as text": (changed(details={"powers": ["x"], "mayDelegate": "yes"}), "act-field-of-wrong-type"),
    "no end": (changed(validUntil=...), "act-field-missing"),
    "end in the past": (changed(validUntil="2020-01-01"), "act-validity-past"),
    "end that is no day": (changed(validUntil="2027-02-30"), "act-date-invalid"),
    "end too near": (changed(validUntil=day(27)), "act-validity-out-of-range"),
    "end too far": (changed(validUntil=day(1097)), "act-validity-out-of-range"),
    "reference to nothing": (changed(reference="17"), "act-number-invalid"),
    "entry of a book on paper": (changed(paper={"bookNumber": "1", "bookDate": "2020-01-01"}), "act-key-unknown"),
    "unknown choice": (sale(b"", "Ү-1", details={"subject": "theft", "item": "x"}), "act-choice-unknown"),
    "amount of three decimals": (sale(b"", "Ү-1", details={"subject": "sale", "item": "x", "price": "1.001"}), "act-amount-invalid"),
    "negative amount": (sale(b"", "Ү-1", details={"subject": "sale", "item": "x", "price": -1}), "act-amount-invalid"),
    "sale without a buyer": (sale(b"", "Ү-1") | {"parties": sale(b"", "")["parties"][:1]}, "party-count-invalid"),
    "gift by seller and buyer": (sale(b"", "Ү-1", details={"subject": "gift", "item": "x"}), "party-count-invalid"),
    "two testators": (will(b"") | {"parties": will(b"")["parties"][:1] * 2}, "party-count-invalid"),
    "will with an heir": (will(b"") | {"parties": [*will(b"")["parties"], {**PRINCIPAL, "role": "heir"}]}, "party-role-unsuited"),
    "will with a note": (will(b"", note="Байшингаа хүүдээ"), "act-field-unsuited"),
    "will with a property": (will(b"", propertyNumber="Ү-1"), "act-field-unsuited"),
    "will with an end": (will(b"", validUntil=day(100)), "act-field-unsuited"),
    "will of a hundred and one copies": (will(b"", details={"form": "sealed", "kept": "notary", "copies": 101}), "act-value-out-of-range"),
}


@pytest.mark.parametrize("draft, code", RULES.values(), ids=RULES)
def test_act_against_the_rules_is_refused_by_name(deeds, office, draft, code):
    before = deeds.size
    answer = office.prepared(draft)
    assert (answer.status, problem(answer)) == (422, code), answer
    for personal in (REGNUM, "ZZ85030412", "УБ85139912", "110718991986", "Болдбаатар"):
        assert personal not in answer.text
    assert office.submit(draft, b"0").json()["code"] == code and deeds.size == before


@pytest.mark.parametrize("end", [day(31), day(1094)], ids=["a month", "three years"])
def test_ends_at_the_bounds_are_taken(office, end):
    assert office.prepared(changed(validUntil=end)).status == 200


def test_body_that_is_no_act_is_refused(deeds, office):
    for body in (b"", b"{", b"[]", b"null", b'{"act": []}', '{"type": "contract", "type": "will"}'.encode(), b"\xff"):
        answer = deeds.post("/v1/deeds/statement", body, office.token, {"Content-Type": "application/json"})
        assert answer.status in (400, 422) and problem(answer), (body, answer)
    assert deeds.post("/v1/deeds/statement", b"{}", office.token, {"Content-Type": "text/plain"}).status == 415


# Numbers and book


def test_numbers_have_no_gaps_under_concurrency(new_ledger, pki):
    """Two notaries, forty registrations each at the same moment, refused ones among them: each gets 1…40."""
    ledger = new_ledger().serve("--trust", pki.trust)
    offices = [Office.enrol(ledger, pki, code) for code in ("NT001", "NT002")]
    made = [(office, draft, pki.sign(office.statement(draft), office.code))
            for office in offices for draft in (act(fresh()) for _ in range(40))]
    begin = threading.Barrier(16)

    def register(case):
        office, draft, signature = case
        office.submit(draft | {"note": "changed"}, signature)
        return office.code, office.submit(draft, signature)

    def worker(cases):
        begin.wait(30)
        return [register(case) for case in cases]

    with ThreadPoolExecutor(16) as pool:
        answers = [answer for batch in pool.map(worker, [made[part::16] for part in range(16)]) for answer in batch]
    assert {answer.status for _, answer in answers} == {201}
    for office in offices:
        numbers = sorted(answer.json()["act"] for code, answer in answers if code == office.code)
        assert numbers == [f"{office.code}-{YEAR}-{number:06}" for number in range(1, 41)]
        book = office.book()
        assert book["last"] == 40 and [line["act"] for line in book["lines"]] == numbers
    assert ledger.stop() == 0
    ledger.restart()
    for office in offices:
        assert office.registered(act(fresh())).json()["act"].endswith("-000041")


def test_register_book_is_read_in_pieces_and_by_year(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    office, other = Office.enrol(ledger, pki, "NT001"), Office.enrol(ledger, pki, "NT002")
    empty = office.book()
    assert (empty["last"], empty["lines"]) == (0, [])
    answers = [office.registered(draft) for draft in (act(fresh()), sale(fresh(), property_number()), will(fresh()))]
    made = [answer.json()["act"] for answer in answers]
    whole = office.book()
    assert (whole["notary"], whole["year"], whole["last"]) == ("NT001", YEAR, 3)
    assert [(line["act"], line["type"]) for line in whole["lines"]] == list(zip(made, ("power-of-attorney", "contract", "will")))
    assert office.book(**{"from": 2, "limit": 1})["lines"] == whole["lines"][1:2]
    assert office.book(**{"from": 4})["lines"] == [] and office.book(YEAR - 1)["last"] == 0
    assert other.book()["lines"] == [], "a book is its notary's alone"
    assert [party["name"] for party in whole["lines"][0]["parties"]] == ["Доржийн Болдбаатар", "Ганболдын Энхтуяа"]
    for query in ("", "year=x", "year=1999", f"year={YEAR}&from=0", f"year={YEAR}&limit=0", f"year={YEAR}&limit=1001"):
        answer = ledger.get(f"/v1/deeds/book?{query}", headers={"Authorization": f"Bearer {office.token}"})
        assert answer.status == 400, (query, answer)
    ledger.must("erase", "--index", answers[1].index, "--basis", "Шүүхийн шийдвэр 1")
    lines = office.book()["lines"]
    assert lines[1] == {"act": made[1], "erased": True} and lines[0] == whole["lines"][0] and lines[2] == whole["lines"][2]
    assert office.registered(act(fresh())).json()["act"].endswith("-000004"), "the number of an erased act is not given again"


# Search


@pytest.fixture
def found(new_ledger, pki):
    """A ledger of two notaries: what one may find is known."""
    ledger = new_ledger().serve("--trust", pki.trust)
    ledger.office, ledger.other = Office.enrol(ledger, pki, "NT001"), Office.enrol(ledger, pki, "NT002")
    ledger.document, ledger.property = fresh(), property_number()
    ledger.attorney = ledger.office.registered(act(ledger.document)).json()["act"]
    ledger.sold = ledger.office.registered(sale(fresh(), ledger.property)).json()["act"]
    ledger.elsewhere = ledger.other.registered(act(fresh())).json()["act"]
    return ledger


def check_found(ledger) -> None:
    office, other = ledger.office, ledger.other
    for query in ({"regnum": REGNUM}, {"regnum": " уб 85-030412"}, {"regnum": OTHER_REGNUM}, {"act": ledger.attorney},
                  {"document": hashlib.sha256(ledger.document).hexdigest()}):
        assert numbers(office.search(**query)) == [ledger.attorney], query
    for query in ({"organisationNumber": "6019509"}, {"regnum": "УХ79120815"}, {"propertyNumber": ledger.property},
                  {"propertyNumber": ledger.property.lower()}):
        assert numbers(office.search(**query)) == [ledger.sold], query
        assert other.search(**query) == []
    assert numbers(other.search(regnum=REGNUM)) == [ledger.elsewhere]
    assert other.search(act=ledger.attorney) == [] == other.search(document=hashlib.sha256(ledger.document).hexdigest())
    for query in ({"regnum": "УБ85030413"}, {"civilId": "110718991986"}, {"document": "0" * 64}, {"propertyNumber": "Ү-0"},
                  {"act": "NT001-2020-000001"}):
        assert office.search(**query) == [], query


def test_acts_are_found_by_party_document_property_and_number(found):
    check_found(found)
    office = found.office
    for wrong in ({}, {"regnum": REGNUM, "act": found.sold}, {"regnum": 1}, {"firstName": "Бат"}, {"regnum": REGNUM, "limit": 0}):
        answer = found.post("/v1/deeds/search", wrong, office.token)
        assert answer.status == 400, (wrong, answer)
    assert problem(found.post("/v1/deeds/search", {"regnum": "УБ8503"}, office.token)) == "register-number-invalid"
    assert problem(found.post("/v1/deeds/search", {"document": "x"}, office.token)) == "act-digest-invalid"
    for token in (None, "tamga_" + "0" * 40, found.token("operator", "Оператор"), found.token("auditor", "Шалгагч")):
        assert found.post("/v1/deeds/search", {"regnum": REGNUM}, token).status in (401, 403)


@pytest.mark.parametrize("way", ["restart", "kill -9", "index deleted", "index damaged"])
def test_acts_are_found_again_after(found, way):
    check_found(found)
    found.kill() if way == "kill -9" else found.stop()
    files = sorted(found.data.glob("acts.sqlite*"))
    assert files
    if way == "index deleted":
        for path in files:
            path.unlink()
    elif way == "index damaged":
        for path in files:
            path.write_bytes(secrets.token_bytes(8192))
    found.restart()
    check_found(found)


@pytest.mark.parametrize("wrong", [{"limit": {}}, {"limit": "5"}, {"limit": 101}, {"before": "x"}, {"before": -1}, {"before": 1.5}], ids=str)
def test_search_with_a_wrong_limit_or_place_is_refused(deeds, office, wrong):
    answer = deeds.post("/v1/deeds/search", {"regnum": REGNUM, **wrong}, office.token)
    assert answer.status == 400 and problem(answer), answer


def test_search_goes_on_page_by_page(found):
    made = [found.office.registered(act(fresh())).json()["act"] for _ in range(7)]
    seen, query = [], {"regnum": REGNUM, "limit": 3}
    while True:
        page = found.post("/v1/deeds/search", query, found.office.token).json()
        seen += numbers(page["acts"])
        assert len(page["acts"]) <= 3
        if "next" not in page:
            break
        query["before"] = page["next"]
    assert seen == [*reversed(made), found.attorney]


def test_other_notaries_read_no_act(found):
    own, other = found.office.act(found.attorney), found.other.act(found.attorney)
    absent = found.other.act(f"NT001-{YEAR}-000999")
    assert own.status == 200
    assert (other.status, other.body) == (absent.status, absent.body) and problem(other) == "act-not-found"
    assert found.get(f"/v1/deeds/{found.attorney}").status == 401


def test_idempotency_key_belongs_to_one_act(deeds, pki, office):
    def submit(draft, signature, key):
        body = {"act": draft, "signature": base64.b64encode(signature).decode()}
        return deeds.post("/v1/deeds", body, office.token, headers={"Idempotency-Key": key})

    key, draft, other = secrets.token_hex(8), act(fresh()), act(fresh())
    signature = pki.sign(office.statement(draft), "NT001")
    first, again = submit(draft, signature, key), submit(draft, signature, key)
    assert (first.status, again.status) == (201, 200) and first.json() == again.json()
    size = deeds.size
    reused = submit(other, pki.sign(office.statement(other), "NT001"), key)
    assert reused.status == 422 and problem(reused) == "idempotency-key-reused" and deeds.size == size, reused
