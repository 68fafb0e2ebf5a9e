"""Real and official receipts over the wire, each with the verdict of its INDEX."""

import json
import re

import pytest
import tamga


def cases():
    folder = tamga.samples()
    # Without the folder one case remains, which the fixture skips by name.
    return sorted(path.name for path in (folder / "receipts").glob("*.json")) if folder else ["absent"]


def load(samples, name):
    return json.loads((samples / "receipts" / name).read_text())


def test_index_names_every_sample(samples):
    index = (samples / "receipts" / "INDEX.md").read_text()
    rows = dict(re.findall(r"^\| (\S+) \| (?:POST|DELETE) /rest/receipt \| (accept|reject)", index, re.M))
    assert {f"{name}.json" for name in rows} == set(cases())
    for name, verdict in rows.items():
        assert load(samples, f"{name}.json")["_expect"].startswith(verdict)


@pytest.mark.parametrize("name", [name for name in cases() if not name.startswith("28_")])
def test_sample_gets_the_verdict_of_its_index(open_shop, samples, tmp_path, name):
    sample = load(samples, name)
    before = open_shop.size
    answer = open_shop.pos("POST", "/rest/receipt", sample["request"])
    if sample["_expect"].startswith("reject"):
        assert answer.status == 400, answer
        body = answer.json()
        assert body["status"] == "ERROR" and body["message"] and body["date"]
        assert open_shop.size == before
        return
    assert answer.status == 200, answer
    body = answer.json()
    assert body["status"] == "SUCCESS"
    assert re.fullmatch(r"\d{33}", body["id"]) and body["id"].startswith(sample["request"]["merchantTin"].zfill(12))
    assert all(re.fullmatch(r"\d{33}", part["id"]) for part in body["receipts"])
    assert body["qrData"].endswith(answer.headers["tamga-evidence"]) and body.get("lottery", "") == ""
    assert "billIdSuffix" not in body
    assert float(body["totalAmount"]) == float(sample["request"]["totalAmount"])
    assert open_shop.size == before + 1
    evidence = open_shop.evidence(answer, tmp_path / "evidence.tlog-proof")
    done = open_shop.verify(evidence, "--json", "--expect", f"id={body['id']}")
    assert done.status == 0, done.all
    fields = {field["name"]: field.get("value") for field in json.loads(done.output)["fields"]}
    assert fields["id"] == body["id"]
    assert fields["total"] == str(round(float(sample["request"]["totalAmount"]) * 100))
    assert not {"chain", "previous", "sequence"} & {name for name, value in fields.items() if value is not None}


def test_tax_type_is_answered_as_it_was_spelt(open_shop, samples):
    request = load(samples, "04_oas_b2b_invoice_notvat.json")["request"]
    answer = open_shop.file({**request, "billIdSuffix": "spelt"})
    assert answer.json()["receipts"][0]["taxType"] == request["receipts"][0]["taxType"]


def test_duplicate_key_of_the_official_example_is_taken(open_shop, samples):
    raw = (samples / "receipts" / "04_raw_duplicate_key.txt").read_bytes()
    answer = open_shop.pos("POST", "/rest/receipt", raw, {"Content-Type": "application/json"})
    assert answer.status == 200, answer
    assert answer.json()["branchNo"] == "001"


def test_return_of_a_receipt_filed_before(open_shop, samples, tmp_path):
    filed = open_shop.file(tamga.receipt(suffix="to be returned")).json()
    returned = open_shop.pos("DELETE", "/rest/receipt", {"id": filed["id"], "date": filed["date"]})
    assert returned.status in (200, 204) and returned.body == b"", returned
    evidence = open_shop.evidence(returned, tmp_path / "returned.tlog-proof")
    done = open_shop.verify(evidence, "--expect", "action=returned", "--expect", f"id={filed['id']}")
    assert done.status == 0, done.all


def test_return_of_a_receipt_not_held_here_is_recorded(open_shop, samples, tmp_path):
    sample = load(samples, "28_delete_return.json")["request"]
    returned = open_shop.pos("DELETE", "/rest/receipt", sample)
    assert returned.status in (200, 204) and returned.body == b"", returned
    again = open_shop.pos("DELETE", "/rest/receipt", sample)
    assert (again.status, again.index) == (returned.status, returned.index)
    evidence = open_shop.evidence(returned, tmp_path / "returned.tlog-proof")
    assert open_shop.verify(evidence, "--expect", "action=returned").status == 0


def test_return_with_another_date_or_of_nobody_is_refused(open_shop):
    filed = open_shop.file(tamga.receipt(suffix="date")).json()
    before = open_shop.size
    assert open_shop.pos("DELETE", "/rest/receipt", {"id": filed["id"], "date": "2020-01-01 00:00:00"}).status == 400
    assert open_shop.pos("DELETE", "/rest/receipt", {"id": "0" * 33, "date": filed["date"]}).status == 400
    assert open_shop.pos("DELETE", "/rest/receipt", {"id": "123", "date": filed["date"]}).status == 400
    assert open_shop.size == before


def test_correction_replaces_and_cannot_be_made_twice(open_shop, tmp_path):
    first = open_shop.file(tamga.receipt(2240, suffix="first")).json()
    second = open_shop.file(tamga.receipt(1120, suffix="second", inactiveId=first["id"]))
    evidence = open_shop.evidence(second, tmp_path / "second.tlog-proof")
    assert open_shop.verify(evidence, "--expect", f"corrects={first['id']}").status == 0
    third = open_shop.pos("POST", "/rest/receipt", tamga.receipt(3360, suffix="third", inactiveId=first["id"]))
    assert third.status in (400, 409) and third.json()["status"] == "ERROR", third
    chained = open_shop.file(tamga.receipt(3360, suffix="third", inactiveId=second.json()["id"]))
    assert chained.json()["inactiveId"] == second.json()["id"]


def test_own_samples_are_taken(open_shop, tmp_path):
    for path in sorted((tamga.SEEDS / "samples" / "receipts").glob("*.json")):
        answer = open_shop.pos("POST", "/rest/receipt", path.read_bytes(), {"Content-Type": "application/json"})
        assert answer.status == 200, f"{path.name}: {answer}"
        evidence = open_shop.evidence(answer, tmp_path / path.name)
        assert open_shop.verify(evidence).status == 0
