"""What tells of revoked certificates is fetched from the addresses in the trust folder, and from nowhere else."""

import json
import secrets
import shutil
import time

import pytest
from pki_server import PKIServer
from signing import Office, act, problem
from tamga import free_port

# A list is asked for again by somebody who waits so soon after a failure, in seconds.
PATIENCE = 30


@pytest.fixture
def own(pki, tmp_path):
    """A PKI of its own, whose trust folder has no CRLs; what its CAs published is in `published`."""
    own = pki.copy(tmp_path / "pki")
    shutil.move(own.trust / "crls", own.folder / "published")
    return own


@pytest.fixture
def port():
    return free_port()


def addresses(own, *lines) -> None:
    (own.trust / "addresses").write_text("".join(f"{line}\n" for line in lines))


def crls(port: int) -> list[str]:
    return [f"crl http://127.0.0.1:{port}/{name}.crl" for name in ("root", "issuing")]


def revoke(own, code: str) -> None:
    """As the notary's CA does: its database, and the list that it publishes."""
    own.run("ca", "-config", "issuing.cnf", "-revoke", {"NT003": "leaving.pem"}[code], "-crl_reason", "keyCompromise")
    own.run("ca", "-config", "issuing.cnf", "-gencrl", "-out", "published/issuing.pem")


def draft() -> dict:
    return act(secrets.token_bytes(32))


def until_registered(office, seconds: float = PATIENCE):
    end = time.monotonic() + seconds
    while True:
        answer = office.register(draft())
        if answer.status == 201 or time.monotonic() > end:
            return answer
        assert problem(answer) in ("crl-missing", "crl-out-of-date"), answer
        time.sleep(0.5)


def judged(ledger, answer, own, folder) -> dict:
    """What the offline verifier says with nothing but the root."""
    root = folder / "root-alone"
    (root / "roots").mkdir(parents=True, exist_ok=True)
    shutil.copy(own.folder / "root.pem", root / "roots")
    evidence = ledger.evidence(answer, folder / f"{secrets.token_hex(4)}.tlog-proof")
    done = ledger.verify(evidence, "--trust", root, "--json")
    assert done.status == 0, done.all
    (told,) = json.loads(done.output)["issuerSignatures"]
    return told


def test_lists_are_fetched_kept_and_renewed(new_ledger, own, port, tmp_path):
    addresses(own, *crls(port))
    ledger = new_ledger().serve("--trust", own.trust)
    office = Office.enrol(ledger, own, "NT003")
    refused = office.register(draft())
    assert refused.status == 503 and problem(refused) == "crl-missing", refused
    with PKIServer(own.folder, port) as server:
        answer = until_registered(office)
        assert answer.status == 201, answer
        assert judged(ledger, answer, own, tmp_path)["outcome"] == "valid"
        asked = len(server.asked)
        assert office.register(draft()).status == 201 and len(server.asked) == asked
    cache = ledger.data / "crls"
    assert cache.stat().st_mode & 0o777 == 0o700
    assert len(list(cache.iterdir())) == 2 and all(path.stat().st_mode & 0o777 == 0o600 for path in cache.iterdir())
    # What was fetched is there without a network, too.
    assert ledger.stop() == 0
    ledger.restart()
    assert office.register(draft()).status == 201
    revoke(own, "NT003")
    assert office.register(draft()).status == 201
    assert ledger.stop() == 0
    with PKIServer(own.folder, port) as server:
        ledger.restart()
        end = time.monotonic() + PATIENCE
        while (refused := office.register(draft())).status == 201 and time.monotonic() < end:
            time.sleep(0.2)
        assert problem(refused) == "signer-revoked", refused
    assert "leaving" not in ledger.log() and "Дорж" not in ledger.log()


