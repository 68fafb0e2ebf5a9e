"""Whom a notary named to be told of an act: listed, masked, and removed one by one, in the console and over the API."""

from __future__ import annotations

import base64
import secrets

import pytest
from console import Page, operator, page
from mail_sink import MailSink
from notary_console import MAIN, OTHER, changed, notary, plain, power, pressed, registered, scripted, wait
from signing import Office, act, problem
from tamga import ask

BAT, SARAA = "bat.dorj@example.mn", "saraa@example.mn"


@pytest.fixture(scope="module")
def sink():
    with MailSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def service(module_ledger, pki, sink):
    return module_ledger.serve("--trust", pki.trust, "--mail-server", sink.address, "--mail-from", "tamga@example.mn")


@pytest.fixture(scope="module")
def offices(service, pki):
    return {code: Office.enrol(service, pki, code) for code in (MAIN, OTHER)}


@pytest.fixture
def visitor(service, offices):
    return notary(service, offices)


@pytest.fixture
def number(visitor, pki) -> str:
    return registered(visitor, pki, power(**{"parties[0].email": BAT, "parties[1].email": SARAA}))


def told(shown: Page) -> list[str]:
    return [row[0] for row in shown.rows("Who is told")]


def removals(shown: Page) -> list[str]:
    """The addresses of the forms, in their order."""
    return [form.attributes["action"] for form in shown.main.all("form") if form.attributes["action"].endswith("/remove")]


def lines(office: Office, number: str) -> list[dict]:
    answer = office.ledger.get(f"/v1/deeds/{number}/looks", headers={"Authorization": f"Bearer {office.token}"})
    assert answer.status == 200, answer
    return answer.json()["looks"]


def contacts(office: Office, number: str, id: object = "", method: str = "GET"):
    path = f"/v1/deeds/{number}/contacts" + (f"/{id}" if id != "" else "")
    return ask(office.ledger.api, method, path, headers={"Authorization": f"Bearer {office.token}"})


# The console


def test_who_is_removed_is_told_nothing_more(visitor, offices, sink, pki, number):
    wait(lambda: {BAT, SARAA} <= {mail.recipients[0] for mail in sink.mails})
    shown = visitor.page(f"/notary/acts/{number}")
    assert told(shown) == ["Д.Бат · b•••@example.mn", "Г.Энхтуяа · s•••@example.mn"]
    before = len(sink.mails)
    answer = visitor.done(removals(shown)[0])
    assert answer.headers["location"] == f"/notary/acts/{number}?done=contact-removed"
    shown = visitor.page(answer.headers["location"])
    assert shown.notes == ["The address is removed."] and told(shown) == ["Г.Энхтуяа · s•••@example.mn"]
    assert {row[2] for row in shown.rows("Notices by e-mail")} == {"Г.Энхтуяа · s•••@example.mn"}
    changed(visitor, pki, number, "revoked")
    wait(lambda: len(sink.mails) > before)
    assert {mail.recipients[0] for mail in sink.mails[before:]} == {SARAA}
    # The last one takes the whole section along.
    visitor.done(removals(visitor.page(f"/notary/acts/{number}"))[0])
    assert "Who is told" not in visitor.page(f"/notary/acts/{number}").main.text


def test_each_removal_leaves_a_line_and_no_address(visitor, offices, number, service):
    before = len(lines(offices[MAIN], number))
    path = removals(visitor.page(f"/notary/acts/{number}"))[0]
    visitor.done(path)
    new = lines(offices[MAIN], number)[:len(lines(offices[MAIN], number)) - before]
    assert [line["detail"] for line in new if line["purpose"] == "record"][0] == f"/notary/acts/{number}/contacts"
    assert new[-1]["subject"] == MAIN
    for file in [*service.logs, *service.files()]:
        assert b"bat.dorj" not in file.read_bytes(), file


def test_a_contact_that_is_gone_is_answered_plainly(visitor, number):
    path = removals(visitor.page(f"/notary/acts/{number}"))[0]
    visitor.done(path)
    for gone in (path, path.rsplit("/", 2)[0] + "/99999999/remove", path.rsplit("/", 2)[0] + "/x/remove"):
        shown = page(visitor.post(gone), 404)
        assert shown.h1 == number and "perhaps it was removed before" in shown.notes[0]
        assert told(shown) == ["Г.Энхтуяа · s•••@example.mn"], "the list stands below"


