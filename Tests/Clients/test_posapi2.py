"""Tills of PosAPI 2.x over HTTP, in the forms of its known wrappers."""

from __future__ import annotations

import json

import pytest
from tamga import MERCHANT, ask

# The example of a public client (single and group), with amounts of a merchant who pays VAT only.
PUT = {
    "amount": "1100.00", "bankTransactions": [], "billIdSuffix": "123458", "billType": "1", "branchNo": "001", "cashAmount": "0.00",
    "cityTax": "0.00", "customerNo": "", "districtCode": "24", "invoiceId": "", "nonCashAmount": "1100.00", "posNo": "123456",
    "reportMonth": "", "returnBillId": "", "taxType": "", "vat": "100.00",
    "stocks": [{
        "barCode": "1234567890", "cityTax": "0.00", "code": "1234567", "measureUnit": "01", "name": "Хоол", "qty": "1.00",
        "totalAmount": "1100.00", "unitPrice": "1100.00", "vat": "100.00"}],
}


@pytest.fixture(scope="module")
def old_shop(module_ledger):
    module_ledger.enrol_merchants()
    for tin, number in [(MERCHANT, "0000038"), ("61200064714", "0000039")]:
        module_ledger.must("issuer", "add-merchant", "--tin", tin, "--name", f"Дэлгүүр {number}", "--vat-payer", "--city-tax-payer",
                           "--register-number", number)
    return module_ledger.serve()


def put(shop, bill, path="/put?lib=0000038", **options):
    answer = shop.pos("POST", path, bill, **options)
    assert answer.status == 200, answer
    return answer.json()


def suffixed(suffix: str, **members) -> dict:
    return {**json.loads(json.dumps(PUT)), "billIdSuffix": suffix, **members}


def test_a_bill_gets_a_number_and_everything_it_said_again(old_shop):
    answer = put(old_shop, PUT)
    assert answer["success"] is True and answer["registerNo"] == "0000038"
    assert len(answer["billId"]) == 33 and answer["billId"].startswith("0" + MERCHANT)
    assert answer["lottery"] == "" and answer["qrData"].startswith("http") and answer["taxType"] == "1"
    for name, value in PUT.items():
        assert answer[name] == value or name == "taxType", name
    # The same bill again is the same bill.
    assert put(old_shop, PUT)["billId"] == answer["billId"]


