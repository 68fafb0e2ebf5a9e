"""Every page of the consoles: for everybody, in both languages, wide and narrow; what a page may do, and what it makes of what others wrote."""

from __future__ import annotations

import itertools
import json
import re
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from console import EVIL, FORM, LANGUAGE, Screen, Visitor, merchant, operator, pictures
from console_shop import NASTY, narrow, screen, scripted, shop  # noqa: F401, fixtures
from console_tour import AREAS, GETS, tour  # noqa: F401, a fixture
from pages import Page, page
from sales import sale
from tamga import MERCHANT


def stops(tour: dict) -> dict[str, tuple[str, callable]]:
    """The pages by a name: whose they are, and how to get there."""
    rows = "\n".join([json.dumps(sale()), json.dumps(sale() | {"totalAmount": 1}), "{"])

    def search(words: str):
        return lambda screen: screen.go(f"/merchant/receipts?{words}")

    def go(path: str):
        return lambda screen: screen.go(path)

    def at(name: str, more: str = ""):
        return go(f"/merchant/receipts/{tour[name]}{more}")

    def send(path: str, number: int, **fields):
        """Fills in what has such a name, and presses the page's button of that number."""
        def fill(screen: Screen):
            screen.go(path)
            for name, value in fields.items():
                place = screen.driver.find_element("name", name)
                place.clear()
                place.send_keys(value)
            with screen.leaving():
                screen.driver.find_elements("css selector", "main form button")[number].click()
        return fill

    return {
        "sign-in": ("", go("/merchant/sign-in")), "sign-in-refused": ("", send("/merchant/sign-in", 1, token="tamga_wrong")),
        "overview": ("merchant", go("/merchant")), "receipts": ("merchant", go("/merchant/receipts")),
        "receipts-none": ("merchant", search("till=none&branch=001")), "receipts-no-number": ("merchant", search("number=1")),
        "receipts-wrong": ("merchant", search("amount=abc")),
        "receipt": ("merchant", at("first")), "receipt-corrected": ("merchant", at("corrected")),
        "receipt-returned": ("merchant", at("returned")), "return": ("merchant", at("first", "/return")),
        "correct": ("merchant", at("first", "/correct")), "correct-wrong": ("merchant", send(
            f"/merchant/receipts/{tour['first']}/correct", 0, q0="abc")),
        "month": ("merchant", go(f"/merchant/months/{tour['month']}")),
        "month-none": ("merchant", go("/merchant/months/2020-01")),
        "import": ("merchant", go("/merchant/import")), "verdicts": ("merchant", send("/merchant/import", 0, rows=rows)),
        "chain": ("merchant", go("/merchant/chain")), "tokens": ("merchant", go("/merchant/tokens")),
        "token-made": ("merchant", send("/merchant/tokens", 0, branch="1", till="9")),
        "password": ("merchant", go("/merchant/password")), "not-found": ("merchant", go("/merchant/receipts/999999")),
        "operator-sign-in": ("", go("/operator/sign-in")), "operator-list": ("operator", go("/operator")),
        "operator-enrol": ("operator", go("/operator/merchants")),
        "operator-merchant": ("operator", go(f"/operator/merchants/{MERCHANT}")),
    }


TITLES = {
    "mn": {"sign-in": "Нэвтрэх", "overview": "Кассууд", "receipts": "Баримтууд", "import": "Импорт", "chain": "Гинж",
           "operator-list": "Бүртгэлтэй байгууллага, нотариатч"},
    "en": {"sign-in": "Sign in", "overview": "Tills", "receipts": "Receipts", "import": "Import", "chain": "Chain",
           "operator-list": "Who is enrolled"}}
# Pages in another state than usual: one language is enough to see how they look.
STATES = {"sign-in-refused", "receipts-none", "receipts-no-number", "receipts-wrong", "receipt-corrected", "receipt-returned",
          "correct-wrong", "month-none", "token-made", "not-found", "operator-sign-in"}


