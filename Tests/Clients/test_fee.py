"""The receipt of an act's fee: filed with the act or named by it, once, and shown to nobody who may not see the act."""

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from console import Visitor
from daemon import pushed
from fees import (
    BESIDE, FEE, FRONT, TILL, TIN, Bureau, beside, both, bureau, daemon, enrolled, fee_sale, fees, fields, fresh, named_by, printed, receipts, returned,
)
from signing import Office, act, problem, status, will


def test_receipt_is_filed_with_the_act_and_the_two_name_each_other(fees, bureau, tmp_path):
    draft, before = fresh(), fees.size
    answer = bureau.send(bureau.signed(draft), {**FEE, "payment": "PAYMENT_CARD"})
    assert answer.status == 201, answer
    told = answer.json()
    assert set(told["fee"]) == {"receipt", "evidence", "namesAct"} and told["fee"]["namesAct"] is True
    # The receipt first, then the act.
    assert (fees.size, told["index"]) == (before + 2, before + 1)
    act_fields, receipt = fields(fees, told["evidence"], tmp_path), fields(fees, told["fee"]["evidence"], tmp_path)
    fee = json.loads(act_fields["fee"])
    assert fee["receipt"] == receipt["id"] == told["fee"]["receipt"]
    assert receipt["act"] == named_by("NT001", draft, fee["salt"])
    assert {name: receipt[name] for name in ("merchant", "branch", "pos", "district", "type", "total", "vat", "citytax", "consumer")} == {
        "merchant": TIN, "branch": "001", "pos": "1", "district": "2403", "type": "B2C_RECEIPT", "total": "1500000", "vat": "0", "citytax": "0",
        "consumer": "10000038"}
    part, = json.loads(receipt["items"])
    item, = part["items"]
    assert (part["taxType"], item["taxProductCode"], item["name"]) == ("VAT_FREE", "437", "Нотариатын үйлчилгээ")
    assert json.loads(receipt["payments"]) == [{"code": "PAYMENT_CARD", "paidAmount": 15000, "status": "PAID"}]
    # Status tells it to the parties, and to the notary.
    known = status(fees, told["act"], told["accessCode"]).json()
    assert known["fee"] == {**told["fee"], "status": "in-force"} == bureau.act(told["act"]).json()["fee"]
    assert bureau.waiting() == []


def test_verify_says_whether_two_files_name_each_other(fees, bureau, tmp_path):
    one, other = (bureau.send(bureau.signed(fresh()), FEE).json() for _ in range(2))
    (tmp_path / "other").mkdir()
    deed, receipt = both(fees, one, tmp_path)
    _, foreign = both(fees, other, tmp_path / "other")
    for first, second in ((deed, receipt), (receipt, deed)):
        done = fees.verify(first, "--with", second, "--json")
        assert done.status == 0 and json.loads(done.output)["link"] == "each-names-the-other", done.all
    assert "name each other" in fees.verify(deed, "--with", receipt).output
    done = fees.verify(deed, "--with", foreign, "--json")
    assert done.status == 1 and json.loads(done.output)["link"] == "not-named", done.all
    assert "do not belong together" in fees.verify(deed, "--with", foreign).output
    done = fees.verify(deed, "--with", deed)
    assert done.status == 5 and "One act and one receipt" in done.output, done.all
    # Without a fee there is nothing to be named; what is hidden cannot tell.
    plain = tmp_path / "plain.tlog-proof"
    plain.write_bytes(fees.get(bureau.send(bureau.signed(fresh())).json()["evidence"]).body)
    assert fees.verify(plain, "--with", receipt).status == 1
    citizen = tmp_path / "citizen.tlog-proof"
    fees.must("prove", "--index", one["index"], "--reader", "citizen", "--out", citizen)
    done = fees.verify(citizen, "--with", receipt)
    assert done.status == 5 and "hidden" in done.output, done.all
    broken = tmp_path / "broken.tlog-proof"
    broken.write_bytes(receipt.read_bytes()[:-9])
    assert fees.verify(deed, "--with", broken).status == 3
    assert fees.verify(deed, "--with", tmp_path / "nothing").status == 2


def test_act_over_its_document_alone_names_its_receipt_too(fees, bureau, tmp_path):
    content = secrets.token_bytes(32)
    body = bureau.signed(act(content, propertyNumber="Ү-77"), content)
    answer = bureau.send(body, FEE)
    assert answer.status == 201 and answer.json()["signed"] == "document", answer
    deed, receipt = both(fees, answer.json(), tmp_path)
    assert fees.verify(deed, "--with", receipt).status == 0
    assert bureau.send(body, FEE).json() == answer.json()


