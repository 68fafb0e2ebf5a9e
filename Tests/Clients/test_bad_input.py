"""What tills, browsers and strangers send wrongly: a clear answer in their own protocol, and nothing stored is changed."""

import json
import socket
import time
from contextlib import ExitStack

import pytest
import tamga
import wire
from signing import problem

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def unchanged(open_shop):
    """The service, which must be as large after the test as before, and still take a receipt."""
    before = open_shop.size
    yield open_shop
    assert open_shop.size == before
    filed = open_shop.file(tamga.receipt(suffix=f"after {before}"))
    assert filed.index == before


def refused(answer, *statuses):
    """PosAPI's form of a refusal."""
    assert answer.status in (statuses or (400,)), answer
    body = answer.json()
    assert body["status"] == "ERROR" and body["message"] and body["date"], answer
    return body["message"]


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"1", b'"text"', b"{}", b"\xff\xfe", b'{"a":\x00}', b'{"totalAmount":1e999}', b'{"totalAmount":NaN}',
    b"[" * 100_000, b'{"a":' * 10_000, b'{"merchantTin":"37900846788"', b"\xef\xbb\xbf{}", b'{"\\ud800":1}', b"<xml/>",
], ids=range(17))
def test_body_that_is_no_receipt(unchanged, body):
    refused(unchanged.pos("POST", "/rest/receipt", body, JSON))


def change(**members):
    return {**tamga.receipt(suffix="wrong"), **members}


def item_changed(**members):
    body = tamga.receipt(suffix="wrong")
    body["receipts"][0]["items"][0].update(members)
    return body


@pytest.mark.parametrize("body, part", [
    (change(totalAmount=1121), "112"), (change(totalVAT=99), None), (change(totalCityTax=21), None),
    (change(totalAmount=-1120), None), (change(totalAmount="abc"), None), (change(totalAmount=1120.005), None),
    (change(totalAmount=10**30), None), (change(type="C2C"), "type"), (change(receipts=[]), "receipts"), (change(receipts={}), None),
    (change(districtCode="9999"), None), (change(districtCode=""), "districtCode"), (change(branchNo="12345"), "branchNo"),
    (change(inactiveId="123"), "inactiveId"), (change(consumerNo="1"), "consumerNo"),
    (change(payments=[{"code": "CASH", "status": "PAID", "paidAmount": 1}]), "1120"),
    (item_changed(qty=0), "qty"), (item_changed(qty=-1), "qty"), (item_changed(name=""), "name"), (item_changed(totalVAT=50), None),
    (item_changed(measureUnit=None), "measureUnit"), (item_changed(name="x" * 100_000), "name"),
], ids=range(22))
def test_wrong_receipt_is_refused_with_its_field(unchanged, body, part):
    message = refused(unchanged.pos("POST", "/rest/receipt", body))
    assert part is None or part in message


def test_city_tax_in_the_words_of_the_real_daemon(unchanged):
    body = tamga.receipt(suffix="city")
    for level in (body, body["receipts"][0], body["receipts"][0]["items"][0]):
        level["totalCityTax"] = 50
    assert "НХАТ" in refused(unchanged.pos("POST", "/rest/receipt", body))


def test_unknown_merchant_is_told_so(unchanged):
    message = refused(unchanged.pos("POST", "/rest/receipt", change(merchantTin="12345678901")), 400, 403, 404)
    assert "12345678901" in message


def test_oversize_body(unchanged):
    huge = b'{"a":"' + b"x" * (9 << 20) + b'"}'
    for address, path in [(unchanged.posapi, "/rest/receipt"), (unchanged.api, "/v1/receipts")]:
        try:
            assert tamga.ask(address, "POST", path, huge, JSON).status in (401, 413)
        except (BrokenPipeError, ConnectionResetError):
            pass  # Closing while the client still sends is an answer too.
    # Told by its length alone: not a byte of the body is needed.
    head = f"POST /rest/receipt HTTP/1.1\r\nHost: {unchanged.posapi}\r\nContent-Type: application/json\r\n"
    answer = wire.exchange(unchanged.posapi, f"{head}Content-Length: 99999999999\r\n\r\n".encode())
    assert wire.statuses(answer) == [413]
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 100
    assert wire.statuses(wire.exchange(unchanged.posapi, chunked)) in ([413], [])


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_content_type_of_a_web_form_is_refused(unchanged, content_type):
    body = json.dumps(tamga.receipt(suffix="form")).encode()
    answer = unchanged.pos("POST", "/rest/receipt", body, {"Content-Type": content_type})
    assert answer.status == 415, answer
    assert unchanged.pos("POST", "/rest/receipt", body, {}).status == 415


