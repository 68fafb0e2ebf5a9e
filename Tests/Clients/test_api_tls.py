"""The API and all pages over TLS, for whoever is elsewhere."""

from __future__ import annotations

import http.client
import json
import ssl

import pytest
from shops import make_certificate
from signing import Office
from tamga import MERCHANT, Answer, free_port, receipt


@pytest.fixture(scope="module")
def served(module_ledger, pki, tmp_path_factory):
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"), "api")
    port = free_port()
    module_ledger.serve(
        "--trust", pki.trust, "--api-tls", f"127.0.0.1:{port}", "--tls-certificate", certificate, "--tls-key", key)
    return module_ledger, port, certificate


def ask(served, method, path, body=None, **headers) -> Answer:
    _, port, certificate = served
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=ssl.create_default_context(cafile=certificate), timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def test_api_and_pages_answer_over_tls(served, pki):
    office = Office.enrol(served[0], pki, "NT001")
    assert ask(served, "GET", "/checkpoint").status == 200 and ask(served, "GET", "/act").status == 200
    book = ask(served, "GET", "/v1/deeds/book?year=2026", Authorization=f"Bearer {office.token}")
    assert book.status == 200 and json.loads(book.body)["last"] == 0
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for area, token in (("notary", office.token), ("operator", served[0].token("operator", "Од"))):
        assert ask(served, "GET", f"/{area}/sign-in").status == 200
        signed_in = ask(served, "POST", f"/{area}/sign-in", f"token={token}".encode(), **form)
        assert signed_in.status == 303 and "Secure" in signed_in.headers["set-cookie"]


def test_plain_words_get_nothing_there(served):
    connection = http.client.HTTPConnection("127.0.0.1", served[1], timeout=10)
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.request("GET", "/checkpoint")
        connection.getresponse()


def test_merchants_are_held_to_their_limits_over_tls(new_ledger, tmp_path):
    certificate, key = make_certificate(tmp_path, "limits")
    port = free_port()
    ledger = new_ledger().enrol_merchants().serve(
        "--api-tls", f"127.0.0.1:{port}", "--tls-certificate", certificate, "--tls-key", key, "--shop-rate", "2", "--shop-quota", "3")
    token = {"Authorization": f"Bearer {ledger.token('merchant', MERCHANT)}", "Content-Type": "application/json"}
    served = (ledger, port, certificate)

    def file(number):
        return ask(served, "POST", "/v1/receipts", json.dumps(receipt(suffix=f"l{number}")).encode(), **token)

    answers = [file(number) for number in range(4)]
    assert [answer.status for answer in answers] == [201, 201, 201, 429], answers
    assert json.loads(answers[3].body)["code"] == "quota-exceeded" and int(answers[3].headers["retry-after"]) > 0
    rows = b"".join(json.dumps({"receipt": receipt(suffix=f"b{number}")}).encode() + b"\n" for number in range(2))
    batch = ask(served, "POST", "/v1/receipts:batch", rows, **token | {"Content-Type": "application/x-ndjson"})
    assert batch.status == 200 and batch.text.count('"quota-exceeded"') == 2, batch.text
    others = [ask(served, "GET", "/v1/chain", **token) for _ in range(30)]
    assert {answer.status for answer in others} == {200, 429}
    assert json.loads(others[-1].body)["code"] == "rate-exceeded"
    # On this machine there are no limits.
    for number in range(10, 14):
        assert ledger.post("/v1/receipts", receipt(suffix=f"l{number}"), ledger.token("merchant", MERCHANT)).status == 201
