"""CRLs too large for the evidence: named in it, kept once, given to everybody, and what a check without a network says with and without them."""

import hashlib
import json
import secrets
import shutil

import pytest
import tamga
from signers import SEEN
from signing import Office, act, problem

THOSE = "which are those that the record names"
LIMIT = 24 << 10


@pytest.fixture
def own(pki, tmp_path):
    """A PKI whose notaries' CA has revoked many."""
    own = pki.copy(tmp_path / "pki")
    publish(own)
    return own


@pytest.fixture
def office(new_ledger, own):
    return Office.enrol(new_ledger().serve("--trust", own.trust), own, "NT001")


def publish(own, name="trust/crls/issuing.pem") -> bytes:
    """Has 1,500 more certificates revoked, and publishes the list; gives it as DER."""
    index = own.folder / "issuing.db" / "index"
    serials = (f"5A{secrets.token_hex(15).upper()}" for _ in range(1500))
    index.write_text(index.read_text() + "".join(
        f"R\t400101000000Z\t260101000000Z\t{serial}\tunknown\t/CN=TEST {serial}\n" for serial in serials))
    own.run("ca", "-config", "issuing.cnf", "-gencrl", "-out", name)
    der = own.run("crl", "-in", name, "-outform", "DER")
    assert len(der) > LIMIT
    return der


def current(own) -> bytes:
    return own.run("crl", "-in", "trust/crls/issuing.pem", "-outform", "DER")


def registered(office, folder):
    """An act, its evidence and the digest that it names and does not carry."""
    answer = office.registered(act(secrets.token_bytes(32)))
    (path,) = answer.json()["validation"]
    return answer, office.ledger.evidence(answer, folder / f"{answer.index}.tlog-proof"), path.rpartition("/")[2]


def judged(ledger, evidence, trust, *options) -> dict:
    done = ledger.verify(evidence, "--trust", trust, "--json", *options)
    assert done.status == 0, done.all
    (told,) = json.loads(done.output)["issuerSignatures"]
    assert told["outcome"] == "valid", told
    return told


def root_alone(own, folder):
    (folder / "roots").mkdir(parents=True, exist_ok=True)
    shutil.copy(own.folder / "root.pem", folder / "roots")
    return folder


def test_a_large_list_is_kept_once_and_given_to_everybody(office, own, tmp_path):
    der = current(own)
    digest = hashlib.sha256(der).hexdigest()
    answer, evidence, named = registered(office, tmp_path)
    assert named == digest and der not in evidence.read_bytes()
    ledger = office.ledger
    assert ledger.get(answer.headers["tamga-evidence"]).headers["tamga-validation"] == f"/v1/validation/{digest}"
    registered(office, tmp_path)
    kept = ledger.data / "validation"
    assert [path.name for path in kept.iterdir()] == [digest] and (kept / digest).read_bytes() == der
    assert kept.stat().st_mode & 0o777 == 0o700 and (kept / digest).stat().st_mode & 0o777 == 0o600
    given = ledger.get(f"/v1/validation/{digest}")
    assert given.status == 200 and given.body == der and given.headers["content-length"] == str(len(der))
    assert given.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert given.headers["access-control-allow-origin"] == "*"
    head = tamga.ask(ledger.api, "HEAD", f"/v1/validation/{digest}")
    assert head.status == 200 and head.body == b"" and head.headers["content-length"] == str(len(der))
    for wrong in ("0" * 64, digest.upper(), digest[:-1], digest + "0", "..%2F..%2Fledger.conf", "%2E%2E"):
        assert ledger.get(f"/v1/validation/{wrong}").status == 404
    # The next day's list is another file.
    other = hashlib.sha256(publish(own)).hexdigest()
    assert ledger.stop() == 0
    ledger.restart()
    assert registered(office, tmp_path)[2] == other
    assert {path.name for path in kept.iterdir()} == {digest, other}


