"""An act and its fee receipt: `tamga verify --with` and tamga_verify.py say the same of every pair, right and odd."""

import json
import subprocess

import pytest
from test_same_verdict import binary  # noqa: F401, a fixture

import evidence_maker as maker
import tamga_verify as tamga

SALT = bytes(range(32))
NUMBER = b"090010000041001098170000010000001"
DOCUMENT = tamga.sha256(b"abc").hex().encode()
NAMED = tamga.fee_digest(SALT, b"NT012", DOCUMENT)


def receipt(act: bytes | None = NAMED, number: bytes = NUMBER, hidden: tuple = (), **changes) -> maker.Odd:
    fields = ((b"act", act),) if act is not None else ()
    return maker.Odd(kind=2, fields=(*fields, (b"id", number), (b"total", b"1500000")), hidden=hidden, **changes)


def committed(odd: maker.Odd) -> bytes:
    return tamga.commitment(odd.kind, tamga.Content.parse(odd.but(hidden=()).content()).fields)


def text(commitment: bytes, number: bytes = NUMBER, salt: bytes | None = SALT) -> bytes:
    told = {"commitment": commitment.hex(), "receipt": number.decode(), **({"salt": salt.hex()} if salt is not None else {})}
    return json.dumps(told, separators=(",", ":")).encode()


def act(fee: bytes | None, hidden: tuple = (), notary: bytes = b"NT012", document: bytes = DOCUMENT, **changes) -> maker.Odd:
    fields = ((b"fee", fee),) if fee is not None else ()
    return maker.Odd(kind=1, fields=((b"document", document), *fields, (b"notary", notary)), hidden=hidden, **changes)


GOOD = text(committed(receipt()))
OLD = text(committed(receipt(None)), salt=None)
OTHER = receipt(NAMED, b"1" * 33)
PAIRS = {
    "each the other": (act(GOOD), receipt(), "each-names-the-other", 0),
    "in the other order": (receipt(), act(GOOD), "each-names-the-other", 0),
    "other fields hidden": (act(GOOD), receipt(hidden=(b"total", b"id")), "each-names-the-other", 0),
    "the act alone": (act(OLD), receipt(None), "act-names-receipt", 0),
    "without a fee": (act(None), receipt(), "not-named", 1),
    "another receipt": (act(GOOD), OTHER, "not-named", 1),
    "another receipt's number": (act(text(committed(OTHER))), OTHER, "not-named", 1),
    "salt without act": (act(text(committed(receipt(None)))), receipt(None), "not-named", 1),
    "act without salt": (act(text(committed(receipt()), salt=None)), receipt(), "not-named", 1),
    "another salt": (act(text(committed(receipt()), salt=bytes(32))), receipt(), "not-named", 1),
    "another notary": (act(GOOD, notary=b"NT013"), receipt(), "not-named", 1),
    "the notary in small letters": (act(GOOD, notary=b"nt012"), receipt(), "not-named", 1),
    "another document": (act(GOOD, document=b"0" * 64), receipt(), "not-named", 1),
    "the document in capitals": (act(GOOD, document=DOCUMENT.upper()), receipt(), "not-named", 1),
    "no document at all": (act(GOOD, document=b"\xff"), receipt(), "not-named", 1),
    "act in capitals": (act(text(committed(receipt(NAMED.upper())))), receipt(NAMED.upper()), "not-named", 1),
    "fee hidden": (act(GOOD, hidden=(b"fee",)), receipt(), "hidden", 5),
    "notary hidden": (act(GOOD, hidden=(b"notary",)), receipt(), "hidden", 5),
    "document hidden": (act(GOOD, hidden=(b"document",)), receipt(), "hidden", 5),
    "named hidden": (act(GOOD), receipt(hidden=(b"act",)), "hidden", 5),
    "two acts": (act(GOOD), act(GOOD), "not-an-act-and-a-receipt", 5),
    "two receipts": (receipt(), receipt(), "not-an-act-and-a-receipt", 5),
    "an issuer": (receipt(), maker.Odd(kind=3, fields=((b"id", b"NT012"),)), "not-an-act-and-a-receipt", 5),
    "a broken file": (act(GOOD), receipt(rewrite=lambda data: data[:-9]), None, 3),
    "a file of another ledger": (act(GOOD), receipt(origin=b"other.example/x"), None, 4),
    "a broken file first": (act(GOOD, rewrite=lambda data: data[:-9]), receipt(), None, 3),
} | {
    f"fee {value[:40]!r}": (act(value), receipt(), "not-named", 1)
    for value in (
        b"{}", b"[]", b"1", b"x", b"\xff", b" " + GOOD, GOOD.replace(b":", b": ", 1), GOOD.upper(), GOOD[:-1] + b',"x":1}',
        GOOD.replace(b'"salt":"', b'"salt":1,"tlas":"'), GOOD.replace(b'"receipt":"', b'"receipt":"0'), b"[" * 5000,
        GOOD.replace(b"0001", "०१".encode()), GOOD + b"\n", GOOD.replace(b'"salt"', b'"\\u0073alt"'),
        b'{"commitment":null,"receipt":null}', GOOD[:-1] + b',"salt":"' + SALT.hex().encode() + b'"}')
}


@pytest.mark.parametrize("label", PAIRS)
def test_both_verifiers_say_whether_they_name_each_other(label, binary, tmp_path):  # noqa: F811
    first, second, expected, code = PAIRS[label]
    files = tmp_path / "first", tmp_path / "second"
    for file, odd in zip(files, (first, second), strict=True):
        file.write_bytes(odd.file())
    policy = tamga.Policy.of_key(maker.LOG.vkey)
    mine = [tamga.verify(file.read_bytes(), policy) for file in files]
    assert (tamga.link(*mine), int(tamga.pair_verdict(*mine))) == (expected, code)
    done = subprocess.run(
        [binary, "verify", files[0], "--with", files[1], "--key", maker.LOG.vkey, "--json"], capture_output=True, timeout=30)
    assert (json.loads(done.stdout)["link"], done.returncode) == (expected, code), done.stdout


def test_fee_of_the_page(page):
    document = tamga.sha256(b"abc").hex().encode()
    assert page["act-fee-digest-example"].strip() == tamga.fee_digest(bytes(range(32)), b"NT012", document)
    committed, number, salt = tamga.fee_of(page["act-fee-example"].strip())
    assert (committed, number, salt) == (tamga.sha256(b"\0"), NUMBER, bytes(range(32)))


def test_command_compares_two_files(tmp_path, capsys):
    for name, odd in (("act", act(GOOD)), ("receipt", receipt()), ("other", OTHER)):
        (tmp_path / name).write_bytes(odd.file())
    key = ["--key", maker.LOG.vkey.decode()]
    assert tamga.main([str(tmp_path / "act"), "--with", str(tmp_path / "receipt"), *key]) == 0
    assert "each-names-the-other" in capsys.readouterr().out
    assert tamga.main([str(tmp_path / "act"), "--with", str(tmp_path / "other"), *key, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["link"] == "not-named"
    assert tamga.main([str(tmp_path / "act"), "--with", str(tmp_path / "nothing"), *key]) == 2
