"""What a person expects, compared with what a record says: FORMATS.md, "Verdicts"."""

from __future__ import annotations

import re

from verifier.evidence import Disclosed
from verifier.verdict import Verdict

MONEY, DIGEST = "money", "digest"
FIELD_TYPES = {
    1: dict.fromkeys((b"document", b"signature", b"certificate", b"before", b"salt", b"previous"), DIGEST),
    2: {b"total": MONEY, b"vat": MONEY, b"citytax": MONEY, b"act": DIGEST, b"previous": DIGEST},
    3: {b"certificate": DIGEST},
    5: {b"commitment": DIGEST},
    10: {b"root": DIGEST},
}
BLANKS = " \u00a0\u202f"
UNITS = ("төгрөг", "төг", "MNT", "₮")


def parse_amount(text: str) -> int | None:
    """An amount as people write it, in mongo; None when it is none."""
    text = text.strip(BLANKS)
    for unit in UNITS:
        if text.startswith(unit):
            text = text[len(unit):].strip(BLANKS)
            break
        if text.endswith(unit):
            text = text[:-len(unit)].strip(BLANKS)
            break
    negative, text = text.startswith("-"), text.removeprefix("-")
    whole, fraction = text, ""
    last = max(text.rfind(","), text.rfind("."))
    if last >= 0 and (text[last] == "." or len(text) - last - 1 < 3):
        whole, fraction = text[:last], text[last + 1:]
        if not re.fullmatch(r"[0-9]{1,2}", fraction):
            return None
    if not re.fullmatch(r"[0-9]+|[0-9]{1,3}([, \u00a0\u202f])[0-9]{3}(\1[0-9]{3})*", whole):
        return None
    digits = re.sub(r"[^0-9]", "", whole)
    if len(digits) > 16:
        return None
    mongo = int(digits) * 100 + int(fraction.ljust(2, "0"))
    return -mongo if negative else mongo


def is_integer(recorded: bytes) -> bool:
    return bool(re.fullmatch(rb"0|-?[1-9][0-9]{0,18}", recorded)) and -(1 << 63) <= int(recorded) < 1 << 63


def compare(kind: int, fields: list[Disclosed], name: bytes, expected: bytes) -> tuple[Verdict, str] | None:
    """None when they agree, else the verdict and its reason."""
    found = next((f for f in fields if f.name == name), None)
    if found is not None and found.value is None:
        return Verdict.CANNOT_TELL, "evidence-field-hidden"
    recorded = b"" if found is None else found.value
    kind_of_field = FIELD_TYPES.get(kind, {}).get(name)
    if kind_of_field == MONEY and is_integer(recorded):
        amount = parse_amount(expected.decode("utf-8", "replace"))
        if amount is None:
            return Verdict.CANNOT_TELL, "evidence-expectation-unreadable"
        agrees = amount == int(recorded)
    elif kind_of_field == DIGEST:
        agrees = recorded.lower() == expected.lower()
    else:
        agrees = recorded == expected
    return None if agrees else (Verdict.DOCUMENT_CHANGED, "evidence-field-differs")


def compare_document(fields: list[Disclosed], digest: bytes) -> tuple[Verdict, str] | None:
    found = next((f for f in fields if f.name == b"document"), None)
    if found is None:
        return Verdict.CANNOT_TELL, "evidence-document-not-recorded"
    if found.value is None:
        return Verdict.CANNOT_TELL, "evidence-field-hidden"
    agrees = found.value.lower() == digest.hex().encode()
    return None if agrees else (Verdict.DOCUMENT_CHANGED, "evidence-document-differs")
