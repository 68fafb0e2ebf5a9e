"""The notary's console: the office, suspended and handed over."""

from __future__ import annotations

import contextlib
import re

import pytest
from browser import Browser
from console import Screen, Visitor, operator, page, pictures
from notary_console import MAIN, OTHER, changed, notary, power, registered, today, will
from signing import Office


# Closing an office


@pytest.fixture
def closing_office(new_ledger, pki, request):
    ledger = new_ledger()
    # Before the service asks for two persons.
    enrolled = {code: Office.enrol(ledger, pki, code) for code in (MAIN, OTHER, "NT003")}
    ledger.operators = {name: ledger.token("operator", name) for name in ("Оператор Нэг", "Оператор Хоёр")}
    ledger.serve("--trust", pki.trust, *getattr(request, "param", []))
    return ledger, [notary(ledger, enrolled, code) for code in (MAIN, OTHER, "NT003")]


def asks(visitor: Visitor, successor: str = OTHER, **fields):
    return visitor.post("/notary/office/hand-over", {"successor": successor, "reason": "Тэтгэвэрт гарах", "agreed": "yes", **fields})


def test_an_office_is_handed_over_with_a_protocol(closing_office, pki, tmp_path):
    ledger, (first, second, third) = closing_office
    numbers = [registered(first, pki, fields) for fields in (power(), will(), power())]
    changed(first, pki, numbers[0], "revoked")
    protocol = f"/notary/office/hand-over/{MAIN}"
    assert "In advance" in first.page(protocol).main.text and second.get(protocol).status == 404
    assert asks(first, " nt 002 ").headers["location"] == "/notary/office/hand-over"
    assert "waits for the operator" in first.page("/notary/office/hand-over").main.text
    someone = operator(ledger)
    told = someone.page("/operator")
    row = told.rows("Asked for by notaries")[0]
    assert row[0] == MAIN and row[2].startswith(OTHER) and row[3] == "Тэтгэвэрт гарах"
    form = next(form for form in told.main.all("form") if form.attributes["action"].endswith("/carry-out"))
    someone.done(form.attributes["action"], {node.attributes["name"]: node.attributes["value"] for node in form.all("input")})
    assert not someone.page("/operator").rows("Asked for by notaries")
    told = second.page(protocol)
    facts = told.facts()
    assert facts["Successor"].endswith(OTHER) and "In advance" not in told.main.text and "entry" in facts["Date"]
    assert told.rows("Register books") == [[numbers[0].split("-")[1], numbers[0], numbers[2], "3", "0"]]
    assert told.rows("Acts by kind") == [["Will certified", "1"], ["Power of attorney certified", "2"], ["Together", "3"]]
    assert facts["First act"].startswith(numbers[0]) and facts["Last act"].startswith(numbers[2])
    assert [row[0] for row in told.rows("Signatures")] == ["Handed over by", "Taken over by"]
    # The chain of the office ends with its last record: three acts and a change, from 0.
    sequence, commitment = re.fullmatch(r"№ (\d+) · ([0-9a-f]{64})", facts["End of the office's chain"]).groups()
    assert sequence == "3"
    assert third.get(protocol).status == 404
    assert protocol in second.page("/notary/office/hand-over").links().values()
    assert not first.is_in, "who handed it over is out"
    # The successor goes on, and the office's own chain stays as it was.
    assert changed(second, pki, numbers[2], "revoked", OTHER).facts()["Status"] == "revoked"
    assert commitment in second.page(protocol).main.text
    # Further on: the protocol of the first is the third's, too.
    asks(second, "NT003")
    someone.done(f"/operator/notaries/{OTHER}/hand-over", {"successor": "NT003"})
    assert commitment in third.page(protocol).main.text and third.get(f"/notary/office/hand-over/{OTHER}").status == 200
    assert not someone.page("/operator").rows("Asked for by notaries"), "done in another way"


def test_a_request_is_withdrawn_refused_and_made_anew(closing_office):
    ledger, (first, second, _) = closing_office
    someone = operator(ledger)

    def carry_out(number: int, successor: str = OTHER):
        return someone.post(f"/operator/hand-overs/{number}/carry-out", {"notary": MAIN, "successor": successor})

    def number() -> int:
        return int(re.search(r"/operator/hand-overs/(\d+)/refuse", someone.get("/operator").text)[1])

    assert asks(first).status == 303 and asks(first).status == 303, "sent twice it is one"
    assert len(someone.page("/operator").rows("Asked for by notaries")) == 1
    assert asks(first, "NT003").status == 409
    withdrawn = number()
    first.done("/notary/office/hand-over/withdraw")
    assert first.post("/notary/office/hand-over/withdraw").status == 409
    assert carry_out(withdrawn).status == 409, "not wanted any more"
    asks(first, "NT003")
    refused = number()
    assert carry_out(refused, OTHER).status == 409, "another successor than was asked for"
    someone.done(f"/operator/hand-overs/{refused}/refuse")
    assert "refused by the operator" in first.page("/notary/office/hand-over").main.text
    assert someone.post(f"/operator/hand-overs/{refused}/refuse").status == 404
    assert carry_out(refused, "NT003").status == 409
    asks(first)
    ledger.stop()
    ledger.restart()
    assert number() not in (withdrawn, refused), "it outlives a restart, under a number of its own"
    for file in ledger.data.glob("state.sqlite*"):
        assert "Тэтгэвэрт".encode() not in file.read_bytes(), "sealed"
    assert carry_out(number()).status == 303
    assert second.page("/notary/office").facts()["Offices taken over"].endswith(MAIN)


