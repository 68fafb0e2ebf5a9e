"""The listener for shops: TLS, a token or a client certificate, limits for each merchant."""

from __future__ import annotations

import http.client
import json

import pytest
from ebarimt_pos_sdk import EbarimtRestClient, RestClientSettings
from shops import Shops, make_certificate
from tamga import MERCHANT, receipt

OTHER = "61200064714"


@pytest.fixture(scope="module")
def shops(module_ledger, tmp_path_factory):
    module_ledger.enrol_merchants()
    return Shops(module_ledger, tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def tokens(shops):
    return {
        "merchant": shops.ledger.token("merchant", MERCHANT), "other": shops.ledger.token("merchant", OTHER),
        "till": shops.ledger.token("till", f"{MERCHANT}/1/7"), "auditor": shops.ledger.token("auditor", "revenue")}


def test_a_token_files_in_a_header_and_in_a_path(shops, tokens):
    for number, name in enumerate(("merchant", "till")):
        body = receipt(till="7", suffix=f"t{number}")
        first = shops.ask("POST", "/rest/receipt", body, tokens[name])
        assert first.status == 200, first
        # For tills that can only be given an address.
        again = shops.ask("POST", f"/t/{tokens[name]}/rest/receipt", body)
        assert again.json()["id"] == first.json()["id"]
        returned = shops.ask("DELETE", "/rest/receipt", {"id": first.json()["id"], "date": first.json()["date"]}, tokens[name])
        assert returned.status == 200, returned


PATHS = [
    ("POST", "/rest/receipt", receipt(suffix="n")), ("DELETE", "/rest/receipt", {"id": "1", "date": ""}), ("GET", "/rest/info", None),
    ("GET", "/rest/sendData", None), ("GET", "/rest/bankAccounts?tin=" + MERCHANT, None), ("POST", "/rest/push", {}),
    ("GET", "/api/info/check/getInfo?tin=" + MERCHANT, None), ("GET", "/api/info/check/getBranchInfo", None),
    ("GET", "/api/info/check/getTinInfo?regNo=0000038", None), ("GET", "/api/receipt/receipt/getProductTaxCode", None),
    ("GET", "/api/info/check/barcode/v2", None),
]


@pytest.mark.parametrize("method,path,body", PATHS)
def test_nobody_gets_anything_without_a_token_of_a_shop(shops, tokens, method, path, body):
    assert shops.ask(method, path, body).status == 401
    assert shops.ask(method, path, body, "tamga_" + "0" * 40).status == 401
    assert shops.ask(method, "/t/tamga_wrong" + path, body).status == 401
    assert shops.ask(method, path, body, tokens["auditor"]).status == 403
    assert shops.ask(method, path, body, tokens["merchant"]).status not in (401, 403)


def test_old_tills_need_a_token_too(shops, tokens):
    refused = shops.ask("GET", "/checkApi").json()
    assert refused["success"] is False and refused["errorCode"] == 401
    assert shops.ask("GET", "/checkApi", token=tokens["till"]).json()["success"] is True
    # Whose till it is says the token.
    assert shops.ask("GET", f"/t/{tokens['other']}/getInformation").json()["registerNo"] == OTHER


def test_a_shop_speaks_for_itself_only(shops, tokens):
    size = shops.ledger.size
    assert shops.ask("POST", "/rest/receipt", receipt(), tokens["other"]).status == 403
    assert shops.ask("POST", "/rest/receipt", receipt(till="8"), tokens["till"]).status == 403
    assert shops.ask("POST", "/rest/receipt", receipt(till="7", branchNo="002"), tokens["till"]).status == 403
    assert shops.ask("GET", f"/rest/bankAccounts?tin={MERCHANT}", token=tokens["other"]).status == 403
    filed = shops.ask("POST", "/rest/receipt", receipt(suffix="mine", till="8"), tokens["merchant"]).json()
    giving = {"id": filed["id"], "date": filed["date"]}
    assert shops.ask("DELETE", "/rest/receipt", giving, tokens["other"]).status == 400
    assert shops.ledger.size == size + 1
    told = shops.ask("GET", "/rest/info", token=tokens["other"]).json()
    assert [merchant["tin"] for merchant in told["merchants"]] == [OTHER]
    assert [merchant["tin"] for merchant in told["tamga"]] == [OTHER]


def test_a_till_pushes_its_own_receipts_only(shops, tokens):
    """Whether the merchant expects pushes is asked after whose they are."""
    pushed = {"type": "SEND_ONLY", "receipt": receipt(till="8") | {
        "id": "037900846788001095330000010012619", "date": "2026-02-12 15:31:42"}}
    assert shops.ask("POST", "/rest/push", pushed, tokens["till"]).status == 403
    assert shops.ask("POST", "/rest/push", pushed, tokens["other"]).status == 403
    assert shops.ask("POST", "/rest/push", pushed, tokens["merchant"]).status == 409


def test_a_certificate_takes_the_place_of_a_token(shops, tokens, tmp_path):
    known, stranger = make_certificate(tmp_path, "till"), make_certificate(tmp_path, "stranger")
    body = receipt(till="7", suffix="certificate")
    assert shops.ask("POST", "/rest/receipt", body, client=known).status == 401
    shops.ledger.must("token", "create", "--till", f"{MERCHANT}/001/7", "--certificate", known[0])
    assert shops.ask("POST", "/rest/receipt", body, client=known).status == 200
    assert shops.ask("POST", "/rest/receipt", receipt(till="8"), client=known).status == 403
    assert shops.ask("POST", "/rest/receipt", body, client=stranger).status == 401
    twice = shops.ledger.command("token", "create", "--merchant", OTHER, "--certificate", known[0])
    assert twice.status == 1 and "known already" in twice.error
    listed = json.loads(shops.ledger.must("token", "list", "--json").output)
    number = next(each["id"] for each in listed if each["role"] == "till" and each["subject"].endswith("/001/7") and each["id"] > 4)
    shops.ledger.must("token", "revoke", "--id", number)
    assert shops.ask("POST", "/rest/receipt", body, client=known).status == 401


def test_the_real_client_files_over_tls(shops, tokens, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", shops.certificate)
    client = EbarimtRestClient(RestClientSettings(base_url=f"https://127.0.0.1:{shops.port}/t/{tokens['merchant']}"))
    with client:
        assert client.info.read().merchants[0].tin == MERCHANT
        assert client.bank_accounts.read(tin=MERCHANT)[0].tin == MERCHANT


def test_plain_http_and_other_hosts_find_nothing(shops):
    with pytest.raises((OSError, http.client.HTTPException)):
        connection = http.client.HTTPConnection("127.0.0.1", shops.port, timeout=5)
        connection.request("GET", "/rest/info")
        connection.getresponse()


def test_one_merchant_cannot_crowd_out_the_others(new_ledger, tmp_path):
    ledger = new_ledger().enrol_merchants()
    shops = Shops(ledger, tmp_path, "--shop-rate", "1", "--shop-quota", "3")
    mine, other = ledger.token("merchant", MERCHANT), ledger.token("merchant", OTHER)
    answers = [shops.ask("POST", "/rest/receipt", receipt(suffix=str(number)), mine) for number in range(8)]
    assert [answer.status for answer in answers][:4] == [200, 200, 200, 429]
    assert "3" in answers[3].json()["message"] and int(answers[3].headers["retry-after"]) > 0
    assert {answer.status for answer in answers[4:]} == {429}
    assert any("хүсэлт" in answer.json()["message"] for answer in answers[4:]), [answer.text for answer in answers]
    assert shops.ask("GET", "/rest/info", token=other).status == 200
    # The tills on this machine have no limits.
    for number in range(6):
        ledger.file(receipt(suffix=f"local{number}"))


def test_wrong_settings_are_refused_at_start(ledger, tmp_path):
    certificate, key = make_certificate(tmp_path, "server")
    _, other = make_certificate(tmp_path, "other")
    for options, words in [
        (("--shops", "127.0.0.1:1"), "go together"),
        (("--shops", "127.0.0.1:1", "--tls-certificate", tmp_path / "none.pem", "--tls-key", key), "--tls-certificate"),
        (("--shops", "127.0.0.1:1", "--tls-certificate", certificate, "--tls-key", other), "cannot be used"),
    ]:
        done = ledger.command("serve", *options)
        assert done.status != 0 and words in done.error, done.all