def test_a_check_without_network_says_what_is_missing_and_where_it_is(office, own, tmp_path):
    _, evidence, digest = registered(office, tmp_path)
    ledger = office.ledger
    given = ledger.get(f"/v1/validation/{digest}").body
    assert ledger.stop() == 0
    alone = root_alone(own, tmp_path / "alone")
    told = judged(ledger, evidence, alone)
    assert told["missing"] == [digest]
    assert f"GET /v1/validation/{digest}" in told["detail"] and "--validation" in told["detail"] and SEEN not in told["detail"]

    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "of that day").write_bytes(given)
    (lists / "something else").write_text("not a list")
    for options in (("--validation", lists), ("--validation", lists / "of that day"),
                    ("--validation", lists / "something else", "--validation", lists / "of that day")):
        told = judged(ledger, evidence, alone, *options)
        assert SEEN in told["detail"] and THOSE in told["detail"] and "missing" not in told, told
    # As a file of the trust folder.
    (alone / "crls").mkdir()
    shutil.copy(lists / "of that day", alone / "crls" / "issuing.crl")
    assert THOSE in judged(ledger, evidence, alone)["detail"]
    told = ledger.verify(evidence, "--trust", alone, "--lang", "mn")
    assert "бүртгэлд нэрлэсэн жагсаалт мөн" in told.output


