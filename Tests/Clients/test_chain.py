"""A merchant's chain, as the merchant and the operator see it."""

from __future__ import annotations

import json

import pytest
from tamga import MERCHANT, receipt


@pytest.fixture(scope="module")
def filed(open_shop):
    """Eight receipts on two tills and a return."""
    answers = [open_shop.file(receipt(suffix=str(number), till=str(number % 2))).json() for number in range(8)]
    returned = open_shop.pos("DELETE", "/rest/receipt", {"id": answers[3]["id"], "date": answers[3]["date"]})
    assert returned.status == 200
    return [answer["id"] for answer in answers]


@pytest.fixture(scope="module")
def headers(open_shop):
    return {"Authorization": f"Bearer {open_shop.token('merchant', MERCHANT)}"}


def test_the_merchant_reads_the_whole_chain(open_shop, filed, headers):
    page = open_shop.get("/v1/chain", headers=headers).json()
    assert page["keptBy"] == "operator" and page["end"] == "beginning" and page["length"] == 9
    assert [record["sequence"] for record in page["records"]] == list(range(8, -1, -1))
    assert [record["id"] for record in page["records"]][::-1] == [*filed, filed[3]]
    assert page["records"][0]["action"] == "returned" and page["missing"] == []


def test_pages_and_tills(open_shop, filed, headers):
    page = open_shop.get("/v1/chain?limit=4&till=1&branch=001", headers=headers).json()
    # All four are checked, those of the till are shown.
    assert page["checked"] == {"from": 5, "to": 8} and page["end"] == "limit"
    assert [record["id"] for record in page["records"]] == [filed[7], filed[5]]
    rest = open_shop.get(f"/v1/chain?till=1&before={page['before']}", headers=headers).json()
    assert [record["id"] for record in rest["records"]] == [filed[3], filed[1]] and rest["end"] == "beginning"


def test_nobody_reads_anothers_chain(open_shop, filed, headers):
    assert open_shop.get("/v1/chain").status == 401
    auditor = {"Authorization": f"Bearer {open_shop.token('auditor', 'revenue')}"}
    assert open_shop.get("/v1/chain", headers=auditor).status == 403
    other = {"Authorization": f"Bearer {open_shop.token('merchant', '61200064714')}"}
    theirs = json.loads(json.dumps(receipt(suffix="theirs")).replace(MERCHANT, "61200064714"))
    open_shop.file(theirs)
    assert open_shop.get("/v1/chain", headers=other).json()["length"] == 1
    mine = open_shop.get("/v1/chain?limit=1", headers=headers).json()["before"]
    assert open_shop.get(f"/v1/chain?limit=1&before={mine}", headers=headers).status == 200
    # Where a page goes on is of use to nobody else.
    assert open_shop.get(f"/v1/chain?before={mine}", headers=other).status == 400
    for query in ("limit=0", "limit=9999", "limit=x", "before=99999", "before=3-0011223344556677", "before="):
        assert open_shop.get(f"/v1/chain?{query}", headers=headers).status == 400, query


def test_the_command_shows_it_and_says_what_it_is_worth(open_shop, filed):
    done = open_shop.must("receipt", "chain", "--merchant", MERCHANT, "--till", "1")
    assert "kept by the operator: what the operator recorded, not a proof by the till" in done.output
    assert filed[5] in done.output and filed[4] not in done.output
    assert "numbers 0 to 8: each names the one before it, none is missing" in done.output
    unknown = open_shop.command("receipt", "chain", "--merchant", "99999999999")
    assert unknown.status == 1 and "not enrolled" in unknown.error
    assert open_shop.command("receipt", "chain", "--merchant", MERCHANT, "--limit", "0").status == 2
