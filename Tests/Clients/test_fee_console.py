"""The fee in the consoles: typed beside the act, told on its page and on the receipt's, and never which act to whoever may not see it."""

import urllib.parse

import pytest
from console import Visitor, page
from fees import BESIDE, TIN, Bureau, enrolled, fee_sale
from signing import Office
from notary_console import drafted, power, register, registered, statement, will


@pytest.fixture(scope="module")
def service(module_ledger, pki, tmp_path_factory):
    return enrolled(module_ledger, tmp_path_factory.mktemp("offices")).serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def bureau(service, pki):
    return Bureau.open(service, pki, "NT001", TIN)


@pytest.fixture(scope="module")
def visitor(service, bureau):
    return Visitor(service, "notary").sign_in(token=bureau.token)


@pytest.fixture(scope="module")
def shop(service):
    return Visitor(service).sign_in(token=service.token("merchant", TIN))


def fee_of(visitor: Visitor, number: str) -> str:
    return visitor.page(f"/notary/acts/{number}").facts()["Fee receipt"]


def test_act_and_receipt_tell_each_other(service, visitor, shop, bureau, pki):
    fields = {"fee.amount": "15 000", "fee.payment": "PAYMENT_CARD", "fee.consumerNo": "10000038"}
    draft = drafted(visitor, power(**fields))
    assert "Fee: 15 000,00 ₮, PAYMENT_CARD" in visitor.get(f"{draft}/preview").text.replace("\xa0", " ")
    answer = register(visitor, draft, pki.sign(statement(visitor, draft), "NT001"))
    assert answer.status == 303, page(answer, answer.status).notes
    number = answer.headers["location"].split("/")[-1].split("?")[0]
    told = bureau.act(number).json()
    assert told["fee"]["receipt"] in fee_of(visitor, number) and "in force" in fee_of(visitor, number)
    assert told["fee"]["evidence"] in visitor.get(f"/notary/acts/{number}").text
    index = shop.settled().entry(told["fee"]["receipt"])
    facts = shop.page(f"/merchant/receipts/{index}").facts()
    assert facts["Notarial act"].startswith("the fee of an act that is registered")
    # From the receipt the notary gets to the act; nobody else does, and the merchant's page does not name it.
    assert number not in shop.get(f"/merchant/receipts/{index}").text
    assert visitor.get(f"/notary/fees/{index}").headers["location"] == f"/notary/acts/{number}"
    # The act's page for who has its code tells the receipt, too.
    asked = urllib.parse.urlencode({"number": number, "code": told["accessCode"]}).encode()
    shown = Visitor(service, "act").ask("POST", "/act", asked, {"Content-Type": "application/x-www-form-urlencoded"})
    assert shown.status == 200 and told["fee"]["receipt"] in shown.text, shown
    assert shop.done(f"/merchant/receipts/{index}/return").status == 303
    assert "returned" in fee_of(visitor, number)


def test_another_notary_is_not_led_to_the_act(service, visitor, shop, bureau, pki):
    number = registered(visitor, pki, will(**{"fee.amount": "20000"}))
    index = shop.settled().entry(bureau.act(number).json()["fee"]["receipt"])
    other = Office.enrol(service, pki, "NT002")
    stranger = Visitor(service, "notary").sign_in(token=other.token)
    found, none = (stranger.page(f"/notary/fees/{place}", 404) for place in (index, 999999))
    assert (found.h1, found.notes, found.main.text) == (none.h1, none.notes, none.main.text)
    assert stranger.get("/notary/fees/x").status == 404
    assert visitor.get(f"/notary/fees/{index}").status == 303
    # A notary without a TIN is not asked for a fee.
    assert "fee.amount" in visitor.get("/notary/new?type=will").text
    assert "fee." not in stranger.get("/notary/new?type=will").text


@pytest.mark.parametrize(("fields", "word"), [
    ({"fee.amount": "many"}, "Fee is wrong"), ({"fee.amount": "0"}, "Fee is wrong"), ({"fee.receipt": "12"}, "Fee receipt number is wrong"),
    ({"fee.amount": "1", "fee.receipt": "1" * 33}, "fee is wrong"), ({"fee.amount": "1", "fee.consumerNo": "1"}, "consumerNo"),
    ({"fee.amount": "1", "fee.consumerNo": "10000038", "fee.customerTin": "90010000017"}, "exclude"),
])
def test_wrong_fee_is_told_before_signing(service, visitor, fields, word):
    size = service.size
    answer = visitor.post("/notary/drafts", {**power(**fields), "do": "preview"})
    assert answer.status == 422, answer
    told = page(answer, 422)
    assert word.lower() in " ".join(told.notes).lower(), told.notes
    assert service.size == size


def test_refused_act_keeps_its_draft_and_files_no_receipt(service, visitor, pki):
    draft = drafted(visitor, power(**{"fee.amount": "15000"}))
    size = service.size
    assert register(visitor, draft, pki.sign(b"something else", "NT001")).status == 422
    assert service.size == size
    assert register(visitor, draft, pki.sign(statement(visitor, draft), "NT001")).status == 303
    assert service.size == size + 2
    # A second press leads to the act.
    assert register(visitor, draft, pki.sign(b"whatever", "NT001")).status == 303 and service.size == size + 2


def test_beside_a_posapi_only_a_number_is_asked_for(service, pki):
    office = Bureau.open(service, pki, "NT003", BESIDE)
    visitor = Visitor(service, "notary").sign_in(token=office.token)
    form = visitor.get("/notary/new?type=will").text
    assert 'name="fee.receipt"' in form and "fee.amount" not in form


def test_receipt_that_was_there_is_named(service, visitor, shop, bureau, pki):
    filed = service.post("/v1/receipts", fee_sale(TIN), service.token("merchant", TIN)).json()
    spaced = f" {filed['id'][:12]} {filed['id'][12:]} "
    number = registered(visitor, pki, power(**{"fee.receipt": spaced}))
    assert filed["id"] in fee_of(visitor, number)
    index = shop.settled().entry(filed["id"])
    assert shop.page(f"/merchant/receipts/{index}").facts()["Notarial act"].startswith("the fee of an act that is registered")
    plain = service.post("/v1/receipts", fee_sale(TIN), service.token("merchant", TIN)).json()
    assert "Notarial act" not in shop.page(f"/merchant/receipts/{shop.settled().entry(plain['id'])}").facts()
