"""What stands in the way of an act: the same document under another, a property that a contract in force engages."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from act_cases import deeds, fresh, numbers, office, other, property_number
from signing import Office, act, problem, sale, today

YEAR = today().year


def warned(office, draft) -> list[tuple[str, str]]:
    told = office.prepared(draft)
    assert told.status == 200, told
    return [(warning["act"], warning["reason"]) for warning in told.json()["warnings"]]


def test_double_sale_is_refused_until_it_is_acknowledged(deeds, pki, office, other):
    number = property_number()
    first = office.registered(sale(fresh(), number)).json()["act"]
    draft = sale(fresh(), number)
    told = other.prepared(draft).json()["warnings"]
    assert [(one["act"], one["reason"], one["type"], one["status"]) for one in told] == [
        (first, "property-engaged", "contract", "in-force")]
    before = deeds.size
    refused = other.register(draft, acknowledge=())
    assert refused.status == 409 and problem(refused) == "act-warned" and first in refused.text, refused
    wrong = other.register(draft, acknowledge=[f"NT001-{YEAR}-999999"])
    assert wrong.status == 409 and deeds.size == before
    second = other.registered(draft, acknowledge=[first]).json()["act"]
    assert set(warned(office, sale(fresh(), number))) == {(first, "property-engaged"), (second, "property-engaged")}
    assert warned(office, sale(fresh(), property_number())) == []
    assert set(warned(office, act(fresh(), propertyNumber=number))) == {(first, "property-engaged"), (second, "property-engaged")}
    # As people type a number.
    assert warned(office, sale(fresh(), f" {number.lower().replace('-', ' - ')} ")), "the same property"


def test_warnings_end_with_the_act_that_they_are_about(office, other):
    number = property_number()
    first = office.registered(sale(fresh(), number)).json()["act"]
    assert office.revoke(first).status == 201
    assert warned(other, sale(fresh(), number)) == []
    second = other.register(sale(fresh(), number), acknowledge=())
    assert second.status == 201, second
    moved = sale(fresh(), property_number())
    content = {name: value for name, value in moved.items() if name != "salt"}
    assert other.change({"act": second.json()["act"], "change": "corrected", "content": content}).status == 201
    assert warned(office, sale(fresh(), number)) == [], "the act is about another property now"
    assert warned(office, sale(fresh(), moved["propertyNumber"])) == [(second.json()["act"], "property-engaged")]


def test_same_document_under_two_acts_is_told(deeds, office, other):
    document = fresh()
    first = office.registered(act(document)).json()["act"]
    assert warned(other, act(document)) == [(first, "document-registered")]
    refused = other.register(act(document), acknowledge=())
    assert refused.status == 409 and problem(refused) == "act-warned", refused
    assert office.revoke(first).status == 201
    assert [one["status"] for one in other.prepared(act(document)).json()["warnings"]] == ["revoked"]
    assert other.register(act(document), acknowledge=[first]).status == 201


def test_same_document_is_told_whatever_its_name(office, other):
    content = fresh()
    first = office.registered(act(content)).json()["act"]
    for renamed in ({"name": "Өөр нэр.pdf"}, {"name": None, "size": None}, {"size": 1}):
        draft = act(content)
        draft["document"] |= renamed
        assert warned(other, draft) == [(first, "document-registered")], renamed


def test_change_into_an_engaged_property_is_warned_of(office, other):
    number = property_number()
    first = office.registered(sale(fresh(), number)).json()["act"]
    second = other.registered(sale(fresh(), property_number()))
    content = {name: value for name, value in sale(fresh(), number).items() if name != "salt"}
    change = {"act": second.json()["act"], "change": "corrected", "content": content}
    told = other.prepared(change | {"reason": "x"}, change=True).json()["warnings"]
    assert [(one["act"], one["reason"]) for one in told] == [(first, "property-engaged")]
    refused = other.change(change)
    assert refused.status == 409 and problem(refused) == "act-warned" and first in refused.text, refused
    # As people type a number.
    assert other.change(change, acknowledge=[first.lower().replace("-", " / ")]).status == 201
    # What an act has itself stands in nobody's way but that of others.
    again = {"act": second.json()["act"], "change": "corrected", "content": content | {"place": "Дархан"}}
    told = other.prepared(again | {"reason": "x"}, change=True).json()["warnings"]
    assert [one["act"] for one in told] == [first]


@pytest.mark.parametrize("same", ["property", "document"])
def test_of_two_at_the_same_moment_one_is_warned(new_ledger, pki, same):
    """Two notaries register the sale of one property, or one document, at once: both saw no warning, and one of them is refused."""
    ledger = new_ledger().serve("--trust", pki.trust)
    offices = [Office.enrol(ledger, pki, code) for code in ("NT001", "NT002")]
    for _ in range(15):
        document, number = fresh(), property_number()
        drafts = [sale(fresh(), number) if same == "property" else act(document) for _ in offices]
        cases = [(office, draft, pki.sign(office.statement(draft), office.code)) for office, draft in zip(offices, drafts)]
        assert all(office.prepared(draft).json()["warnings"] == [] for office, draft, _ in cases)
        begin = threading.Barrier(2)

        def register(case):
            begin.wait(30)
            return case[0].submit(case[1], case[2])

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(register, cases))
        assert sorted(answer.status for answer in answers) == [201, 409], answers
        passed, refused = sorted(answers, key=lambda answer: answer.status)
        assert problem(refused) == "act-warned" and passed.json()["act"] in refused.text


def test_statement_is_made_while_another_act_about_the_same_is_on_its_way(deeds, pki, office, other):
    for _ in range(25):
        document = fresh()
        draft = act(document)
        signature = pki.sign(office.statement(draft), "NT001")
        filing = threading.Thread(target=office.submit, args=(draft, signature))
        filing.start()
        answers = [other.prepared(act(document)) for _ in range(6)]
        filing.join()
        assert {answer.status for answer in answers} == {200}, [answer for answer in answers if answer.status != 200][0]


# Fails with 20 newer acts about the property: only the newest 20 are looked at (ActWarning.swift, warningLimit).
def test_property_is_still_engaged_beneath_many_acts_that_ended(deeds, office, other):
    """However much was agreed and revoked about a property since, the contract in force is told."""
    number = property_number()
    standing = office.registered(sale(fresh(), number)).json()["act"]
    for _ in range(21):
        ended = office.register(sale(fresh(), number), acknowledge=[standing])
        assert ended.status == 201 and office.revoke(ended.json()["act"]).status == 201
    assert warned(other, sale(fresh(), number)) == [(standing, "property-engaged")]


def test_property_is_still_engaged_when_an_older_act_about_it_was_erased(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    office, number = Office.enrol(ledger, pki, "NT001"), property_number()
    first = office.registered(sale(fresh(), number))
    assert office.revoke(first.json()["act"]).status == 201
    standing = office.registered(sale(fresh(), number), acknowledge=()).json()["act"]
    ledger.must("erase", "--index", first.index, "--basis", "Шүүхийн шийдвэр 2")
    for _ in range(2):
        assert warned(office, sale(fresh(), number)) == [(standing, "property-engaged")]
        assert numbers(office.search(propertyNumber=number)) == [standing]
        ledger.compact("--seal-tail")
        ledger.stop()
        ledger.restart()
    third = office.register(sale(fresh(), number), acknowledge=[standing])
    assert third.status == 201 and {act for act, _ in warned(office, sale(fresh(), number))} == {standing, third.json()["act"]}