def test_what_cannot_be_asked_for_is_refused_by_name(closing_office):
    ledger, (first, _, _) = closing_office
    ledger.must("issuer", "suspend", "--id", "NT003")
    for successor, fields, expected, words in (
            (MAIN, {}, 409, "cannot take this office over"), ("NT003", {}, 409, "cannot take this office over"), ("NT099", {}, 403, "NT099"),
            ("x", {}, 422, "notary"), (OTHER, {"agreed": ""}, 400, "confirmed"), (OTHER, {"reason": " "}, 400, "Reason")):
        answer = asks(first, successor, **fields)
        told = page(answer, answer.status)
        assert 400 <= answer.status < 500 and words in told.notes[0], (successor, answer.status, told.notes)
        assert told.main.one("input", name="successor").attributes["value"] == successor
    assert not operator(ledger).page("/operator").rows("Asked for by notaries")


@pytest.mark.parametrize("closing_office", [["--two-person"]], indirect=True)
def test_two_operators_agree_to_a_hand_over(closing_office, pki):
    ledger, (first, second, _) = closing_office
    one, two = (Visitor(ledger, "operator").sign_in(token=token) for token in ledger.operators.values())
    asks(first)

    def ask() -> str:
        link = next(form for form in one.page("/operator").main.all("form") if form.attributes["action"].endswith("/carry-out"))
        answer = one.post(link.attributes["action"], {node.attributes["name"]: node.attributes["value"] for node in link.all("input")})
        assert answer.headers["location"] == "/operator/approvals"
        return re.search(r"/operator/approvals/(\d+)/refuse", one.get("/operator/approvals").text)[1]

    waiting = ask()
    assert "Waits for approval" in one.page("/operator").main.text
    # Taken back while the second one thinks it over: nothing is closed.
    first.done("/notary/office/hand-over/withdraw")
    assert two.post(f"/operator/approvals/{waiting}/approve").status == 409
    assert first.is_in
    asks(first)
    assert page(two.post(f"/operator/approvals/{ask()}/approve")).notes
    assert not first.is_in
    assert second.get(f"/notary/office/hand-over/{MAIN}").status == 200


def test_the_protocol_is_printed_without_what_is_for_the_screen(closing_office, pki, tmp_path):
    ledger, (first, *_) = closing_office
    registered(first, pki, power())
    with contextlib.closing(Browser(javascript=False)) as browser:
        screen = Screen(browser, ledger).become(first, "mn").go(f"/notary/office/hand-over/{MAIN}")
        words = screen.printed()
        assert "Хүлээлгэн өгсөн" in words and f"{MAIN}-{today()[:4]}-000001" in words and "Гарах" not in words and "Буцах" not in words
        browser.pdf(tmp_path / "protocol.pdf")
        if pictures():
            browser.pdf(pictures() / "notary-protocol.pdf")
    assert (tmp_path / "protocol.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("language, width", [("mn", 1280), ("en", 360)])
def test_pages_of_a_hand_over_are_for_everybody(closing_office, pki, language, width, tmp_path):
    ledger, (first, second, _) = closing_office
    registered(first, pki, power(**{"parties[0].email": "bat@example.mn"}))
    someone = Visitor(ledger, "operator").sign_in(token=ledger.operators["Оператор Нэг"])
    found = []

    def look(name: str, path: str, who: Visitor) -> None:
        screen.become(who, language).go(path)
        if pictures():
            screen.browser.screenshot(pictures() / f"hand-over-{name}-{language}-{width}.png")
        what = [*screen.complaints(), *screen.browser.violations(), *screen.unlabelled(), *filter(None, [screen.overflow()])]
        found.extend(f"{name}: {each}" for each in what)

    with contextlib.closing(Browser(width=width)) as browser:
        screen = Screen(browser, ledger)
        look("notices", f"/notary/acts/{MAIN}-{today()[:4]}-000001", first)
        asks(first)
        look("waits", "/notary/office/hand-over", first)
        look("operator", "/operator", someone)
        someone.done(f"/operator/notaries/{MAIN}/hand-over", {"successor": OTHER})
        look("taken", "/notary/office/hand-over", second)
        look("protocol", f"/notary/office/hand-over/{MAIN}", second)
    assert not found, "\n".join(found)
