"""All addresses and forms of the consoles of merchants and of the operator, over receipts in every state."""

from __future__ import annotations

import json

import pytest
from console import PASSWORD, merchant, operator
from console_shop import STRANGER
from sales import as_json, bill, give_back, goods, sale
from tamga import MERCHANT

LONG = "Э" * 60
AREAS = ("merchant", "operator")


@pytest.fixture(scope="module")
def tour(shop):
    """Receipts in every state, and who looks at them."""
    first = shop.file(as_json(bill(MERCHANT, ("VAT_ABLE", MERCHANT, [goods(name=LONG, quantity="1.5", price="98765.43")]), (
        "VAT_FREE", "61200064714", [goods("VAT_FREE", name="Сүү")]), split=True, consumerNo="10038071")))
    corrected = shop.file(sale(till="K-1")).json()
    shop.file(sale(total=2240, till="K-1", inactiveId=corrected["id"]))
    returned = shop.file(sale(till="Т" * 30)).json()
    give_back(shop, returned)
    visitor = merchant(shop).settled()
    return {
        "merchant": visitor, "operator": operator(shop), "month": first.json()["date"][:7],
        **{name: visitor.entry(each["id"]) for name, each in {
            "first": first.json(), "corrected": corrected, "returned": returned}.items()}}


def paths_of_merchant(tour: dict) -> list[str]:
    index, month = tour["first"], tour["month"]
    return ["/merchant", "/merchant/receipts", "/merchant/receipts?number=1", f"/merchant/receipts/{index}",
            f"/merchant/receipts/{index}/return", f"/merchant/receipts/{index}/correct", "/merchant/months",
            f"/merchant/months/{month}", f"/merchant/months/{month}/receipts.csv", f"/merchant/months/{month}/receipts.json",
            "/merchant/import", "/merchant/chain", "/merchant/tokens", "/merchant/password"]


GETS = {"merchant": paths_of_merchant,
        "operator": lambda tour: ["/operator", "/operator/merchants", f"/operator/merchants/{MERCHANT}"]}


def posts(tour: dict) -> dict[str, list[tuple[str, dict]]]:
    """Forms that would do something."""
    return {
        "merchant": [
            (f"/merchant/receipts/{tour['first']}/return", {}),
            (f"/merchant/receipts/{tour['first']}/correct",
             {"q0": "1", "u0": "1120", "q1": "1", "u1": "5", "p0": "1124", "p1": "1"}),
            ("/merchant/import", {"name": "x", "rows": json.dumps(sale())}), ("/merchant/tokens", {"branch": "1", "till": "1"}),
            ("/merchant/tokens/1/revoke", {}), ("/merchant/password", {"password": PASSWORD, "again": PASSWORD}),
            ("/merchant/sign-out", {})],
        "operator": [
            ("/operator/merchants", {"tin": "90010001099", "name": "Хулгайч", "way": "alone"}), ("/operator/file", {}),
            (f"/operator/issuers/{STRANGER}/suspend", {}), (f"/operator/issuers/{STRANGER}/resume", {}),
            ("/operator/sign-out", {})]}


def everything(shop) -> tuple:
    """What forms can change."""
    return (shop.size, shop.must("issuer", "list", "--json").output, shop.must("token", "list", "--json").output)
