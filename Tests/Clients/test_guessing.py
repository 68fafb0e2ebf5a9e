"""What could be found out by trying: whose act it is, links, salts, how much others file; and who looked."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest
from act_cases import deeds, fresh, office  # noqa: F401, fixtures
from signing import REGNUM, Office, act, ask_from, problem, sale, today, will


@pytest.fixture
def other(new_ledger, pki):
    """Another notary, of a ledger of its own: the attempts of a notary are counted."""
    ledger = new_ledger().serve("--trust", pki.trust)
    other = Office.enrol(ledger, pki, "NT002")
    other.first = Office.enrol(ledger, pki, "NT001")
    return other


def other_office(ledger, pki) -> Office:
    return Office.enrol(ledger, pki, "NT002")


def claim(number: str, regnum: str = REGNUM, **members) -> dict:
    return {"act": number, "change": "revoked", "by": "principal", "principal": {"regnum": regnum}, "reason": "Хүсэлт", **members}


# The principal of another notary's act


def told(ledger, office, number):
    """Who looked, besides whoever looked at the log: that is a line, too."""
    looks = ledger.get(f"/v1/deeds/{number}/looks", headers={"Authorization": f"Bearer {office.token}"}).json()["looks"]
    return [look for look in looks if look["purpose"] != "access-log"]


def test_claim_of_a_principal_before_another_notary_is_a_look(other):
    number = other.first.registered(act(fresh())).json()["act"]
    assert other.prepared(claim(number), change=True).status == 200
    looks = told(other.ledger, other.first, number)
    assert [(look["role"], look["subject"], look["purpose"]) for look in looks] == [("notary", "NT002", "status")]
    # Nor is it told by a filing with a signature that is none.
    draft = other.prepared(claim(number), change=True).json()["change"]
    assert other.submit_change(draft, b"0").status == 422
    looks = told(other.ledger, other.first, number)
    assert len(looks) == 3
    assert other.first.prepared(claim(number), change=True).status == 200
    looks = told(other.ledger, other.first, number)
    assert len(looks) == 3, "the notary's own act is no claim"


@pytest.mark.parametrize("way", ["statement", "filing"])
def test_who_tries_numbers_of_principals_is_stopped(other, way):
    number = other.first.registered(act(fresh())).json()["act"]

    def attempt(regnum, act=number):
        draft = claim(act, regnum)
        return other.prepared(draft, change=True) if way == "statement" else other.submit_change(draft, b"0")

    answers = [attempt(f"УБ850304{last:02}") for last in range(20, 27)] + [attempt(REGNUM, f"NT001-{today().year}-{last:06}") for last in (900, 901, 902)]
    assert {(answer.status, problem(answer)) for answer in answers} == {(404, "act-not-found")}
    stopped = attempt(REGNUM)
    assert stopped.status == 429 and problem(stopped) == "too-many-attempts" and int(stopped.headers["retry-after"]) >= 1, stopped
    # The notary whose act it is is not kept from it.
    assert other.first.revoke(number).status == 201


def test_will_that_is_closed_is_no_act_of_its_testator_elsewhere(other):
    number = other.first.registered(will(fresh())).json()["act"]
    testator = will(b"")["parties"][0]["regnum"]
    answers = [other.prepared(claim(act, testator), change=True) for act in (number, f"NT001-{today().year}-000999")]
    assert answers[0].status == 404 and answers[0].body == answers[1].body
    assert other.ledger.get(f"/v1/deeds/{number}/looks", headers={"Authorization": f"Bearer {other.first.token}"}).json()["looks"] == []


# Links


def test_who_tries_links_is_stopped(deeds, office):
    right = office.registered(act(fresh())).json()["evidence"]
    address, another = "127.9.0.1", "127.9.0.2"
    # What cannot be a link asks nothing.
    assert {ask_from(address, deeds, "GET", f"/v1/evidence/{number}").status for number in range(150)} == {404}
    for _ in range(5):
        assert ask_from(address, deeds, "GET", right).status == 200
    answers = []
    while len(answers) < 150 and (not answers or answers[-1].status == 404):
        answers.append(ask_from(address, deeds, "GET", f"/v1/evidence/{secrets.token_hex(16)}"))
    assert 100 <= len(answers) < 150 and answers[-1].status == 429
    assert problem(answers[-1]) == "too-many-attempts" and answers[-1].headers["retry-after"] == "1"
    assert ask_from(another, deeds, "GET", right).status == 200


# Salts


@pytest.mark.parametrize("salt", ["0" * 64, "ab" * 32, "0123456789abcdef" * 4], ids=str)
def test_salt_that_is_not_random_is_refused(deeds, office, salt):
    size = deeds.size
    answer = office.prepared(act(fresh(), salt=salt))
    assert (answer.status, problem(answer)) == (422, "act-salt-weak"), answer
    assert office.submit(act(fresh(), salt=salt), b"0").json()["code"] == "act-salt-weak" and deeds.size == size


def test_salt_of_another_act_or_change_is_refused(deeds, pki, office):
    first = act(fresh())
    number = office.registered(first).json()["act"]
    second = act(fresh(), salt=first["salt"])
    answer = office.prepared(second)
    assert (answer.status, problem(answer)) == (422, "act-salt-used"), answer
    change = {"act": number, "change": "revoked", "reason": "x", "salt": first["salt"]}
    assert problem(office.prepared(change, change=True)) == "act-salt-used"
    # Two with one salt at the same time: both statements are made, and one is registered.
    salt = secrets.token_hex(32)
    drafts = [act(fresh(), salt=salt), act(fresh(), salt=salt)]
    signatures = [pki.sign(office.statement(draft), "NT001") for draft in drafts]
    answers = [office.submit(draft, signature) for draft, signature in zip(drafts, signatures)]
    assert [answer.status for answer in answers] == [201, 422] and problem(answers[1]) == "act-salt-used"
    assert office.submit(drafts[0], signatures[0]).status == 200, "the same again is the same act"
    # Of another notary it is not told: that it seals something would tell of a will.
    assert other_office(deeds, pki).prepared(act(fresh(), salt=salt)).status == 200
    again = {"act": number, "change": "amended", "reason": "x", "salt": secrets.token_hex(32),
             "content": {name: value for name, value in first.items() if name != "salt"}}
    assert office.change(again).status == 201
    assert problem(office.change({**again, "content": {**again["content"], "note": "y"}})) == "act-salt-used"


def test_salts_that_the_ledger_gives_are_taken_again(deeds, office):
    """An equal draft gets an equal salt: it may be registered twice, knowingly."""
    draft = {name: value for name, value in act(fresh()).items() if name != "salt"}
    first = office.registered(draft)
    assert office.prepared(draft).json()["act"]["salt"] == office.prepared(draft).json()["act"]["salt"]
    second = office.registered(draft, cades=False)
    assert first.json()["act"] != second.json()["act"]


# Search


def test_cursor_of_a_search_tells_nothing_and_is_the_notarys_own(other):
    first, ledger = other.first, other.ledger
    made = [first.registered(act(fresh())).json()["act"] for _ in range(3)]
    pages = [ledger.post("/v1/deeds/search", {"regnum": REGNUM, "limit": 1}, first.token).json() for _ in range(2)]
    cursors = [page["next"] for page in pages]
    assert cursors[0] != cursors[1] and all(set(cursor) <= set("0123456789abcdef") for cursor in cursors)
    for cursor in cursors:
        page = ledger.post("/v1/deeds/search", {"regnum": REGNUM, "limit": 5, "before": cursor}, first.token).json()
        assert [line["act"] for line in page["acts"]] == [made[1], made[0]] and "next" not in page
    changed = cursors[0][:-1] + ("0" if cursors[0][-1] != "0" else "1")
    for token, cursor in ((other.token, cursors[0]), (first.token, changed), (first.token, "00"), (first.token, ""), (first.token, "5")):
        assert ledger.post("/v1/deeds/search", {"regnum": REGNUM, "before": cursor}, token).status == 400


def test_acts_of_others_show_not_even_as_a_further_page(other):
    number = f"Ү-{secrets.randbelow(10**10):010}"
    own = [other.registered(sale(fresh(), number)).json()["act"]]
    for _ in range(3):
        other.first.registered(sale(fresh(), number))
    own.append(other.registered(sale(fresh(), number)).json()["act"])
    query = {"propertyNumber": number, "limit": 2}
    page = other.ledger.post("/v1/deeds/search", query, other.token).json()
    assert [line["act"] for line in page["acts"]] == own[::-1] and "next" not in page
    page = other.ledger.post("/v1/deeds/search", query | {"limit": 1}, other.token).json()
    assert [line["act"] for line in page["acts"]] == own[1:]
    page = other.ledger.post("/v1/deeds/search", query | {"before": page["next"]}, other.token).json()
    assert [line["act"] for line in page["acts"]] == own[:1] and "next" not in page


# Evidence by the command line


def test_evidence_of_an_act_by_command_is_a_look(other, tmp_path):
    ledger, first = other.ledger, other.first
    answer = first.registered(act(fresh()))
    number = answer.json()["act"]

    def looks() -> list[tuple]:
        return [(look["role"], look["subject"], look["purpose"]) for look in told(ledger, first, number)]

    expected = ("operator", "command line", "evidence")
    ledger.must("prove", "--key", number, "--out", tmp_path / "a")
    assert looks() == [expected]
    ledger.stop()
    ledger.must("prove", "--index", answer.index, "--out", tmp_path / "b", "--reader", "auditor")
    ledger.restart()
    assert looks() == [expected] * 2
    closed = first.registered(will(fresh()))
    done = ledger.command("prove", "--index", closed.index, "--out", tmp_path / "c")
    assert done.status != 0 and not Path(tmp_path / "c").exists()


def test_evidence_that_cannot_be_logged_is_not_written(other, tmp_path):
    answer = other.first.registered(act(fresh()))
    other.ledger.stop()
    log = other.ledger.data / "access"
    # What is not a folder takes no lines.
    log.rename(tmp_path / "access")
    log.write_text("")
    done = other.ledger.command("prove", "--index", answer.index, "--out", tmp_path / "a")
    assert done.status != 0 and not (tmp_path / "a").exists(), done.all