def barriers(screen: Screen, tour: dict, language: str, folder: Path) -> list[str]:
    """What keeps somebody from using the pages. Of each page that has any, a picture is in the folder."""
    found, titles, somebody = [], set(), object()
    width = screen.driver.execute_script("return innerWidth")
    for name, (whose, arrive) in stops(tour).items():
        if name in STATES and language == "en":
            continue
        if whose != somebody:
            screen.become(tour[whose] if whose else None, language)
            somebody = whose
        arrive(screen)
        before, shown, title = len(found), screen.h1, screen.driver.title
        spoken = screen.driver.execute_script("return document.documentElement.lang")
        titles.add(title)
        found += [f"{name} at {width}: {what}" for what in (
            *screen.browser.violations(), *screen.unlabelled(), *filter(None, [
                screen.overflow(), spoken != language and f"lang is {spoken}",
                title != f"{shown} – Tamga" and f"the title is {title}",
                TITLES[language].get(name, shown) != shown and f"the heading is {shown}"]))]
        if pictures() or len(found) > before:
            screen.browser.screenshot((pictures() or folder) / f"{name}-{language}-{width}.png")
    assert len(titles) >= 12
    return found


@pytest.mark.parametrize("language", ["mn", "en"])
def test_every_page_is_for_everybody(screen, narrow, tour, language, tmp_path):
    """No barrier that axe finds, no control without a label, nothing that a phone has to scroll sideways for."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda each: barriers(each, tour, language, tmp_path), (screen, narrow)))
    assert not any(found), "\n".join(itertools.chain(*found))


def test_the_other_language_shows_the_same_page(screen, tour):
    """By its link, and it stays: what was looked at is still looked at."""
    lost = []
    for path in ("/merchant", f"/merchant/receipts/{tour['first']}", f"/merchant/months/{tour['month']}", "/merchant/tokens",
                 "/merchant/receipts?branch=001&till=K-1", f"/operator/merchants/{MERCHANT}"):
        screen.become(tour[path.split("/")[1]], "mn").go(path).follow("English", within="header")
        assert screen.page.root.one("html").attributes["lang"] == "en"
        asked = urllib.parse.urlsplit(screen.driver.current_url)
        if asked.path + (f"?{asked.query}" if asked.query else "") != path:
            lost.append(f"{path} became {asked.path}?{asked.query}")
    screen.go("/merchant/sign-in")
    assert screen.h1 == "Sign in", "the language is kept"
    assert not lost, lost


def test_pages_need_no_script_and_nothing_from_elsewhere(shop, tour):
    for name, who in (("merchant", tour["merchant"]), ("operator", tour["operator"])):
        for path in GETS[name](tour):
            if path.endswith((".csv", ".json", "/months")):
                continue
            for node in who.page(path).root if "number=" not in path else ():
                assert node.tag not in ("script", "style", "img", "iframe", "object", "base"), path
                assert not [given for given in node.attributes if given in ("style", "src") or given.startswith("on")], path
                for given in ("href", "action"):
                    assert re.match(r"/(?!/)|#|data:,$|$", node.attributes.get(given, "")), (path, node.attributes)


def test_every_page_says_what_it_may_do(shop, tour):
    who = tour["merchant"]
    first = f"/merchant/receipts/{tour['first']}"
    huge = b"key=" + b"x" * (2 << 20)
    paths = {path: tour[area] for area in AREAS for path in GETS[area](tour) if not path.endswith((".csv", ".json", "/months"))}
    answers = {
        **{path: someone.get(path) for path, someone in paths.items()},
        "200": Visitor(shop).get("/merchant/sign-in"), "400": who.get("/merchant/receipts?amount=x"),
        "400 form": who.ask("POST", "/merchant/tokens", b"{", {"Content-Type": "application/json"}),
        "401": Visitor(shop).try_to_sign_in(token="x"), "403": who.post("/merchant/tokens", {"key": ""}),
        "404": who.get("/merchant/receipts/99999999"), "404 month": who.get("/merchant/months/2026-13"),
        "404 language": who.get("/merchant/language?to=xx"), "404 merchant": tour["operator"].get("/operator/merchants/1"),
        "409": who.get(f"/merchant/receipts/{tour['corrected']}/return"),
        "413": who.ask("POST", "/merchant/tokens", huge, {"Content-Type": FORM}),
        "import": who.post("/merchant/import", {"name": "h", "rows": "{"}),
        "correct": who.post(f"{first}/correct", {"q0": "x"}),
    }
    for name, answer in answers.items():
        if name[0].isdigit():
            assert answer.status == int(name[:3]), answer
        headers = answer.headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy == {"default-src": "'none'", "style-src": "'self'", "img-src": "data:", "form-action": "'self'",
                          "base-uri": "'none'", "frame-ancestors": "'none'"}, name
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer"), name
        assert headers["cache-control"] == "no-store" and headers["content-type"] == "text/html; charset=utf-8", name
        assert headers["content-language"] == "en" and Page(answer.text).h1, name
    for path in ("/merchant/months", "/merchant/language?to=en", f"/merchant/months/{tour['month']}/receipts.csv"):
        assert who.get(path).headers["cache-control"] == "no-store"


def test_an_address_that_is_none_is_a_page_too(shop, tour):
    """Whoever mistypes sees words, not a program's answer."""
    for path in ("/merchant/nothing", "/merchant/receipts/1/nothing", "/operator/nothing"):
        assert page(tour["merchant"].get(path), 404).h1, path