def test_content_type_with_parameters_is_taken(open_shop):
    open_shop.file(tamga.receipt(suffix="charset"), headers={"Content-Type": "Application/JSON; charset=utf-8"})


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7080", "127.0.0.1.evil.example", "169.254.169.254", "[::ffff:8.8.8.8]"])
def test_foreign_host_is_refused(unchanged, host):
    body = tamga.receipt(suffix="rebound")
    answer = unchanged.pos("POST", "/rest/receipt", body, {"Host": host})
    assert answer.status == 421, answer
    assert unchanged.pos("GET", "/rest/info", headers={"Host": host}).status == 421


def test_local_hosts_are_taken(open_shop):
    port = open_shop.posapi.split(":")[1]
    for host in ("127.0.0.1", f"127.0.0.1:{port}", "localhost", f"LOCALHOST:{port}"):
        assert open_shop.pos("GET", "/rest/info", headers={"Host": host}).status == 200


def test_page_of_another_site_cannot_file(unchanged):
    answer = unchanged.pos("OPTIONS", "/rest/receipt", headers={
        "Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type"})
    assert answer.headers.get("access-control-allow-origin") is None, answer


@pytest.mark.parametrize("path", ["/", "/rest", "/rest/", "/rest/receipts", "/rest/receipt/x/y", "/web/", "/../etc/passwd", "/%2e%2e/",
                                  "//rest/receipt", "/rest/receipt?%00"])
def test_unknown_paths(unchanged, path):
    for address in (unchanged.api, unchanged.posapi):
        answer = tamga.ask(address, "GET", path)
        assert 400 <= answer.status < 500, answer


def test_both_spellings_of_the_receipt_path(open_shop):
    for path in ("/rest/receipt", "/rest/receipt/"):
        filed = open_shop.pos("POST", path, tamga.receipt(suffix=path)).json()
        assert open_shop.pos("DELETE", path, {"id": filed["id"], "date": filed["date"]}).status in (200, 204)


