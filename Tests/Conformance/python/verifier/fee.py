"""The fee of an act: whether an act and a receipt name each other."""

from __future__ import annotations

import hashlib
import hmac
import json
import re

from verifier.encoding import Malformed
from verifier.evidence import commitment
from verifier.verdict import Verdict
from verifier.verification import Report


def fee_digest(salt: bytes, notary: bytes, document: bytes) -> bytes:
    """What a receipt names its act by, as its field has it."""
    data = b"tamga act fee v1\n" + notary + b"\n" + document + b"\n"
    return hmac.new(salt, data, hashlib.sha256).hexdigest().encode()


def fee_of(value: bytes) -> tuple[bytes, bytes, bytes | None]:
    """Commitment, number and salt in the field `fee` of an act; only the canonical form is one."""
    try:
        told = json.loads(value)
        if not isinstance(told, dict) or not {"commitment", "receipt"} <= set(told) <= {"commitment", "receipt", "salt"}:
            raise Malformed("fee: other members")
        texts = [told["commitment"], told["receipt"], told.get("salt", "0" * 64)]
    except (ValueError, RecursionError):
        raise Malformed("fee: no JSON") from None
    for text, form in zip(texts, ("[0-9a-f]{64}", "[0-9]{33}", "[0-9a-f]{64}"), strict=True):
        if not isinstance(text, str) or not re.fullmatch(form, text, re.ASCII):
            raise Malformed("fee: a value")
    if json.dumps(told, sort_keys=True, separators=(",", ":")).encode() != value:
        raise Malformed("fee: not canonical")
    return bytes.fromhex(texts[0]), texts[1].encode(), bytes.fromhex(texts[2]) if "salt" in told else None


def link(one: Report, other: Report) -> str | None:
    """Whether an act and a receipt name each other; None unless both are proved."""
    if None in (one.proved, other.proved):
        return None
    pair = {report.content.kind: report for report in (one, other)}
    if set(pair) != {1, 2}:
        return "not-an-act-and-a-receipt"
    act, receipt = ({field.name: field for field in pair[kind].content.fields} for kind in (1, 2))
    if pair[1].evidence.checkpoint.origin != pair[2].evidence.checkpoint.origin or b"fee" not in act:
        return "not-named"
    if act[b"fee"].value is None:
        return "hidden"
    try:
        committed, number, salt = fee_of(act[b"fee"].value)
    except Malformed:
        return "not-named"
    if committed != commitment(2, pair[2].content.fields):
        return "not-named"
    if b"id" in receipt and receipt[b"id"].value not in (None, number):
        return "not-named"
    if b"act" not in receipt:
        return "act-names-receipt" if salt is None else "not-named"
    if salt is None:
        return "not-named"
    values = [fields[name].value if name in fields else None
              for fields, name in ((receipt, b"act"), (act, b"notary"), (act, b"document"))]
    if None in values:
        return "hidden"
    named, notary, document = values
    return "each-names-the-other" if fee_digest(salt, notary, document) == named else "not-named"


LINK_VERDICTS = {
    "each-names-the-other": Verdict.MATCHES, "act-names-receipt": Verdict.MATCHES, "not-named": Verdict.DOCUMENT_CHANGED,
}


def pair_verdict(one: Report, other: Report) -> Verdict:
    """That of the first file that is not right, else what the link says."""
    for report in (one, other):
        if report.verdict is not Verdict.MATCHES:
            return report.verdict
    return LINK_VERDICTS.get(link(one, other), Verdict.CANNOT_TELL)
