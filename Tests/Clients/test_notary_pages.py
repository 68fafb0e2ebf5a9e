"""The notary's console for everybody, and for nobody else: pages in a browser, foreign and odd forms, wills."""

from __future__ import annotations

import contextlib
import urllib.parse

import pytest
from browser import Browser
from console import EVIL, Page, Screen, page, pictures
from notary_console import (
    MAIN, bad, booked, changed, drafted, form_of, offices, power, registered, sale, scripted, service, stops,
    stranger, visitor, will,
)


@pytest.mark.parametrize("language, width", [("mn", 1280), ("mn", 360), ("en", 360)])
def test_every_page_is_for_everybody(service, visitor, pki, booked, language, width, tmp_path):
    """No barrier that axe finds, no control without a label, nothing to scroll sideways for; also with a page full of problems."""
    registered(visitor, pki, sale("Ү-2299000001"), acknowledged=[
        box.attributes["name"].removeprefix("ack-") for box in visitor.page(
            f"{drafted(visitor, sale('Ү-2299000001'))}/preview").main.all("input", type="checkbox")])
    told = page(visitor.post("/notary/drafts", {"type": "power-of-attorney", "parties": "2", "attachments": "1", "do": "preview"}), 422)
    wrong = told.main.all("form")[0].attributes["action"]
    draft = drafted(visitor, sale("Ү-2299000001"))
    found = []
    with contextlib.closing(Browser(width=width)) as browser:
        screen = Screen(browser, service).become(visitor, language)
        for name, path in stops(visitor, booked, wrong, draft).items():
            screen.go(path)
            if name == "draft":
                with screen.leaving():
                    screen.driver.find_element("css selector", "button[value=preview]").click()
                assert bad(screen.page)
            before = len(found)
            found += [f"{name}: {what}" for what in (
                *screen.complaints(), *screen.browser.violations(), *screen.unlabelled(), *filter(None, [
                    screen.overflow(), screen.driver.title != f"{screen.h1} – Tamga" and screen.driver.title]))]
            if pictures() or len(found) > before:
                screen.browser.screenshot((pictures() or tmp_path) / f"notary-{name}-{language}-{width}.png")
    assert not found, "\n".join(found)


def test_what_the_policy_forbids_is_heard(visitor, scripted):
    """Else nobody would know that a page without complaints has none."""
    scripted.become(visitor, "en").go("/notary/new?type=other")
    assert not scripted.complaints()
    scripted.driver.execute_script("document.body.append(Object.assign(document.createElement('script'), {textContent: 'document.title = 1'}))")
    assert any("Content Security Policy" in each for each in scripted.complaints()) and scripted.driver.title != "1"


def test_pages_hold_no_script_but_the_one_file(service, visitor, booked, pki):
    draft = drafted(visitor, power(note=EVIL, **{"parties[0].firstName": EVIL}))
    for name, path in stops(visitor, booked, draft, draft).items():
        answer = visitor.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and answer.headers["cache-control"] == "no-store", name
        for node in Page(answer.text).root:
            assert node.tag not in ("style", "img", "iframe", "object", "base"), name
            assert not [given for given in node.attributes if given == "style" or given.startswith("on")], name
            if node.tag == "script":
                assert node.attributes == {"src": "/notary.js", "defer": ""} and not node.text
                assert "script-src 'self'" in policy
    script = service.get("/notary.js")
    assert script.status == 200 and script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "eval" not in script.text and "http:" not in script.text and "https:" not in script.text


@pytest.mark.parametrize("path", ["/notary/drafts", "/notary/drafts/1", "/notary/drafts/1/delete", "/notary/drafts/1/register",
                                  "/notary/search", "/notary/office", "/notary/import"])
def test_forms_of_other_pages_do_nothing(visitor, stranger, path):
    size = visitor.ledger.size
    for options in ({"fields": {"key": None}}, {"fields": {"key": stranger.key}}, {"fields": {"key": ""}},
                    {"headers": {"Sec-Fetch-Site": "cross-site"}}, {"headers": {"Origin": "https://evil.example"}}):
        answer = visitor.post(path, options.get("fields"), headers=options.get("headers"))
        assert answer.status == 403 and "nothing was done" in answer.text, (path, options)
    assert visitor.ledger.size == size


def test_odd_forms_are_refused_without_a_fault(visitor):
    for fields in ({}, {"type": "nothing"}, {"type": "will", "parties": "-5"}, {"type": "will", "parties": "9" * 30},
                   {"type": "will", "parties[99999].name": "x"}, {"change": "revoked", "act": "x"},
                   {"change": "amended", "act": f"{MAIN}-2020-000001"}, {"type": "other", "do": "remove-party-99"},
                   {"type": "other", "do": "add-party", "parties": "100"}, {"change": "opened"}, {"type": "other", "do": "x" * 5000}):
        answer = visitor.post("/notary/drafts", {"do": "preview", **fields})
        assert answer.status < 500, (fields, answer.status)
        if answer.status == 303:
            visitor.post(urllib.parse.urlsplit(answer.headers["location"]).path.removesuffix("/preview") + "/delete")
    for path in ("/notary/drafts/x", "/notary/drafts/-1", "/notary/drafts/99999999999999999999", "/notary/acts/x", "/notary/acts/%00",
                 "/notary/acts/NT001-2026-000001/change?what=x", "/notary/change?act=x", "/notary/new?type=x"):
        assert visitor.get(path).status < 500, path


def test_a_will_is_closed_until_it_is_opened(visitor, pki):
    number = registered(visitor, pki, will())
    told = visitor.page(f"/notary/acts/{number}")
    assert "Closed" in told.facts() and "Opening of a will" in told.links()
    assert "note" not in form_of(visitor.page("/notary/new?type=will"), "/notary/drafts")
    told = changed(visitor, pki, number, "opened")
    assert "Closed" not in told.facts() and "Opening of a will" not in told.links()
