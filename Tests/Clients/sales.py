"""Receipts made to measure: any goods, sellers and tax types with their sums reckoned in decimals, and ways to file them and take them back."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from daemon import POS_NO, pushed
from tamga import MERCHANT, of, receipt

EXEMPT = {"VAT_FREE": "437", "VAT_ZERO": "501", "NO_VAT": "0000414"}
MONGO = Decimal("0.01")
SUMS = ("totalAmount", "totalVAT", "totalCityTax")
SUFFIX = (f"s{number}" for number in itertools.count(1))


def priced(quantity, price) -> Decimal:
    return (Decimal(quantity) * Decimal(price)).quantize(MONGO, ROUND_HALF_UP)


def taxes(total: Decimal, vat: bool, city: bool) -> dict:
    """The taxes within a price: VAT of 10 % and city tax of 2 %."""
    rates = {"totalVAT": Decimal(10) * vat, "totalCityTax": Decimal(2) * city}
    whole = 100 + sum(rates.values())
    parts = {name: (total * rate / whole).quantize(MONGO, ROUND_HALF_UP) for name, rate in rates.items()}
    return {"totalAmount": total, **parts}


def goods(kind: str = "VAT_ABLE", quantity="1", price="1120", name: str = "Талх", vat: bool = True, city: bool = True) -> dict:
    code = {"taxProductCode": EXEMPT[kind]} if kind in EXEMPT else {"classificationCode": "2349010"}
    return {"name": name, "measureUnit": "ш", "qty": Decimal(quantity), "unitPrice": Decimal(price), **code,
            **taxes(priced(quantity, price), vat and kind == "VAT_ABLE", city and kind == "VAT_ABLE")}


def bill(tin: str, *parts: tuple[str, str, list[dict]], till: str = "001", split: bool = False, **members) -> dict:
    """A receipt of sub-receipts: tax type, seller, goods. With `split`, one tugrik of it is paid by card."""
    body = {"branchNo": "001", "districtCode": "2501", "merchantTin": tin, "posNo": till, "type": "B2C_RECEIPT",
            "billIdSuffix": next(SUFFIX), "receipts": [
                {"taxType": kind, "merchantTin": seller, "items": items,
                 **{name: sum(item[name] for item in items) for name in SUMS}} for kind, seller, items in parts]}
    body |= {name: sum(part[name] for part in body["receipts"]) for name in SUMS}
    paid = [("CASH", body["totalAmount"] - split)] + [("PAYMENT_CARD", Decimal(1))] * split
    return body | {"payments": [{"code": code, "status": "PAID", "paidAmount": much} for code, much in paid]} | members


def as_json(value):
    """Numbers as JSON has them."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral() else float(value)
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, list) else value


def sale(tin: str = MERCHANT, **members) -> dict:
    return of(tin, receipt(**{"suffix": next(SUFFIX), **members}))


def of_posapi(body: dict, date: str, sequence: int) -> bytes:
    """The push of a receipt that a PosAPI issued at a time: numbers go up by twos."""
    day = datetime.strptime(date, "%Y-%m-%d %H:%M:%S")
    start = f"{body['merchantTin'].zfill(12)}{body['branchNo']}{(day.year - 2000) * 365 + day.timetuple().tm_yday:05d}"
    numbers = [f"{start}{sequence * 2 + place:05d}{POS_NO}" for place in range(2)]
    parts = [{"id": numbers[1], **part} for part in body["receipts"]]
    return pushed({**body, "id": numbers[0], "date": date, "receipts": parts})


def push(ledger, body: dict, date: str, sequence: int) -> str:
    """Gives the receipt's number."""
    sent = of_posapi(body, date, sequence)
    answer = ledger.pos("POST", "/rest/push", sent, {"Content-Type": "application/json"})
    assert answer.status == 200, answer
    return json.loads(sent)["receipt"]["id"]


def give_back(ledger, filed: dict) -> None:
    answer = ledger.pos("DELETE", "/rest/receipt", {"id": filed["id"], "date": filed["date"]})
    assert answer.status in (200, 204), answer
