"""The API and all pages over TLS, for whoever is elsewhere."""

from __future__ import annotations

import http.client
import json
import ssl

import pytest
from signing import Office
from tamga import Answer, free_port
from test_shops import make_certificate


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