def test_the_choice_of_language_leads_nowhere_else(shop):
    who = Visitor(shop)
    for back in (
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/merchant\\..\\..\\evil",
        "/merchantevil", "/operator", "javascript:alert(1)", "/merchant/\r\nSet-Cookie: a=b", "/merchant/\nx", "/merchant/\x00",
        "merchant", "", " /merchant", "/merchant@evil.example", "/merchant/ж", "/merchant.evil.example",
    ):
        answer = who.get(f"/merchant/language?to=en&back={urllib.parse.quote(back)}")
        assert (answer.status, answer.headers["location"]) == (303, "/merchant"), back
        assert "a=b" not in str(answer.headers)
    answer = who.get("/merchant/language?to=mn&back=/merchant/receipts/7")
    assert answer.headers["location"] == "/merchant/receipts/7"
    assert answer.headers["set-cookie"].startswith(f"{LANGUAGE}=mn; ") and "Secure" in answer.headers["set-cookie"]
    for to in ("xx", "", "en%0d%0aX:y"):
        assert who.get(f"/merchant/language?to={to}").status == 404


def test_what_others_wrote_is_text_and_nothing_else(shop, scripted):
    bidi = "\u202egnp.exe \u2066x\u2069"
    item = {"name": EVIL + bidi, "measureUnit": "<b>ш</b>"}
    body = sale(NASTY, till=EVIL[:60])
    body["receipts"][0]["items"][0] |= item
    body["payments"][0]["code"] = "<U>X</U>"
    index = shop.file(body).index
    who = merchant(shop, NASTY).settled()
    paths = ["/merchant", "/merchant/receipts", f"/merchant/receipts/{index}", f"/merchant/receipts/{index}/correct",
             f"/merchant/receipts/{index}/return", "/merchant/chain", "/merchant/months/2026-01"]
    paths += [f"/merchant/receipts?{name}={urllib.parse.quote(EVIL)}" for name in (
        "number", "from", "till", "amount", "buyer", "before")]
    paths += [f"/merchant/months/{urllib.parse.quote(EVIL, safe='')}"]
    answers = [who.get(path) for path in paths]
    answers += [who.post("/merchant/tokens", {"branch": "1", "till": EVIL[:60]}),
                who.post("/merchant/tokens", {"branch": EVIL, "till": EVIL}),
                who.post(f"/merchant/receipts/{index}/correct", {"q0": EVIL, "u0": EVIL, "consumer": EVIL}),
                who.post("/merchant/import", {"name": EVIL, "rows": json.dumps({"type": EVIL})}), who.get("/merchant/tokens"),
                Visitor(shop).try_to_sign_in(tin=EVIL, password="x")]
    who = operator(shop, EVIL)
    answers += [who.get("/operator"), who.get(f"/operator/merchants/{NASTY}"),
                who.post("/operator/merchants", {"tin": EVIL, "name": EVIL, "customers": EVIL + ";" + EVIL, "posapi": EVIL}),
                who.upload("/operator/file", {}, json.dumps([{"tin": EVIL, "name": EVIL}]).encode())]
    for answer in answers:
        assert answer.headers.get("content-type", "").startswith("text/html"), answer
        told = Page(answer.text)
        assert not [node.tag for node in told.root if node.tag in ("script", "img", "b", "u") and "₮" not in node.text
                    and not node.text.isdigit()], answer
        assert not [name for node in told.root for name in node.attributes if name.startswith("on")], answer
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", answer.text), "the direction of text is not turned"
    told = Page(answers[2].text)
    assert told.rows("Goods")[0][0].startswith(EVIL[:-5]), "and it is all there"
    assert f"{EVIL} · {NASTY}" in told.root.one("header").text
    screen = scripted.become(merchant(shop, NASTY), "en").go(f"/merchant/receipts/{index}")
    assert screen.h1 == "Receipt"
    assert screen.driver.execute_script("return document.images.length + document.scripts.length") == 0
