"""Who may in the consoles: nobody without a session of their own, no page of others, no merchant over what another filed, nobody in the clear."""

from __future__ import annotations

import contextlib
import json
import re
import socket

import pytest
import tamga
from console import FORM, SESSION, Visitor, merchant, operator
from console_shop import STRANGER, shop  # noqa: F401, a fixture
from console_tour import AREAS, GETS, everything, posts, tour  # noqa: F401, a fixture
from pages import page
from shops import Shops
from tamga import MERCHANT, Answer, eventually, receipt


@pytest.mark.parametrize("area", AREAS)
def test_nobody_sees_or_does_anything_without_a_session(shop, tour, area):
    before = everything(shop)
    other = tour["operator" if area == "merchant" else "merchant"]
    for who, session in ((Visitor(shop, area), ""), (Visitor(shop, area), "0" * 48), (Visitor(shop, area), "x"), (other, None)):
        for path in GETS[area](tour):
            for method in ("GET", "HEAD"):
                answer = who.ask(method, path, session=session)
                assert (answer.status, answer.headers.get("location")) == (303, f"/{area}/sign-in"), (method, path)
                assert answer.body == b""
        for path, fields in posts(tour)[area]:
            answer = who.post(path, {"key": other.key, **fields}, session=session)
            assert answer.status in (303, 401, 403) and "set-cookie" not in answer.headers, (path, answer)
            assert answer.status != 303 or answer.headers["location"] == f"/{area}/sign-in"
    assert everything(shop) == before and tour["merchant"].is_in and tour["operator"].is_in


@pytest.mark.parametrize("area", AREAS)
def test_a_form_of_another_page_does_nothing(shop, tour, area):
    """Without the session's key, with another's, or from another site: the session's cookie alone is no consent."""
    who, stranger = tour[area], (merchant(shop, STRANGER) if area == "merchant" else operator(shop))
    before = everything(shop)
    for path, fields in posts(tour)[area]:
        for key in (None, "", stranger.key, who.key[:-1], who.key.upper() if who.key.upper() != who.key else who.key + "0"):
            assert page(who.post(path, {**fields, "key": key}), 403).notes, (path, key)
        for site in ("cross-site", "same-site"):
            assert page(who.post(path, fields, {"Sec-Fetch-Site": site}), 403).notes, (path, site)
        plain = json.dumps({**fields, "key": who.key}).encode()
        assert who.ask("POST", path, plain, {"Content-Type": "text/plain"}).status in (400, 403)
        # What changes something is no link.
        assert who.get(path).status in (200, 404, 405) and who.get(f"{path}?key={who.key}").status in (200, 404, 405)
    assert everything(shop) == before and who.is_in
    crossed = Visitor(shop, area).post(f"/{area}/sign-in", {"token": "x"}, {"Sec-Fetch-Site": "cross-site"})
    assert crossed.status == 403


def test_what_another_merchant_filed_is_not_there(shop, tour):
    other = merchant(shop, STRANGER)

    def plain(answer: Answer) -> str:
        """Without the link to the same address in the other language."""
        return re.sub(r"back=[^\"]*", "", answer.text)

    for more in ("", "/return", "/correct"):
        theirs, absent = (other.get(f"/merchant/receipts/{index}{more}") for index in (tour["first"], 99_999_999))
        assert theirs.status == absent.status == 404 and plain(theirs) == plain(absent), more
        if more:
            theirs, absent = (other.post(f"/merchant/receipts/{index}{more}", {"q0": "1", "u0": "1"}) for index in (
                tour["first"], 99_999_999))
            assert theirs.status == absent.status == 404 and plain(theirs) == plain(absent), more
    number = tour["merchant"].page(f"/merchant/receipts/{tour['first']}").facts()["Receipt number"]
    for sought in (number, "9" * 33):
        assert "There is no receipt of this number." in other.page(f"/merchant/receipts?number={sought}", 404).notes
    assert not other.page("/merchant/receipts?amount=1120&buyer=10038071").rows("Newest first")
    assert other.page("/merchant/chain").rows("Nothing") == [] and number not in other.get("/merchant/chain").text
    for index in ("-1", "x", "0", "18446744073709551615", "18446744073709551616", "1.0", "%00"):
        assert other.get(f"/merchant/receipts/{index}").status == 404, index


def outer_address() -> str | None:
    """An address of this machine that is no loopback. Nothing is sent."""
    candidates = set()
    with contextlib.suppress(OSError):
        candidates |= {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("10.255.255.255", 9))
        candidates.add(probe.getsockname()[0])
    return next((each for each in candidates if not each.startswith("127.") and each != "0.0.0.0"), None)


def test_no_password_goes_over_a_network_in_the_clear(new_ledger):
    outer = outer_address()
    if outer is None:
        pytest.skip("this machine has no address but loopback")
    ledger = new_ledger().enrol_merchants()
    port = tamga.free_port()
    ledger.api, ledger.posapi = f"0.0.0.0:{port}", f"127.0.0.1:{tamga.free_port()}"
    ledger.serve("--behind-proxy")
    token = ledger.token("merchant", MERCHANT)

    def outside(method: str, path: str, body=None, **headers):
        return tamga.ask(f"{outer}:{port}", method, path, body, {"Content-Type": FORM, **headers})

    for area in AREAS:
        told = page(outside("GET", f"/{area}/sign-in"), 403)
        assert not told.main.all("form") and told.notes
        for answer in (outside("POST", f"/{area}/sign-in", f"token={token}".encode()), outside("GET", f"/{area}")):
            assert page(answer, 403).notes and "set-cookie" not in answer.headers
        # Whatever somebody claims to be.
        claims = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "Host": "127.0.0.1"}
        assert outside("GET", f"/{area}/sign-in", **claims).status == 403
    assert tamga.ask(f"127.0.0.1:{port}", "GET", "/merchant/sign-in").status == 200
    ledger.api = f"127.0.0.1:{port}"
    who = Visitor(ledger).sign_in(token=token)
    assert outside("GET", "/merchant", Cookie=f"{SESSION}={who.session}").status == 403
    ledger.stop()
    ledger.api = f"0.0.0.0:{port}"
    ledger.serve("--behind-proxy", "--public-url", "https://ledger.example.mn")
    assert outside("GET", "/merchant/sign-in").status == 200
    # And a session goes on where the service was restarted.
    ledger.api = f"127.0.0.1:{port}"
    assert who.is_in


def test_shops_reach_their_console_over_tls(new_ledger, tmp_path):
    ledger = new_ledger().enrol_merchants()
    shops = Shops(ledger, tmp_path)

    def is_open() -> bool:
        # This listener may be ready a moment after the one that is waited for.
        with contextlib.suppress(ConnectionRefusedError):
            return shops.ask("GET", "/merchant/sign-in").status == 200

    assert eventually(is_open) and shops.ask("GET", "/console.css").status == 200
    assert shops.ask("GET", "/operator").status == 404 == shops.ask("GET", "/operator/sign-in").status
    who = merchant(ledger)
    token = page(who.post("/merchant/tokens", {"branch": "1", "till": "7"})).root.one("p", class_="secret").text
    assert shops.ask("POST", "/rest/receipt", receipt(till="7"), token).status == 200
    assert shops.ask("POST", "/rest/receipt", receipt(till="8"), token).status == 403
    assert shops.ask("GET", f"/t/{token}/merchant").status == 404
    who.done(f"/merchant/tokens/{who.page('/merchant/tokens').rows()[0][0]}/revoke")
    assert shops.ask("POST", "/rest/receipt", receipt(till="7", suffix="2"), token).status == 401
