"""/act: what anybody with number and access code is told in a browser, with scripts off."""

from __future__ import annotations

import contextlib
import secrets

import pytest
from browser import Browser
from console import Screen, page
from signing import Office, act, ask_from, wrong_code
from tamga import ask

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def ledger(module_ledger, pki):
    return module_ledger.serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def office(ledger, pki):
    return Office.enrol(ledger, pki, "NT001")


@pytest.fixture(scope="module")
def acts(office):
    return [office.registered(act(secrets.token_bytes(16))).json() for _ in range(3)]


@pytest.fixture(scope="module")
def plain():
    with contextlib.closing(Browser(javascript=False)) as browser:
        yield browser


def send(ledger, number, code):
    return ask(ledger.api, "POST", "/act", f"number={number}&code={code}".encode(), {**FORM, "Accept-Language": "en"})


def test_verdict_comes_first_and_the_content_is_the_proved_one(ledger, acts):
    told = page(send(ledger, acts[0]["act"], acts[0]["accessCode"]))
    assert told.h1 == "✔ In force" and "УБ85030412" in told.main.text and "Доржийн Болдбаатар" in told.main.text
    link = next(target for words, target in told.links().items() if "tlog-proof" in words)
    assert ledger.get(link).status == 200


def test_revoked_act_says_so_first(ledger, office, acts):
    assert office.revoke(acts[1]["act"]).status == 201
    told = page(send(ledger, acts[1]["act"], acts[1]["accessCode"]))
    assert told.h1.startswith("✘ Revoked") and "The notary" in told.main.text


def test_wrong_code_and_absent_act_are_one_answer(ledger, acts):
    def told(number, code):
        answer = send(ledger, number, code)
        return answer.status, answer.text.replace(number, "NUMBER")

    assert told(acts[2]["act"], wrong_code()) == told("NT009-2026-000001", acts[2]["accessCode"]) == told(acts[2]["act"], "x")
    assert told(acts[2]["act"], wrong_code())[0] == 404


def test_link_of_a_qr_code_leads_to_the_answer(ledger, acts):
    answer = ledger.get(f"/act?number={acts[0]['act']}&code={acts[0]['accessCode']}")
    assert page(answer).h1.startswith("✔") and answer.headers["referrer-policy"] == "no-referrer"
    assert acts[0]["accessCode"] not in ledger.log() and "code=" not in ledger.log()


@pytest.mark.parametrize("language", ["mn", "en"])
@pytest.mark.parametrize("width", [1280, 360])
def test_pages_are_open_to_everybody(ledger, acts, language, width):
    with contextlib.closing(Browser(width=width, language=language)) as browser:
        screen = Screen(browser, ledger)
        for path in ("/act", f"/act?number={acts[0]['act']}&code={acts[0]['accessCode']}", "/act?number=NT009-2026-000001&code=x"):
            screen.go(path)
            assert browser.violations() == [] and screen.overflow() == "" and not screen.unlabelled(), path


def test_typed_and_sent_without_a_script(ledger, acts, plain):
    screen = Screen(plain, ledger).go("/act")
    screen.fill("Үйлдлийн дугаар", acts[2]["act"]).fill("Код", acts[2]["accessCode"].lower())
    screen.press("Шалгах")
    assert screen.h1 == "✔ Хүчинтэй"


def test_answer_follows_what_becomes_of_the_act(ledger, office):
    """Acts that were asked for lately are remembered: never longer than they are so."""
    made = office.registered(act(secrets.token_bytes(16))).json()

    def status(address):
        answers = [
            ask_from(address, ledger, "POST", "/v1/deeds/status", {"act": made["act"], "code": made["accessCode"]}) for _ in range(2)
        ]
        assert answers[0].status == answers[1].status
        return answers[1].json().get("status") if answers[1].status == 200 else answers[1].json()["code"]

    assert status("127.0.78.1") == "in-force"
    assert office.revoke(made["act"]).status == 201
    assert status("127.0.78.2") == "revoked"
    assert ledger.must("erase", "--index", str(made["index"]), "--basis", "Хүсэлт № 1")
    assert status("127.0.78.3") == "act-not-found"


def test_right_looks_do_not_use_up_the_attempts(ledger, acts):
    asked = {"act": acts[2]["act"], "code": acts[2]["accessCode"]}
    assert {ask_from("127.0.79.1", ledger, "POST", "/v1/deeds/status", asked).status for _ in range(40)} == {200}


def test_attempts_are_counted(ledger):
    answers = [ask_from("127.0.77.1", ledger, "POST", "/v1/deeds/status", {"act": "NT009-2026-000009", "code": wrong_code()}) for _ in range(12)]
    assert [answer.status for answer in answers].count(429) >= 1