def test_another_list_does_not_pass_for_the_one_that_is_named(office, own, tmp_path):
    _, evidence, digest = registered(office, tmp_path)
    ledger = office.ledger
    alone = root_alone(own, tmp_path / "alone")
    der = bytearray(current(own))
    der[len(der) // 2] ^= 1
    (tmp_path / digest).write_bytes(der)
    told = judged(ledger, evidence, alone, "--validation", tmp_path / digest)
    assert told["missing"] == [digest] and SEEN not in told["detail"]
    # Sound, of the same CA and day, and not what the record names: not used under its name, but told of when the reader trusts it.
    newer = publish(own, "newer.pem")
    (tmp_path / digest).write_bytes(newer)
    told = judged(ledger, evidence, alone, "--validation", tmp_path / digest)
    assert told["missing"] == [digest] and SEEN not in told["detail"]
    (alone / "crls").mkdir()
    (alone / "crls" / "newer").write_bytes(newer)
    told = judged(ledger, evidence, alone)
    assert SEEN in told["detail"] and "others than the record names" in told["detail"] and THOSE not in told["detail"]


def test_a_later_revocation_shows_in_the_list_that_is_given(office, own, tmp_path):
    """What the reader gives counts against the signature, too, and not only for it."""
    _, evidence, _ = registered(office, tmp_path)
    alone = root_alone(own, tmp_path / "alone")
    (alone / "crls").mkdir()
    own.run("ca", "-config", "issuing.cnf", "-revoke", "notary-1.pem", "-crl_reason", "keyCompromise")
    index = own.folder / "issuing.db" / "index"
    serial = own.run("x509", "-in", "notary-1.pem", "-noout", "-serial").decode().strip().split("=")[1]
    lines = [line.split("\t") for line in index.read_text().splitlines()]
    for line in lines:
        if line[3] == serial:
            line[2] = "260101000000Z,keyCompromise"
    index.write_text("".join("\t".join(line) + "\n" for line in lines))
    (alone / "crls" / "revoked").write_bytes(publish(own, "revoked.pem"))
    done = office.ledger.verify(evidence, "--trust", alone, "--json")
    assert json.loads(done.output)["issuerSignatures"][0]["outcome"] == "untrusted"


def test_small_lists_travel_with_the_evidence(new_ledger, pki, tmp_path):
    office = Office.enrol(new_ledger().serve("--trust", pki.trust), pki, "NT001")
    answer = office.registered(act(b"small"))
    assert "validation" not in answer.json() and not (office.ledger.data / "validation").exists()
    fetched = office.ledger.get(answer.headers["tamga-evidence"])
    assert "tamga-validation" not in fetched.headers
    evidence = office.ledger.evidence(answer, tmp_path / "proof")
    assert THOSE in judged(office.ledger, evidence, root_alone(pki, tmp_path / "alone"))["detail"]


def test_changes_keep_their_lists_too(office, own, tmp_path):
    answer, _, first = registered(office, tmp_path)
    second = hashlib.sha256(publish(own)).hexdigest()
    assert office.ledger.stop() == 0
    office.ledger.restart()
    revoked = office.change({"act": answer.json()["act"], "change": "revoked", "by": "parties"})
    assert revoked.status == 201, revoked
    assert revoked.json()["validation"] == [f"/v1/validation/{second}"]
    assert {path.name for path in (office.ledger.data / "validation").iterdir()} == {first, second}
    assert "clean" in office.ledger.must("audit").output


def test_audit_finds_what_is_damaged_or_gone_and_the_next_act_puts_it_back(office, own, tmp_path):
    answer, _, digest = registered(office, tmp_path)
    ledger, file = office.ledger, office.ledger.data / "validation" / digest
    assert "clean" in ledger.must("audit").output
    whole = file.read_bytes()
    file.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    found = ledger.command("audit")
    assert found.status == 1 and digest in found.output and "not what its name says" in found.output, found.all
    assert ledger.command("audit", "--entries-only").status == 0
    file.unlink()
    found = ledger.command("audit")
    assert found.status == 1 and f"entry {answer.index}" in found.output and digest in found.output, found.all
    assert ledger.get(f"/v1/validation/{digest}").status == 404
    assert "validation" not in ledger.get(answer.headers["tamga-evidence"]).headers
    # What was written when a crash came bears no name of ours.
    (ledger.data / "validation" / f"{digest}.new").write_bytes(b"half")
    ledger.kill()
    ledger.restart()
    registered(office, tmp_path)
    assert file.read_bytes() == whole and "clean" in ledger.must("audit").output


def test_what_cannot_be_kept_is_not_registered(office, own, tmp_path):
    ledger = office.ledger
    place = ledger.data / "validation"
    place.write_text("in the way")
    size = ledger.size
    refused = office.register(act(b"one"))
    assert refused.status == 503 and problem(refused) == "ledger-stopped" and "validation" in refused.text, refused
    assert ledger.size == size
    place.unlink()
    assert registered(office, tmp_path)[2] == hashlib.sha256(current(own)).hexdigest()


def test_a_backup_has_them(office, own, tmp_path):
    _, evidence, digest = registered(office, tmp_path)
    ledger = office.ledger
    places = ("--to", tmp_path / "one", "--keys-to", tmp_path / "two")
    ledger.must("backup", *places)
    copy = tmp_path / "one" / "validation" / digest
    assert copy.read_bytes() == current(own)
    copy.write_bytes(b"damaged")
    ledger.must("backup", *places, "--check")
    assert copy.read_bytes() == current(own)
    # Damage of the ledger's own is said, and not copied over what is whole.
    own_file = ledger.data / "validation" / digest
    own_file.write_bytes(b"damaged")
    ledger.must("backup", *places)
    copy.unlink()
    told = ledger.command("backup", *places)
    assert told.status == 1 and digest in told.all and not copy.exists()
    own_file.write_bytes(current(own))
    ledger.must("backup", *places)
    _, note = ledger.published(ledger.size)
    (tmp_path / "newest").write_text(note)
    machine = tamga.Tamga(ledger.tamga.path, tmp_path / "other-state")
    machine.must("restore", "--from", tmp_path / "one", "--keys-from", tmp_path / "two", "--data", tmp_path / "restored",
                 "--checkpoint", tmp_path / "newest")
    assert (tmp_path / "restored" / "validation" / digest).read_bytes() == current(own)
    assert "clean" in machine.must("audit", "--data", tmp_path / "restored").output


def test_wrong_usage(ledger, tmp_path):
    (tmp_path / "evidence").write_text("x")
    assert ledger.verify(tmp_path / "evidence", "--validation", tmp_path).status == 2
    (tmp_path / "trust.pem").write_text("x")
    absent = ledger.verify(tmp_path / "evidence", "--trust", tmp_path / "trust.pem", "--validation", tmp_path / "absent")
    assert absent.status == 2
