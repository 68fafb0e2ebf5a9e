"""A search looks at so many entries a page: what others file about a property makes a page short, and hides nothing."""

import time

import pytest
import signing
from paper_books import Book, row, table

BOUND = 2_000
PROPERTY = "Ү-2205012345"


@pytest.fixture(scope="module")
def offices(module_ledger, pki):
    module_ledger.serve("--trust", pki.trust)
    return [signing.Office.enrol(module_ledger, pki, code) for code in ("NT001", "NT002")]


def pages(office, **query) -> list[dict]:
    """Every page of a search, as the service tells how to go on."""
    found = []
    while True:
        answer = office.ledger.post("/v1/deeds/search", query, office.token)
        assert answer.status == 200, answer
        found.append(answer.json())
        if "next" not in found[-1]:
            return found
        assert len(found) < 100
        query["before"] = found[-1]["next"]


def numbers(found: list[dict], kind: str) -> list[str]:
    return [line["act" if kind == "acts" else "number"] for page in found for line in page[kind]]


def test_what_others_file_makes_pages_short_and_hides_nothing(offices):
    own, other = offices
    sold = own.registered(signing.sale(b"a flat", PROPERTY)).json()["act"]
    old = [line["number"] for line in Book(own).verdicts(table([row(number, propertyNumber=PROPERTY) for number in (1, 2)]))]
    others = Book(other).verdicts(table([row(number, propertyNumber=PROPERTY) for number in range(1, BOUND + 301)]))
    assert all(line["verdict"] == "registered" for line in others)
    newest = [line["number"] for line in Book(own).verdicts(table([row(3, propertyNumber=PROPERTY)]))]
    began = time.monotonic()
    found = pages(own, propertyNumber=PROPERTY, limit=50)
    assert [len(page["paper"]) for page in found] == [1, 2] and time.monotonic() - began < 20
    assert numbers(found, "paper") == [*newest, *reversed(old)] and numbers(found, "acts") == [sold]
    # An empty page that is not the last; a cursor is of use to its notary only, and says nothing of where it leads.
    first = own.ledger.post("/v1/deeds/search", {"propertyNumber": PROPERTY, "limit": 1}, own.token).json()
    assert numbers([first], "paper") == newest
    refused = other.ledger.post("/v1/deeds/search", {"propertyNumber": PROPERTY, "before": first["next"]}, other.token)
    assert refused.status == 400
    # The other office has all of its own, each once, in pages of any length.
    everything = [line["number"] for line in reversed(others)]
    assert numbers(pages(other, propertyNumber=PROPERTY, limit=100), "paper") == everything
    answer = other.ledger.post("/v1/deeds/search", {"propertyNumber": PROPERTY, "limit": 7}, other.token).json()
    assert numbers([answer], "paper") == everything[:7]


def test_an_act_is_shown_once_however_often_it_was_changed(offices):
    own, _ = offices
    place = "Ү-2205099999"
    drafts = [signing.sale(f"flat {number}".encode(), place) for number in range(3)]
    acts = [own.registered(draft).json()["act"] for draft in drafts]
    content = [{name: value for name, value in draft.items() if name != "salt"} for draft in drafts]

    def change(number: int):
        others = [each for each in acts if each != acts[number]]
        answer = own.change(
            {"act": acts[number], "change": "amended", "content": {**content[number], "place": "Дархан"}}, acknowledge=others)
        assert answer.status == 201, answer

    change(0)
    change(2)
    change(0)
    expected = [acts[0], acts[2], acts[1]]
    for limit in (1, 2, 10):
        assert numbers(pages(own, propertyNumber=place, limit=limit), "acts") == expected
    # What is changed between two pages stays where the first one has it.
    first = own.ledger.post("/v1/deeds/search", {"propertyNumber": place, "limit": 2}, own.token).json()
    change(1)
    second = pages(own, propertyNumber=place, limit=2, before=first["next"])
    assert numbers([first, *second], "acts") == expected
    digest = content[1]["document"]["sha256"]
    assert numbers(pages(own, document=digest, limit=1), "acts") == [acts[1]]
    of_party = numbers(pages(own, organisationNumber="6019509", limit=2), "acts")
    assert of_party[:3] == [acts[1], acts[0], acts[2]] and len(set(of_party)) == len(of_party)
