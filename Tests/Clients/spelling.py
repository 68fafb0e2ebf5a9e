"""JSON in the ways that clients write it: numbers, names and order that mean the same."""

import json
from decimal import Decimal

from hypothesis import strategies as st

# Its numbers come from one drawn seed.
dice = st.randoms(use_true_random=True)


def digits(number: Decimal) -> str:
    return f"{number:f}"


def shortest(number: Decimal) -> str:
    """As the service writes numbers: 50 and 0.9, not 50.00 and 0.90."""
    return digits(number.normalize())


def written(body, number=digits) -> str:
    """JSON."""
    match body:
        case Decimal():
            return number(body)
        case dict():
            return "{" + ",".join(f'"{name}":{written(value, number)}' for name, value in body.items()) + "}"
        case list():
            return "[" + ",".join(written(value, number) for value in body) + "]"
        case _:
            return json.dumps(body, ensure_ascii=False)


def padded(number: Decimal) -> str:
    return digits(number) + ("0" if "." in digits(number) else ".000")


def exponential(number: Decimal) -> str:
    return f"{number:E}"


def any_number(random):
    """Writes numbers in some of the ways that clients have, as strings, too."""
    forms = random.choice([[digits], [shortest], [digits, shortest, padded], [digits, shortest, padded, exponential]])
    quotes = random.choice([[""], ['"'], ["", '"']])

    def write(number: Decimal) -> str:
        quote = random.choice(quotes)
        return quote + random.choice(forms)(number) + quote
    return write


def respelt(body, random, name: str = "") -> str:
    """A body that means the same."""
    space = random.choice(["", "", " ", "\n\t"])
    match body:
        case dict():
            return space + "{" + ",".join(random_members(body, random)) + space + "}"
        case list():
            return space + "[" + ",".join(respelt(value, random) for value in body) + "]"
        case Decimal():
            return space + any_number(random)(body) + space
        case "NO_VAT" | "NOT_VAT":
            body = random.choice(["NO_VAT", "NOT_VAT"])
        case _ if name == "branchNo":
            body = random.choice([str(int(body)), str(int(body)).zfill(2), body])
        case _ if name == "merchantTin" and random.random() < 0.3:
            return space + body
    return space + json.dumps(body, ensure_ascii=random.random() < 0.3) + space


NOTHING = ("customerTin", "consumerNo", "inactiveId", "invoiceId", "reportMonth", "bankAccountNo", "iBan", "barCode", "data", "new")


def random_members(body: dict, random) -> list[str]:
    """Members in any order and letter case, some twice, of which the last counts; nothing said is the same as nothing, or zero tax."""
    members = [(name, respelt(value, random, name)) for name, value in body.items()]
    members += [(name, random.choice(["null", '""'])) for name in NOTHING if random.random() < 0.15]
    for place, (name, _) in enumerate(members):
        if name in ("totalVAT", "totalCityTax") and body[name] == 0 and random.random() < 0.5:
            members[place] = (name, random.choice(["null", '""', "0", '"0.00"', "-0"]))
    members = [(name, value) for name, value in members if not (value in ("null", '""') and random.random() < 0.3)]
    random.shuffle(members)
    for name in [name for name, value in members if value not in ("null", '""') and random.random() < 0.05]:
        members.insert(random.randint(0, [other for other, _ in members].index(name)), (name, random.choice(["0", "[]", '"999"', "null"])))
    return [f'"{"".join(random.choice([letter.upper(), letter.lower(), letter]) for letter in name)}":{value}' for name, value in members]
