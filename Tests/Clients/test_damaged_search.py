"""Entries that cannot be read: a search says that its list may not be whole, damage is no absence, and both end with the damage."""

import time

import pytest
from console import Visitor, page
from signing import REGNUM, Office, act, problem
from test_erased_acts import OTHERS


@pytest.fixture
def damaged(new_ledger, pki):
    """Two acts in sealed segments, of which the first cannot be read; `whole` is what the files were."""
    ledger = new_ledger(segment_height=2, init=("--journal-file-length", 4 << 20)).serve("--trust", pki.trust)
    # They fill a segment of their own.
    office, *_ = [Office.enrol(ledger, pki, code) for code in ("NT001", "NT002", "NT003", "NT906")]
    ledger.first = office.registered(act(b"first")).json()["act"]
    for number in range(8):
        ledger.last = office.registered(act(b"%d" % number, parties=OTHERS)).json()["act"]
    ledger.published(ledger.size)
    assert ledger.compact()["sealed"] >= 4
    assert ledger.stop() == 0
    # Every record of the segment behind it, beyond what parity heals.
    segment = sorted((ledger.data / "segments").glob("*.manifest"))[1].name.split(".")[0]
    paths = [path for path in (ledger.data / "segments").glob(f"{segment}.*") if ".records" in path.name or ".parity" in path.name]
    ledger.whole = {path: path.read_bytes() for path in paths}
    for path in ledger.data.glob("acts.sqlite*"):
        path.unlink()
    for path, content in ledger.whole.items():
        if "entries" not in path.name:
            # Head and footer stay: a file without them is refused at the start.
            third = len(content) // 3
            path.write_bytes(content[:third] + bytes(third) + content[2 * third :])
    ledger.restart()
    ledger.office = office
    return ledger


def search(ledger, **query):
    return ledger.post("/v1/deeds/search", query, ledger.office.token)


def test_damage_is_told_and_ends_with_the_repair(damaged):
    found = search(damaged, regnum=REGNUM)
    assert found.status == 200 and found.json()["acts"] == [] and found.json()["complete"] is False, found
    found = search(damaged, regnum=OTHERS[0]["regnum"], limit=1)
    assert found.json()["acts"][0]["act"] == damaged.last and found.json()["complete"] is False
    # What is asked for by its number is there, and damaged.
    for query in ({"act": damaged.first}, {"document": act(b"first")["document"]["sha256"]}):
        answer = search(damaged, **query)
        assert answer.status == 500 and problem(answer) == "internal-error", (query, answer)
    assert search(damaged, act="NT001-2020-000001").json() == {"acts": [], "paper": [], "complete": True}
    assert damaged.stop() == 0
    for path, content in damaged.whole.items():
        path.write_bytes(content)
    damaged.restart()
    end = time.monotonic() + 20
    while not (found := search(damaged, regnum=REGNUM).json())["complete"] and time.monotonic() < end:
        time.sleep(0.2)
    assert found["complete"] is True and [line["act"] for line in found["acts"]] == [damaged.first]
    assert search(damaged, act=damaged.first).json()["acts"][0]["act"] == damaged.first


def test_the_page_of_the_search_says_so(damaged):
    visitor = Visitor(damaged, "notary").sign_in(token=damaged.office.token)
    told = page(visitor.post("/notary/search", {"sort": "regnum", "party": OTHERS[0]["regnum"]}))
    assert "may not be whole" in told.main.text and told.rows("Acts found")
