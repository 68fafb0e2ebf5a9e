"""Every kind of act and of contract against a property that another has engaged: who is told, and who tells the next notary."""

import secrets

import pytest
from act_cases import deeds, fresh, office, other, property_number
from signing import day, document, sale

SIMPLE = {"text": "Утга", "texts": ["Нэг"], "date": day(-30), "money": "1000.00", "flag": True, "act": "NT012-2026-000004"}
# What an act beside contracts must have chosen to leave a trace, and what leaves none.
ENGAGING = {
    "property-rights": ("purpose", {"first", "transfer", "encumbrance", "other"}), "inheritance-certificate": ("ground", {"law", "will"}),
    "estate-protection": ("measure", {"inventory", "sealing", "custody", "deposit"}),
    "share-certificate": ("ownership", {"family", "joint", "shares"}),
}


def value(field: dict):
    if field["type"] == "choice":
        return field["choices"][0]["code"]
    return field["least"] if field["type"] == "number" else SIMPLE[field["type"]]


def draft(kind: dict, property: str, **details) -> dict:
    """An act with what its kind asks for, made from the service's own table of kinds."""
    chosen = {field["name"]: value(field) for field in kind["fields"] if field["required"]} | details
    needs = [need for need in kind.get("needs", []) if chosen.get(need["field"]) == need["code"]]
    fields = {field["name"]: field for field in kind["fields"]}
    chosen |= {name: value(fields[name]) for need in needs for name in need["fields"]}
    roles = [role["role"] for role in kind["roles"] if role["least"]] + [role for need in needs for role in need["roles"]] or [kind["roles"][0]["role"]]
    made = {
        "document": document(fresh()), "type": kind["type"], "details": chosen, "propertyNumber": property, "salt": secrets.token_hex(32),
        "parties": [{"role": role, "lastName": "Доржийн", "firstName": f"Бат{place}", "regnum": f"УБ850304{place:02}"} for place, role in enumerate(roles)],
    }
    return made | ({"validUntil": day(90)} if kind["validUntil"] == "required" else {})


def choices(kind: dict, name: str) -> list[str]:
    return [choice["code"] for field in kind["fields"] if field["name"] == name for choice in field["choices"]]


def cases(kinds: list[dict]):
    """Each kind that may name a property, with each choice that could matter, and whether it leaves a trace."""
    for kind in kinds:
        if kind["propertyNumber"] == "none":
            continue
        if kind["type"] == "contract":
            yield from ((kind, {"subject": code}, True) for code in choices(kind, "subject"))
        elif kind["type"] in ENGAGING:
            name, codes = ENGAGING[kind["type"]]
            yield from ((kind, {name: code}, code in codes) for code in choices(kind, name))
        else:
            yield kind, {}, False


def warned(office, act) -> list[tuple[str, str]]:
    told = office.prepared(act)
    assert told.status == 200, (act["type"], act["details"], told)
    return [(warning["act"], warning["reason"]) for warning in told.json()["warnings"]]


@pytest.fixture(scope="module")
def kinds(deeds):
    return deeds.get("/v1/deeds/kinds").json()


def test_whatever_the_act_is_called_its_notary_is_told_of_a_sale_in_force(kinds, office, other):
    number = property_number()
    sold = office.registered(sale(fresh(), number)).json()["act"]
    seen = 0
    for kind, details, _ in cases(kinds):
        assert warned(other, draft(kind, number, **details)) == [(sold, "property-engaged")], (kind["type"], details)
        seen += 1
    assert seen == 34
    refused = other.register(draft(next(kind for kind in kinds if kind["type"] == "contract"), number, subject="rights-transfer"), acknowledge=())
    assert refused.status == 409 and sold in refused.text


def test_whatever_disposes_of_a_property_is_told_to_the_next_notary(kinds, office, other):
    for kind, details, leaves in cases(kinds):
        number = property_number()
        first = office.registered(draft(kind, number, **details)).json()["act"]
        expected = [(first, "property-engaged")] if leaves else []
        assert warned(other, sale(fresh(), number)) == expected, (kind["type"], details)


def test_a_will_tells_and_is_told_nothing(kinds):
    """It has no room for a property: nobody is warned of it or by it."""
    will = next(kind for kind in kinds if kind["type"] == "will")
    assert will["propertyNumber"] == "none" and "engages" not in will