def test_sent_again_it_is_one_receipt_and_one_act(fees, bureau):
    body = bureau.signed(fresh())
    first = bureau.send(body, FEE)
    size = fees.size
    again = bureau.send(body, FEE)
    assert again.status == 200 and again.json() == first.json()
    # What is registered stays: another fee, or none, changes nothing.
    for fee in ({"amount": 9}, {"receipt": "0" * 33}, None):
        assert bureau.send(body, fee).json() == first.json()
    assert fees.size == size
    # Under one Idempotency-Key it must be the same fee.
    keyed = bureau.signed(fresh())
    key = {"Idempotency-Key": secrets.token_hex(8)}
    assert bureau.send(keyed, FEE, **key).status == 201
    assert bureau.send(keyed, FEE, **key).status == 200
    answer = bureau.send(keyed, {"amount": 9}, **key)
    assert answer.status == 422 and problem(answer) == "idempotency-key-reused", answer


def test_many_send_the_same_act_at_once(fees, bureau):
    body = bureau.signed(fresh())
    before = fees.size
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: bureau.send(body, FEE), range(16)))
    assert sorted(answer.status for answer in answers) == [200] * 15 + [201], [str(answer) for answer in answers]
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1
    assert fees.size == before + 2 and bureau.waiting() == []


def test_equal_acts_under_two_signatures_have_a_receipt_each(fees, bureau):
    draft = fresh()
    one = bureau.send(bureau.signed(draft), FEE).json()
    time.sleep(1.1)
    body = bureau.signed(draft)
    answer = bureau.send(body, FEE)
    assert answer.status == 409 and problem(answer) == "act-warned", answer
    other = bureau.send({**body, "acknowledge": [one["act"]]}, FEE)
    assert other.status == 201 and other.json()["fee"]["receipt"] != one["fee"]["receipt"], other
    assert bureau.waiting() == []


@pytest.mark.parametrize("wrong", [
    "signature", "warning", "validity", "suspended", "amount", "payment", "consumer", "district", "till", "unknown", "size"])
def test_what_is_refused_leaves_no_receipt(fees, bureau, wrong):
    draft, fee, code = fresh(), dict(FEE), None
    if wrong == "size":
        draft["note"] = "а" * 2000
        draft["attachments"] = [{"name": "б" * 150, "sha256": secrets.token_hex(32)} for _ in range(50)]
        draft["details"]["powers"] = ["в" * 400] * 40
    body = bureau.signed(draft)
    match wrong:
        case "signature": body, code = {**body, "signature": bureau.signed(fresh())["signature"]}, "signature-over-other-content"
        case "warning":
            other = bureau.send(bureau.signed(draft)).json()
            time.sleep(1.1)
            body, code = bureau.signed(draft), "act-warned"
            assert other["act"]
        case "validity": body["act"]["validUntil"], code = "2020-01-01", "act-validity-past"
        case "suspended":
            fees.must("issuer", "suspend", "--id", TIN)
            code = "merchant-suspended"
        case "amount": fee["amount"], code = 0, "fee-invalid"
        case "payment": fee["payment"], code = "COWRIES", "receipt-payment-unknown"
        case "consumer": fee["consumerNo"], code = "123", "receipt-field-digits"
        case "district": fee |= {**TILL, "districtCode": "0000"}; code = "receipt-district-unknown"
        case "till": fee |= {**TILL, "posNo": "9"}; code = "receipt-till-unknown"
        case "unknown": fee["tip"], code = 1, "fee-invalid"
        case "size": code = "act-too-large"
    before = fees.size
    answer = bureau.send(body, fee)
    if wrong == "suspended":
        before += 0
        fees.must("issuer", "resume", "--id", TIN)
        before += 1
    assert 400 <= answer.status < 500 and problem(answer) == code, answer
    assert "feeReceipt" not in answer.json() and fees.size == before and bureau.waiting() == []


def test_receipt_that_was_given_back_is_told_beside_the_act(fees, bureau, tmp_path):
    told = bureau.send(bureau.signed(fresh()), FEE).json()
    receipt = fields(fees, told["fee"]["evidence"], tmp_path)
    assert returned(fees, receipt["id"], printed(receipt["date"])).status == 201
    assert status(fees, told["act"], told["accessCode"]).json()["fee"]["status"] == "returned"
    assert status(fees, told["act"], told["accessCode"]).json()["status"] == "in-force"
    assert bureau.waiting() == []
    deed, evidence = both(fees, told, tmp_path)
    assert fees.verify(deed, "--with", evidence).status == 0