def test_an_act_of_another_notary_is_not_found(visitor, service, offices, pki, number):
    stranger = notary(service, offices, OTHER)
    path = removals(visitor.page(f"/notary/acts/{number}"))[0]
    before = len(lines(offices[MAIN], number))
    foreign, absent = (stranger.post(each) for each in (path, path.replace(number, "NT001-2020-000001")))
    assert foreign.status == absent.status == 404
    assert page(foreign, 404).main.text.replace(number, "N") == page(absent, 404).main.text.replace("NT001-2020-000001", "N")
    # Not with the number of an own act either.
    own = registered(stranger, pki, power(), OTHER)
    assert "perhaps it was removed before" in page(stranger.post(path.replace(number, own)), 404).notes[0]
    assert len(told(visitor.page(f"/notary/acts/{number}"))) == 2 and len(lines(offices[MAIN], number)) <= before + 3


def test_without_the_sessions_key_nothing_is_removed(visitor, number):
    path = removals(visitor.page(f"/notary/acts/{number}"))[0]
    for wrong in ({"key": None}, {"key": ""}, {"key": "0" * len(visitor.key)}):
        assert visitor.post(path, wrong).status == 403
    assert visitor.get(path).status in (404, 405) and len(told(visitor.page(f"/notary/acts/{number}"))) == 2


@pytest.mark.parametrize("screen", ["plain", "scripted"])
@pytest.mark.parametrize("language, word, done", [("mn", "Хасах", "Хаягийг хаслаа."), ("en", "Remove", "The address is removed.")])
def test_with_the_keyboard_in_both_languages(request, service, offices, pki, screen, language, word, done):
    screen = request.getfixturevalue(screen)
    visitor = notary(service, offices, language=language)
    number = registered(visitor, pki, power(**{"parties[0].email": BAT}))
    screen.become(visitor, language).go(f"/notary/acts/{number}")
    assert not screen.unlabelled() and not screen.overflow()
    pressed(screen, word)
    assert screen.notes == [done] and screen.path.startswith(f"/notary/acts/{number}")
    assert "example.mn" not in screen.page.main.text and not screen.complaints()


# The API


def test_contacts_over_the_api(service, offices):
    office = offices[MAIN]
    prepared = office.prepared(act(secrets.token_bytes(32))).json()
    notify = [{"party": 0, "email": BAT}, {"party": 1, "email": SARAA, "language": "en"}]
    signature = base64.b64encode(office.pki.sign(prepared["signed"].encode(), office.code)).decode()

    def register(**members) -> str:
        answer = office.ledger.post("/v1/deeds", {"act": prepared["act"], "signature": signature, **members}, office.token)
        assert answer.status in (200, 201), answer
        return answer.json()["act"]

    number = register()
    assert contacts(office, number).json() == {"act": number, "contacts": []}
    assert register(notify=notify) == number
    listed = contacts(office, number).json()["contacts"]
    assert [(each["party"], each["email"], each["language"]) for each in listed] == [
        (0, "b•••@example.mn", "mn"), (1, "s•••@example.mn", "en")]
    left = contacts(office, number, listed[0]["id"], "DELETE")
    assert (left.status, left.json()["contacts"]) == (200, listed[1:])
    for gone in (listed[0]["id"], 99999999, "x", "-1", "9" * 30):
        refused = contacts(office, number, gone, "DELETE")
        assert (refused.status, problem(refused)) == (404, "notify-contact-unknown"), gone
    for method, id in (("GET", ""), ("DELETE", listed[1]["id"])):
        refused = contacts(offices[OTHER], number, id, method)
        assert (refused.status, problem(refused)) == (404, "act-not-found")
    assert contacts(office, number).json()["contacts"] == listed[1:]
    details = {line.get("detail") for line in lines(office, number) if line["purpose"] == "record"}
    assert "contacts" in details


def test_a_successor_removes_contacts_of_the_office_taken_over(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    offices = {code: Office.enrol(ledger, pki, code) for code in (MAIN, OTHER)}
    number = registered(notary(ledger, offices), pki, power(**{"parties[0].email": BAT}))
    operator(ledger).done(f"/operator/notaries/{MAIN}/hand-over", {"successor": OTHER})
    heir = notary(ledger, offices, OTHER)
    shown = heir.page(f"/notary/acts/{number}")
    assert told(shown) == ["Д.Бат · b•••@example.mn"]
    heir.done(removals(shown)[0])
    assert "Who is told" not in heir.page(f"/notary/acts/{number}").main.text
