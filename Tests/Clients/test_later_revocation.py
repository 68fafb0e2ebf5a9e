"""A notary's certificate is revoked after, or before, an act was registered: what its evidence says offline."""

import json
import shutil
from datetime import datetime, timedelta, timezone

import pytest
from signing import Office, act, problem


@pytest.fixture
def own(pki, tmp_path):
    """A PKI of this test alone: it revokes."""
    return pki.copy(tmp_path / "pki")


@pytest.fixture
def office(new_ledger, own):
    return Office.enrol(new_ledger().serve("--trust", own.trust), own, "NT001")


def judged(office, evidence, trust) -> dict:
    done = office.ledger.verify(evidence, "--trust", trust, "--json")
    assert done.status == 0, done.all
    return json.loads(done.output)["issuerSignatures"][0]


def roots_only(own, folder):
    shutil.copytree(own.trust / "roots", folder / "roots")
    return folder


def test_evidence_carries_what_shows_that_nothing_was_revoked_then(office, own, tmp_path):
    evidence = office.ledger.evidence(office.registered(act(b"one")), tmp_path / "act.tlog-proof")
    office.ledger.stop()
    told = judged(office, evidence, roots_only(own, tmp_path / "roots-only"))
    assert told["outcome"] == "valid" and "that day" in told["detail"] and "not known" not in told["detail"], told


def test_act_stays_good_when_its_notary_is_revoked_later(office, own, tmp_path):
    evidence = office.ledger.evidence(office.registered(act(b"one")), tmp_path / "act.tlog-proof")
    own.revoke("NT001", at=datetime.now(timezone.utc) + timedelta(minutes=2))
    assert judged(office, evidence, own.trust)["outcome"] == "valid"


def test_act_of_a_notary_who_was_revoked_before_is_not_trusted(office, own, tmp_path):
    evidence = office.ledger.evidence(office.registered(act(b"one")), tmp_path / "act.tlog-proof")
    own.revoke("NT001", at=datetime.now(timezone.utc) - timedelta(hours=1))
    told = judged(office, evidence, own.trust)
    assert told["outcome"] == "untrusted" and "revoked" in told["detail"], told


def test_revoked_notary_registers_nothing(new_ledger, own):
    own.revoke("NT001")
    office = Office.enrol(new_ledger().serve("--trust", own.trust), own, "NT001")
    assert problem(office.register(act(b"one"))) == "signer-revoked"