def test_the_merchants_own_posapi_issues_and_the_act_names_its_receipt(fees, beside, daemon, pki, tmp_path):
    body = beside.signed(fresh())
    answer = beside.send(body, FEE)
    assert answer.status == 409 and problem(answer) == "fee-receipt-needed", answer
    sold = daemon.sell(fee_sale(BESIDE))
    answer = beside.send(body, {"receipt": sold.id})
    assert answer.status == 422 and problem(answer) == "fee-receipt-unknown", answer
    assert fees.pos("POST", "/rest/push", pushed(sold), {"Content-Type": "application/json"}).status == 200
    answer = beside.send(body, {"receipt": sold.id})
    assert answer.status == 201 and answer.json()["fee"]["receipt"] == sold.id and answer.json()["fee"]["namesAct"] is False, answer
    deed, receipt = both(fees, answer.json(), tmp_path)
    done = fees.verify(deed, "--with", receipt, "--json")
    assert done.status == 0 and json.loads(done.output)["link"] == "act-names-receipt", done.all
    # No other act has it: not of this notary, not of another one with the same TIN.
    other = beside.send(beside.signed(fresh()), {"receipt": sold.id})
    assert other.status == 409 and problem(other) == "fee-receipt-taken", other
    assert answer.json()["act"] not in other.text
    assert beside.send(body, {"receipt": sold.id}).json() == answer.json()


def test_in_front_of_a_posapi_the_same(fees, daemon, pki, tmp_path):
    front = Bureau.open(fees, pki, "NT003", FRONT)
    sold = fee_sale(FRONT)
    assert fees.pos("POST", "/rest/receipt", sold).status == 200
    number = daemon.sold(sold).id
    assert problem(front.send(front.signed(fresh()), FEE)) == "fee-receipt-needed"
    answer = front.send(front.signed(fresh()), {"receipt": number})
    assert answer.status == 201 and answer.json()["fee"]["receipt"] == number, answer
    # The daemon takes it back; the act stays, and says so.
    made = daemon.sold(sold)
    assert fees.pos("DELETE", "/rest/receipt", {"id": made.id, "date": made.date}).status == 200
    told = answer.json()
    assert status(fees, told["act"], told["accessCode"]).json()["fee"]["status"] == "returned"
    late = front.send(front.signed(fresh()), {"receipt": number})
    assert problem(late) in ("fee-receipt-not-in-force", "fee-receipt-taken"), late


def test_only_a_fee_receipt_in_force_of_the_notary_is_named(fees, bureau):
    token = fees.token("merchant", TIN)

    def filed(sale: dict) -> dict:
        answer = fees.post("/v1/receipts", sale, token)
        assert answer.status == 201, answer
        return answer.json()

    refused = {
        filed(fee_sale(TIN, code="305"))["id"]: "fee-receipt-unsuited",
        filed(fee_sale(TIN, kind="B2C_INVOICE"))["id"]: "fee-receipt-unsuited",
        "0" * 33: "fee-receipt-unknown", "12": "fee-invalid",
        # Another merchant's, which is there, is not told apart from none.
        next(each["id"] for each in receipts(fees, BESIDE)) if receipts(fees, BESIDE) else "1" * 33: "fee-receipt-unknown",
    }
    back = filed(fee_sale(TIN))
    assert returned(fees, back["id"], back["date"]).status == 201
    refused[back["id"]] = "fee-receipt-not-in-force"
    # One that was filed for another act.
    refused[bureau.send(bureau.signed(fresh()), FEE).json()["fee"]["receipt"]] = "fee-receipt-taken"
    body, size = bureau.signed(fresh()), fees.size
    for number, code in refused.items():
        answer = bureau.send(body, {"receipt": number})
        assert problem(answer) == code, (number, answer)
    assert fees.size == size
    good = filed(fee_sale(TIN))
    assert bureau.send(body, {"receipt": good["id"], "amount": 1}).status == 422
    assert bureau.send(body, {"receipt": good["id"]}).status == 201


def test_two_acts_that_want_one_receipt_at_once(fees, bureau):
    token = fees.token("merchant", TIN)
    number = fees.post("/v1/receipts", fee_sale(TIN), token).json()["id"]
    bodies = [bureau.signed(fresh()) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: bureau.send(body, {"receipt": number}), bodies))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert {problem(answer) for answer in answers if answer.status == 409} == {"fee-receipt-taken"}


