"""The operator's console: merchants enrolled, changed and suspended."""

from __future__ import annotations

import json

from console import merchant, operator
from console_shop import screen, shop  # noqa: F401, fixtures
from pages import page
from sales import as_json, sale


def test_the_operator_enrols_by_form_and_by_file(shop, screen, tmp_path):
    tin, other = "90010001021", "90010001022"
    screen.become(operator(shop), "en").go("/operator").follow("Enrol a merchant", within="header")
    screen.fill("TIN", "123").fill("Name", "Дэлгүүр").press("Enrol")
    assert screen.notes and screen.field("Name").get_attribute("value") == "Дэлгүүр"
    screen.fill("TIN", tin)
    screen.field("Registered for VAT").send_keys("yes")
    screen.fill("Lessees", "90010001023; Түрээслэгч; no; no").press("Enrol")
    assert "Done" in screen.notes[0], screen.notes
    told = next(each for each in json.loads(shop.must("issuer", "list", "--json").output) if each["id"] == tin)
    assert told["name"] == "Дэлгүүр" and told["vatPayer"] is True
    (tmp_path / "list.json").write_text(json.dumps([{"tin": other, "name": "Файлаас"}, {"tin": "1", "name": "Буруу"}]))
    screen.go("/operator").fill("A JSON list", str(tmp_path / "list.json")).press("Enrol them")
    assert f"{other} enrolled" in screen.notes[0] and "1 refused" in screen.notes[0]
    row = next(row for row in screen.page.rows() if row[0] == other)
    assert row[1:4] == ["Файлаас", "alone", "enrolled"]
    screen.press(f"Suspend {other}")
    assert next(row for row in screen.page.rows() if row[0] == other)[3] == "suspended"
    assert shop.pos("POST", "/rest/receipt", sale(other)).status in (400, 403, 409)
    assert "suspended" in merchant(shop, other).page("/merchant").notes[0]
    screen.press(f"Resume {other}")
    shop.file(sale(other, total=1120))


def test_saving_a_merchant_unchanged_changes_nothing(shop):
    """Also the lessees, the accounts and the PosAPI's address."""
    tin = "90010001024"
    account = {"id": 3, "bankAccountNo": "9000000001", "bankAccountName": "Бүрэн", "bankId": 99, "bankName": "Банк",
               "iBan": "000000009000000001"}
    full = {"tin": tin, "name": "Бүрэн; ХХК", "registerNumber": "1234567", "vatPayer": True, "cityTaxPayer": False,
            "way": "front", "posapi": "http://127.0.0.1:9", "bankAccounts": [account],
            "customers": [{"tin": "90010001025", "name": "Хөрш", "vatPayer": True}],
            "branches": [{"branchNo": "001", "name": "Төв", "districtCode": "2501", "tills": [{"posNo": "1", "name": "Урд касс"},
                                                                                              {"posNo": "2"}]}]}
    who = operator(shop)
    told = page(who.upload("/operator/file", {}, json.dumps(full).encode(), "one.json"))
    assert f"{tin} enrolled" in told.notes[0]

    def known() -> dict:
        return next(each for each in json.loads(shop.must("issuer", "list", "--json").output) if each["id"] == tin)

    before, form = known(), who.page(f"/operator/merchants/{tin}").main.one("form", action="/operator/merchants")
    fields = {each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input")}
    fields |= {each.attributes["name"]: "".join(each._pieces()) for each in form.all("textarea")}
    for each in form.all("select"):
        (chosen,) = each.all("option", selected="")
        fields[each.attributes["name"]] = chosen.attributes["value"]
    assert fields["registerNumber"] == "1234567" and fields["cityTaxPayer"] == "no" and fields["way"] == "front"
    assert page(who.post("/operator/merchants", fields)).notes[0].startswith("Done")
    assert known() == before


def test_tills_that_are_enrolled_have_a_name_before_they_file_and_others_are_pointed_out(shop):
    tin = "90010001026"
    who = operator(shop)
    fields = {"tin": tin, "name": "Салбартай", "vatPayer": "yes", "cityTaxPayer": "yes", "way": "alone",
              "branches": "1; Төв; 2501; 7 Урд касс, 8\n002; Агуулах; ;"}
    assert page(who.post("/operator/merchants", fields)).notes[0].startswith("Done")
    shown = who.page(f"/operator/merchants/{tin}").main.one("textarea", name="branches")
    assert "".join(shown._pieces()).split("\n") == ["001; Төв; 2501; 7 Урд касс, 8", "002; Агуулах; ; "]
    visitor = merchant(shop, tin)
    shop.file(as_json(sale(tin) | {"posNo": "9"}))
    rows = visitor.settled().page("/merchant").rows()
    told = {tuple(row[:2]): row[2] for row in rows}
    assert set(told) == {("001", "7 Төв Урд касс"), ("001", "8 Төв"), ("001", "9 not enrolled")}, told
    assert told["001", "8 Төв"] == "–" and told["001", "9 not enrolled"] != "–"
    refused = page(who.post("/operator/merchants", fields | {"branches": "0001; Төв"}))
    assert refused.notes and "Done" not in refused.notes[0]