def test_responder_is_asked_and_goes_before_lists(new_ledger, own, port, tmp_path):
    shutil.copytree(own.folder / "published", own.trust / "crls")
    (own.trust / "crls" / "issuing.pem").unlink()
    addresses(own, f"ocsp http://127.0.0.1:{port}/ocsp intermediates/issuing.pem")
    ledger = new_ledger().serve("--trust", own.trust)
    office = Office.enrol(ledger, own, "NT003")
    refused = office.register(draft())
    assert problem(refused) == "crl-missing", refused
    with PKIServer(own.folder, port) as server:
        answer = office.register(draft())
        assert answer.status == 201, answer
        assert judged(ledger, answer, own, tmp_path)["outcome"] == "valid"
        # An answer that says until when it holds is not asked for again.
        server.ocsp_options = ("-ndays", "1")
        assert office.register(draft()).status == 201
        asked = server.count("/ocsp")
        assert office.register(draft()).status == 201 and server.count("/ocsp") == asked
    # The list that serves does not know of it yet.
    shutil.copy(own.folder / "published" / "issuing.pem", own.trust / "crls")
    assert ledger.stop() == 0
    ledger.restart()
    assert office.register(draft()).status == 201
    revoke(own, "NT003")
    with PKIServer(own.folder, port) as server:
        end = time.monotonic() + 60
        # One that did not answer is spared for a while as long as a list tells.
        while (refused := office.register(draft())).status == 201 and time.monotonic() < end:
            time.sleep(0.5)
        assert problem(refused) == "signer-revoked", refused
        assert server.count("/ocsp") >= 1


def test_silent_responder_costs_a_few_seconds_once(new_ledger, own, port):
    shutil.copytree(own.folder / "published", own.trust / "crls")
    addresses(own, f"ocsp http://127.0.0.1:{port}/ocsp intermediates/issuing.pem")
    with PKIServer(own.folder, port) as server:
        server.hold()
        ledger = new_ledger().serve("--trust", own.trust)
        office = Office.enrol(ledger, own, "NT003")
        start = time.monotonic()
        assert office.register(draft()).status == 201
        assert time.monotonic() - start < 12
        start = time.monotonic()
        assert office.register(draft()).status == 201
        assert time.monotonic() - start < 4
        assert server.count("/ocsp") == 1


@pytest.mark.parametrize("line", ["crl file:///etc/passwd", "ocsp http://127.0.0.1/ roots/nowhere.pem"])
def test_wrong_address_is_named_at_start(new_ledger, own, line):
    addresses(own, line)
    done = new_ledger().command("serve", "--trust", own.trust)
    assert done.status != 0 and ("nowhere.pem" if "nowhere" in line else "line 1: file:") in done.all, done.all


def test_addresses_in_certificates_are_not_used(new_ledger, own, port):
    """A certificate that names a distribution point and a responder: nobody calls there."""
    extensions = own.folder / "pointing.ext"
    extensions.write_text(
        "basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature, nonRepudiation\n"
        f"crlDistributionPoints = URI:http://127.0.0.1:{port}/issuing.crl\n"
        f"authorityInfoAccess = OCSP;URI:http://127.0.0.1:{port}/ocsp, caIssuers;URI:http://127.0.0.1:{port}/root.crl\n")
    own.run("req", "-new", "-key", "leaving.key", "-subj", "/CN=TEST pointing notary", "-out", "pointing.csr")
    own.run("ca", "-batch", "-config", "issuing.cnf", "-in", "pointing.csr", "-extfile", "pointing.ext", "-notext",
            "-out", "leaving.pem")
    with PKIServer(own.folder, port) as server:
        ledger = new_ledger().serve("--trust", own.trust)
        office = Office.enrol(ledger, own, "NT003")
        assert problem(office.register(draft())) == "crl-missing"
        addresses(own, f"crl http://127.0.0.1:{free_port()}/issuing.crl")
        assert ledger.stop() == 0
        ledger.restart()
        assert problem(office.register(draft())) == "crl-missing"
        assert server.asked == []