def test_notary_without_a_tin(new_ledger, pki, tmp_path):
    ledger = enrolled(new_ledger(), tmp_path).serve("--trust", pki.trust)
    plain = Office.enrol(ledger, pki, "NT001")
    office = Bureau(ledger, pki, "NT001", plain.token)
    body = office.signed(fresh())
    for fee in (FEE, {"receipt": "0" * 33}):
        answer = office.send(body, fee)
        assert answer.status == 409 and problem(answer) == "notary-tin-missing", answer
    assert office.waiting() == []
    # The TIN is enrolled later, and is kept when the notary is enrolled anew without one.
    office = Bureau.open(ledger, pki, "NT001", "90010000025")
    assert problem(office.send(body, FEE)) == "merchant-unknown"
    office = Bureau.open(ledger, pki, "NT001", TIN)
    Office.enrol(ledger, pki, "NT001")
    assert json.loads(ledger.must("issuer", "list", "--json").output)
    assert next(each for each in json.loads(ledger.must("issuer", "list", "--json").output) if each["id"] == "NT001")["tin"] == TIN
    assert office.send(body, FEE).status == 201
    # Without enrolled branches the till is given.
    ledger.must("issuer", "add-merchant", "--tin", "90010000025", "--name", "Салбаргүй")
    other = Bureau.open(ledger, pki, "NT002", "90010000025")
    body = other.signed(fresh())
    assert problem(other.send(body, FEE)) == "fee-till-missing"
    assert other.send(body, {**FEE, **TILL}).status == 201


def test_a_will_shows_in_no_receipt(fees, bureau, tmp_path):
    content = secrets.token_bytes(32)
    draft = will(content)
    told = bureau.send(bureau.signed(draft), FEE).json()
    ordinary = bureau.send(bureau.signed(fresh()), FEE).json()
    number, link = told["fee"]["receipt"], told["fee"]["evidence"]
    entry = fees.get(link)
    words = [told["act"], told["accessCode"], "will", "Гэрээслэл", draft["document"]["sha256"], "Дэндэвсамбуу", "ЗЮ47110923", "NT001"]
    receipt = fields(fees, link, tmp_path)
    other = fields(fees, ordinary["fee"]["evidence"], tmp_path)
    shown = json.dumps(receipt, ensure_ascii=False)
    assert not [word for word in words if word in shown]
    # Nothing but numbers tells one act's receipt from another's.
    varying = {"id", "date", "items", "act"}
    assert {name: value for name, value in receipt.items() if name not in varying} == {
        name: value for name, value in other.items() if name not in varying}
    # Nor do the merchant's console, its search and its chain.
    visitor = Visitor(fees).sign_in(token=fees.token("merchant", TIN)).settled()
    pages = [visitor.get(path) for path in (
        "/merchant", "/merchant/receipts", f"/merchant/receipts/{visitor.entry(number)}")]
    answers = [page.text for page in pages] + [json.dumps(receipts(fees)), entry.text]
    for answer in answers:
        assert not [word for word in words if word in answer]
    plain = visitor.get(f"/merchant/receipts/{visitor.entry(ordinary['fee']['receipt'])}").text
    assert ordinary["act"] not in plain and receipt["act"] in pages[-1].text
    # Who may not see the act is not led to it from its receipt.
    assert visitor.get(f"/notary/fees/{visitor.entry(number)}").status in (303, 404)
    for path in ("/v1/deeds/fees",):
        answer = fees.get(path, headers={"Authorization": f"Bearer {fees.token('merchant', TIN)}"})
        assert answer.status in (401, 403), answer


def test_command_line(fees, bureau, pki, tmp_path):
    draft = tmp_path / "act.json"
    draft.write_text(json.dumps(fresh()))
    common = ("--notary", "NT001", draft)
    fees.must("deed", "statement", *common, "--out", tmp_path / "statement.txt")
    (tmp_path / "s.p7s").write_bytes(pki.sign((tmp_path / "statement.txt").read_bytes(), "NT001"))
    register = (*common, "--signature", tmp_path / "s.p7s")
    for wrong in (("--fee", "1", "--fee-receipt", "0" * 33), ("--payment", "CASH"), ("--fee", "1", "--till", "001"), ("--fee-out", "x")):
        assert fees.command("deed", "register", *register, *wrong).status == 2, wrong
    files = "--out", tmp_path / "act.tlog-proof", "--fee-out", tmp_path / "receipt.tlog-proof"
    done = fees.must("deed", "register", *register, "--fee", "15000", "--payment", "CASH", "--consumer", "10000038", *files)
    number = next(line.split()[-1] for line in done.output.splitlines() if line.startswith("fee receipt "))
    assert fees.verify(tmp_path / "act.tlog-proof", "--with", tmp_path / "receipt.tlog-proof").status == 0
    assert fees.verify(tmp_path / "receipt.tlog-proof", "--expect", f"id={number}", "--expect", "total=15000").status == 0
    name = next(line.split()[1] for line in done.output.splitlines() if line.startswith("act "))
    assert f"fee receipt {number}: in-force" in fees.must("deed", "status", name).output
    assert fees.must("deed", "fees", "--notary", "NT001").output == ""
    assert fees.command("deed", "fees", "--notary", "NT999").status == 1