def test_a_page_in_a_browser_sells_nothing(old_shop):
    size = old_shop.size
    for headers in ({"Origin": "http://shop.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert put(old_shop, suffixed("40"), headers=headers)["success"] is False
    assert old_shop.size == size


def test_a_register_number_belongs_to_one_merchant(old_shop):
    taken = old_shop.command("issuer", "add-merchant", "--tin", "90010000017", "--name", "Өөр", "--register-number", "0000038")
    assert taken.status == 1 and MERCHANT in taken.error


def test_the_chain_names_the_bill(old_shop):
    bill = suffixed("2", cashAmount="100.00", nonCashAmount="1000.00", bankTransactions=[
        {"rrn": "000000000001", "bankId": "05", "terminalId": "123456", "approvalCode": "1234567890", "amount": "600.00"}])
    answer = old_shop.pos("POST", "/put?lib=0000038", bill).json()
    chain = old_shop.must("receipt", "chain", "--merchant", MERCHANT, "--limit", "1", "--json").output
    record = json.loads(chain)["records"][0]
    assert record["id"] == answer["billId"] and record["posNo"] == "123456" and record["totalAmount"] == "1100"


@pytest.mark.parametrize("wrap", [lambda bill: {"data": bill}, lambda bill: {"data": json.dumps(bill)}, lambda bill: bill])
@pytest.mark.parametrize("path", ["/put", "/api/put"])
def test_wrappers_forms_are_read(old_shop, wrap, path):
    ids = set()
    for headers, query in [({}, "?lib=0000038"), ({"x-lib": "0000038"}, ""), ({"x-lib": MERCHANT}, "")]:
        answer = put(old_shop, wrap(suffixed("3")), path + query, headers=headers)
        assert answer["success"] is True, answer
        ids.add(answer["billId"])
    assert len(ids) == 1


def test_numbers_nulls_and_misspelt_members(old_shop):
    bill = suffixed("4", amount=1100, vat=100.0, cityTax=None, customerNo=None, billType=1, branchNo="", taxType=None)
    bill["dosNo"] = bill.pop("posNo")
    bill["worker_info"] = {"name": "Бат"}
    answer = put(old_shop, bill)
    assert answer["success"] is True and answer["worker_info"] == {"name": "Бат"}, answer


def test_goods_without_vat_carry_the_code_of_the_list_as_bar_code(old_shop):
    free = suffixed("5", taxType="2", vat="0.00")
    free["stocks"][0] |= {"vat": "0.00", "barCode": "437"}
    assert put(old_shop, free)["success"] is True
    free["stocks"][0]["barCode"] = ""
    refused = put(old_shop, free | {"billIdSuffix": "6"})
    assert refused["success"] is False and "taxProductCode" in refused["message"] and isinstance(refused["errorCode"], int)


def test_companies_consumers_and_invoices(old_shop):
    company = put(old_shop, suffixed("7", billType="3", customerNo="0000039"))
    assert company["success"] is True and company["billType"] == "3"
    unknown = put(old_shop, suffixed("8", billType="3", customerNo="1234567"))
    assert unknown["success"] is True, unknown
    assert put(old_shop, suffixed("9", billType="3"))["success"] is False
    assert put(old_shop, suffixed("10", customerNo="10038071"))["success"] is True
    invoice = put(old_shop, suffixed("11", billType="5", customerNo="0000039", nonCashAmount="0.00"))
    assert invoice["success"] is True, invoice
    paying = put(old_shop, suffixed("12", billType="3", customerNo="0000039", invoiceId=invoice["billId"]))
    assert paying["success"] is True, paying
    wrong = put(old_shop, suffixed("13", billType="7"))
    assert wrong["success"] is False and "billType" in wrong["message"]


def test_a_group_of_bills_is_one_receipt_of_several_sellers(old_shop):
    first, second = suffixed("1"), suffixed("2")
    second["taxType"], second["vat"] = "2", "0.00"
    second["stocks"][0] |= {"vat": "0.00", "barCode": "437"}
    bills = [first | {"registerNo": "0000038", "internalId": "1112"}, second | {"registerNo": "0000039", "internalId": "1112"}]
    group = {"group": True, "amount": "2200.00", "vat": "100.00", "billType": "1", "billIdSuffix": "14", "posNo": "1", "bills": bills}
    answer = put(old_shop, group)
    assert answer["success"] is True and answer["group"] is True, answer
    parts = answer["bills"]
    assert [part["registerNo"] for part in parts] == ["0000038", "0000039"]
    assert len({answer["billId"], *(part["billId"] for part in parts)}) == 3
    stranger = put(old_shop, group | {"billIdSuffix": "15", "bills": [bills[0], bills[1] | {"registerNo": "0000077"}]})
    assert stranger["success"] is False and "0000077" in stranger["message"]
    empty = put(old_shop, group | {"bills": []})
    assert empty["success"] is False and "bills" in empty["message"]


def test_corrections_and_returns(old_shop):
    first = put(old_shop, suffixed("20"))
    second = put(old_shop, suffixed("21", returnBillId=first["billId"]))
    assert second["success"] is True
    again = put(old_shop, suffixed("22", returnBillId=first["billId"]))
    assert again["success"] is False and first["billId"] in again["message"]
    for path in ("/returnBill", "/return"):
        giving = {"returnBillId": second["billId"], "date": second["date"]}
        assert old_shop.pos("POST", f"{path}?lib=0000038", {"data": giving}).json() == {"success": True}
    elses = old_shop.pos("POST", "/returnBill?lib=0000039", {"returnBillId": second["billId"], "date": second["date"]}).json()
    assert elses["success"] is False
    assert old_shop.pos("POST", "/returnBill?lib=0000038", {"returnBillId": "1"}).json()["success"] is False


def test_states_are_told_in_the_shapes_clients_read(old_shop):
    check = old_shop.pos("GET", "/checkApi?lib=0000038").json()
    assert check == {"success": True, "config": {"success": True}, "database": {"success": True}, "network": {"success": True}}
    information = old_shop.pos("GET", "/getInformation?lib=0000038").json()
    assert information["registerNo"] == "0000038" and information["extraInfo"]["countBill"] == "0"
    assert int(information["extraInfo"]["countLottery"]) == 0
    for method in ("GET", "POST"):
        assert old_shop.pos(method, "/sendData").json() == {"success": True}


def test_a_till_that_names_no_merchant_is_told_how(old_shop):
    answer = put(old_shop, PUT, "/put")
    assert answer["success"] is False and "тодорхойгүй" in answer["message"]
    unknown = put(old_shop, PUT, "/put?lib=9999999")
    assert unknown["success"] is False and "9999999" in unknown["message"]
    for body in (b"", b"[]", b"{", b'{"data":"{"}', b"\xff"):
        refused = ask(old_shop.posapi, "POST", "/put?lib=0000038", body, {"Content-Type": "application/json"}).json()
        assert refused["success"] is False and refused["message"], body


def test_nothing_that_may_only_be_printed_is_kept(old_shop):
    put(old_shop, suffixed("30", lottery="ZQ 77777777", qrData="998877665544332211"))
    old_shop.stop()
    old_shop.restart()
    for file in old_shop.files():
        content = file.read_bytes()
        assert b"ZQ 77777777" not in content and b"998877665544332211" not in content, file