def test_other_methods(unchanged):
    for address, path in [(unchanged.posapi, "/rest/receipt"), (unchanged.posapi, "/rest/info"), (unchanged.api, "/checkpoint"),
                          (unchanged.api, "/v1/receipts"), (unchanged.api, "/add")]:
        for method in ("PUT", "PATCH", "TRACE", "CONNECT", "FROB"):
            answer = wire.exchange(
                address, f"{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            assert all(400 <= status < 502 for status in wire.statuses(answer)), (method, path, answer)


def test_head_and_options(unchanged):
    head = tamga.ask(unchanged.api, "HEAD", "/checkpoint")
    assert head.body == b"" and head.status in (200, 404, 405)
    options = tamga.ask(unchanged.api, "OPTIONS", "/tile/0/000")
    assert options.status < 500


def test_problems_speak_the_language_asked_for(unchanged):
    for language in ("mn", "en"):
        answer = unchanged.post("/v1/receipts", {}, headers={"Accept-Language": language})
        assert answer.status == 401 and problem(answer) == "unauthorised"
        assert answer.headers["content-language"] == language


def test_raw_entries_are_refused_beside_issuers(unchanged):
    answer = unchanged.post("/add", b"raw")
    assert answer.status == 403, answer
    assert problem(answer) in ("raw-filing-off", "raw-filing-closed")


@pytest.mark.parametrize("sent", [
    b"\r\n\r\n", b"hello\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /healthz HTTP/1.1\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"POST /rest/receipt HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /rest/receipt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /rest/receipt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"POST /rest/receipt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n",
], ids=range(13))
def test_no_http_at_all(unchanged, sent):
    for address in (unchanged.api, unchanged.posapi):
        answer = wire.exchange(address, sent, timeout=1)
        assert all(status < 500 or status in (501, 505) for status in wire.statuses(answer)), answer


def test_huge_headers(unchanged):
    for address in (unchanged.api, unchanged.posapi):
        big = f"GET /healthz HTTP/1.1\r\nHost: {address}\r\nX: {'x' * (2 << 20)}\r\n\r\n".encode()
        assert all(400 <= status < 500 for status in wire.statuses(wire.exchange(address, big, timeout=2)))
        many = f"GET /healthz HTTP/1.1\r\nHost: {address}\r\n".encode() + b"X: y\r\n" * 300_000 + b"\r\n"
        wire.exchange(address, many, timeout=2)
        assert tamga.ask(unchanged.api, "GET", "/healthz").status == 200


def test_pipelined_requests_are_answered_in_order(open_shop):
    request = f"GET /checkpoint HTTP/1.1\r\nHost: {open_shop.api}\r\n\r\n".encode()
    last = f"GET /healthz HTTP/1.1\r\nHost: {open_shop.api}\r\nConnection: close\r\n\r\n".encode()
    answer = wire.exchange(open_shop.api, request * 20 + last)
    assert wire.statuses(answer) == [200] * 21


def test_slow_and_half_closed_connections_block_nobody(unchanged):
    body = json.dumps(tamga.receipt(suffix="slow")).encode()
    head = (f"POST /rest/receipt HTTP/1.1\r\nHost: {unchanged.posapi}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    with ExitStack() as stack:
        for number in range(100):
            for address in (unchanged.api, unchanged.posapi):
                connection = stack.enter_context(wire.connect(address))
                # Some stop inside the header, some inside the body, some close their side, some say nothing at all.
                connection.sendall([b"", head[: number + 1], head + body[: number + 1], head][number % 4])
                if number % 3 == 0:
                    connection.shutdown(socket.SHUT_WR)
        began = time.monotonic()
        for _ in range(10):
            assert tamga.ask(unchanged.api, "GET", "/healthz", timeout=5).status == 200
            assert unchanged.pos("GET", "/rest/info", timeout=5).status == 200
        assert time.monotonic() - began < 5


def test_request_whose_sender_closed_its_side_is_answered(open_shop):
    body = json.dumps(tamga.receipt(suffix="half closed")).encode()
    sent = (f"POST /rest/receipt HTTP/1.1\r\nHost: {open_shop.posapi}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode() + body
    answer = wire.exchange(open_shop.posapi, sent, half_close=True, timeout=5)
    # Whether answered or not, asking again finds the one receipt.
    first = open_shop.file(tamga.receipt(suffix="half closed"))
    if wire.statuses(answer) == [200]:
        assert first.json()["id"].encode() in answer


def test_idle_connections_do_not_keep_the_service_from_stopping(new_ledger):
    ledger = new_ledger().serve()
    with ExitStack() as stack:
        for address in (ledger.api, ledger.posapi) * 5:
            connection = stack.enter_context(wire.connect(address))
            connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        began = time.monotonic()
        assert ledger.stop() == 0
        assert time.monotonic() - began < 30


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "[::]"])
def test_the_tills_interface_binds_to_loopback_only(ledger, address):
    done = ledger.command(
        "serve", "--listen", f"127.0.0.1:{tamga.free_port()}", "--posapi", f"{address}:{tamga.free_port()}", timeout=20)
    assert done.status not in (0, None) and "posapi" in done.all.lower(), done.all


def test_the_api_goes_over_a_network_with_tls_only(ledger):
    done = ledger.command(
        "serve", "--listen", f"0.0.0.0:{tamga.free_port()}", "--posapi", f"127.0.0.1:{tamga.free_port()}", timeout=20)
    assert done.status not in (0, None) and "--api-tls" in done.all and "--behind-proxy" in done.all, done.all
