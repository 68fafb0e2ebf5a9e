"""A ledger whose checkpoints are signed in a PKCS#11 token: made, used, lost and found again, backed up, moved."""

import re
import shutil
import subprocess
import sys
import time

import c2sp
import pytest
import tamga
from log_token import PIN, LogToken, Machine

VERIFIER = tamga.REPOSITORY / "Tests" / "Conformance" / "python" / "tamga_verify.py"


@pytest.fixture
def token(tmp_path):
    return LogToken(tmp_path / "hsm")


@pytest.fixture
def machine(cli, token, tmp_path):
    return Machine(cli.path, tmp_path / "state", token)


@pytest.fixture
def ledger(machine, token, tmp_path):
    made = tamga.Ledger.create(machine, tmp_path / "data", init=("--log-key", token.uri(), "--generate"))
    yield made
    made.close()


def holds(ledger, answer, folder, machine=None) -> None:
    """Both verifiers say so, ours and the independent one, and every entry is under the published checkpoint."""
    evidence = ledger.evidence(answer, folder / f"{answer.index}.tlog-proof")
    done = (machine or ledger.tamga).run("verify", evidence, "--key", ledger.key)
    assert done.status == 0, done.all
    independent = subprocess.run([sys.executable, str(VERIFIER), str(evidence), "--key", ledger.key], capture_output=True, timeout=30)
    assert independent.returncode == 0, independent.stderr
    size, note = ledger.published(answer.index + 1)
    checkpoint = c2sp.Checkpoint.verified(note, c2sp.VerifierKey.parse(ledger.key))
    entries = c2sp.read_entries(lambda path: ledger.get(path).body, size)
    assert c2sp.root_of([c2sp.leaf_hash(entry) for entry in entries]) == checkpoint.root


def closed(ledger) -> str:
    answer = ledger.get("/healthz")
    assert answer.status == 503 and answer.json()["status"] == "filing closed", answer
    return answer.json()["reason"]


def opens_again(ledger, limit: float = 30) -> None:
    end = time.monotonic() + limit
    while ledger.get("/healthz").status != 200:
        assert time.monotonic() < end, ledger.log()
        time.sleep(0.1)


def start_fails(ledger) -> str:
    process = ledger.launch()
    assert process.wait(timeout=60) == 1
    ledger.process = None
    return ledger.logs[-1].read_text()


def everything(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_key_never_is_a_file_and_what_it_signs_verifies(shop, token, tmp_path, cli):
    assert not (shop.data / "keys" / "log.key").exists() and (shop.data / "keys" / "store.key").exists()
    assert f"log-key {token.uri()}\n" in (shop.data / "ledger.conf").read_text()
    assert PIN.encode() not in (shop.data / "ledger.conf").read_bytes() and PIN not in shop.log()
    holds(shop, shop.file(tamga.receipt(suffix="1")), tmp_path, cli)
    assert shop.must("key").output == shop.key + "\n"
    where = shop.tamga.must("key", "where", "--data", shop.data, "--check").output
    assert "token LOG, key checkpoints" in where and "can be used" in where and PIN not in where
    size = shop.size
    shop.stop()
    shop.restart()
    assert shop.size == size
    holds(shop, shop.file(tamga.receipt(suffix="2")), tmp_path, cli)
    # Beside the service, with a session of their own.
    assert f"clean: {shop.size} entries" in shop.must("audit").output
    assert shop.tamga.run("prove", "--data", shop.data, "--index", "0", "--out", tmp_path / "proof").status == 0


def test_a_service_killed_while_it_signs_goes_on(shop, tmp_path, cli):
    answers = [shop.file(tamga.receipt(suffix=f"{number}")) for number in range(20)]
    shop.kill()
    shop.restart()
    for answer in (answers[0], answers[-1], shop.file(tamga.receipt(suffix="next"))):
        holds(shop, answer, tmp_path, cli)


def test_nothing_is_acknowledged_while_the_token_is_gone(shop, token, tmp_path, cli):
    before = shop.file(tamga.receipt(suffix="before"))
    size = shop.size
    token.fail("gone")
    refused = shop.pos("POST", "/rest/receipt", tamga.receipt(suffix="lost"))
    assert refused.status != 200 and b"lottery" not in refused.body, refused
    reason = closed(shop)
    assert "key does not sign" in reason and "LOG" in reason and "plug the token in" in reason, reason
    assert shop.pos("POST", "/rest/receipt", tamga.receipt(suffix="later")).status != 200
    # What was signed before is served on.
    assert shop.get("/checkpoint").status == 200 and shop.size == size
    token.fail("")
    opens_again(shop)
    assert shop.size == size
    again = shop.file(tamga.receipt(suffix="lost"))
    assert again.index == size
    for answer in (before, again):
        holds(shop, answer, tmp_path, cli)
    shop.stop()
    assert "clean" in shop.must("audit").output


def test_a_killed_service_whose_token_was_gone_has_one_history(shop, token, tmp_path, cli):
    size = shop.size
    token.fail("gone")
    assert shop.pos("POST", "/rest/receipt", tamga.receipt(suffix="lost")).status != 200
    shop.kill()
    assert "plug the token in" in start_fails(shop) or "no such token" in shop.log()
    token.fail("")
    shop.restart()
    # The batch was durable and nobody was answered: it may be there, once.
    assert shop.size in (size, size + 1)
    answer = shop.file(tamga.receipt(suffix="lost"))
    assert answer.index in (size, size + 1)
    holds(shop, answer, tmp_path, cli)


def test_a_token_that_hangs_is_given_up(shop, token, tmp_path, cli):
    size = shop.size
    token.fail("hang")
    began = time.monotonic()
    refused = shop.pos("POST", "/rest/receipt", tamga.receipt(suffix="hang"), timeout=40)
    assert refused.status != 200 and 5 < time.monotonic() - began < 30
    assert "no signature within" in closed(shop)
    began = time.monotonic()
    assert shop.pos("POST", "/rest/receipt", tamga.receipt(suffix="other")).status != 200
    assert time.monotonic() - began < 5, "a closed ledger answers at once"
    token.fail("")
    opens_again(shop, limit=60)
    answer = shop.file(tamga.receipt(suffix="hang"))
    assert answer.index == size
    holds(shop, answer, tmp_path, cli)


def test_a_false_signature_leaves_the_house_for_nobody(shop, token, tmp_path, cli):
    size = shop.size
    token.fail("lie")
    assert shop.pos("POST", "/rest/receipt", tamga.receipt(suffix="false")).status != 200
    assert "does not hold under the public key" in closed(shop)
    token.fail("")
    opens_again(shop)
    answer = shop.file(tamga.receipt(suffix="false"))
    assert answer.index == size
    holds(shop, answer, tmp_path, cli)


def test_each_mistake_at_the_start_says_what_to_do(ledger, token):
    token.pin.write_text("0000\n")
    assert "the PIN of the token is wrong" in start_fails(ledger)
    token.pin.write_text(PIN)
    token.pin.chmod(0o640)
    assert f"run chmod 600 {token.pin}" in start_fails(ledger)
    token.pin.chmod(0o600)
    token.pin.rename(token.folder / "away")
    assert f"{token.pin} cannot be read" in start_fails(ledger)
    (token.folder / "away").rename(token.pin)
    token.fail("gone")
    assert "no such token: LOG; plug the token in" in start_fails(ledger)
    token.fail("")
    audit = ledger.command("audit")
    assert audit.status == 0, audit.all
    token.fail("gone")
    audit = ledger.command("audit")
    assert audit.status == 2 and "no such token" in audit.error and "damage" not in audit.all
    token.fail("")
    # Another key of the same name.
    shutil.rmtree(token.folder / "tokens")
    (token.folder / "tokens").mkdir()
    token.run("softhsm2-util", "--init-token", "--free", "--label", "LOG", "--so-pin", "123456", "--pin", PIN)
    assert "no such private key: checkpoints" in start_fails(ledger)
    token.run("pkcs11-tool", "--module", token.module, "--token-label", "LOG", "--login", "--pin", PIN, "--keypairgen",
              "--key-type", "EC:edwards25519", "--label", "checkpoints", "--id", "01")
    text = start_fails(ledger)
    assert "is not the ledger's" in text and "log-key in ledger.conf" in text
    assert ledger.tamga.run("key", "where", "--data", ledger.data, "--check").status == 1


def test_what_init_refuses(machine, token, tmp_path):
    def refused(uri, *options) -> str:
        done = machine.run("init", "--data", tmp_path / "new", "--origin", "test.example/x", "--log-key", uri, *options)
        assert done.status == 1 and PIN not in done.all, done.all
        assert not (tmp_path / "new" / "ledger.conf").exists()
        return done.error

    assert "no such private key" in refused(token.uri())
    assert "it has a PIN in it" in refused(token.uri() + f"&pin-value={PIN}")
    assert "names no module" in refused("pkcs11:token=LOG;object=a")
    assert "pin-source is no file" in refused(token.uri().replace("file:", "|cat%20"))
    token.fail("no Ed25519")
    done = refused(token.uri(), "--generate")
    assert "does not know the algorithm" in done and "CKM_EDDSA" in done
    token.fail("")
    token.run("pkcs11-tool", "--module", token.module, "--token-label", "LOG", "--login", "--pin", PIN, "--keypairgen",
              "--key-type", "EC:prime256v1", "--label", "other", "--id", "07")
    assert "it is no Ed25519 key" in refused(token.uri("other"))
    assert machine.run("init", "--data", tmp_path / "new", "--origin", "test.example/x", "--generate").status == 2
    # A folder that is taken costs no key.
    (tmp_path / "new" / "file").write_text("mine")
    assert "is not empty" in refused(token.uri("never"), "--generate")
    assert "no such private key" in machine.run(
        "init", "--data", tmp_path / "free", "--origin", "test.example/x", "--log-key", token.uri("never")).error


def test_the_pin_may_come_from_the_environments_file(machine, token, tmp_path, monkeypatch):
    uri = token.uri().partition("&")[0]
    done = machine.run("init", "--data", tmp_path / "data", "--origin", "test.example/x", "--log-key", uri, "--generate")
    assert done.status == 1 and "needs its PIN" in done.error
    monkeypatch.setenv("TAMGA_PIN_FILE", str(token.pin))
    machine.must("init", "--data", tmp_path / "data", "--origin", "test.example/x", "--log-key", uri, "--generate")
    assert "clean: 0 entries" in machine.must("audit", "--data", tmp_path / "data").output


def test_backup_lacks_the_key_and_restore_needs_it(shop, token, tmp_path, cli):
    answer = shop.file(tamga.receipt(suffix="1"))
    size = shop.size
    _, note = shop.published(size)
    (tmp_path / "newest").write_text(note)
    shop.stop()
    one, two = tmp_path / "one", tmp_path / "two"
    told = shop.must("backup", "--to", one, "--keys-to", two).output
    assert "not in this backup: the key that signs checkpoints. It is in the token LOG" in told
    assert not (two / "log.key").exists() and (two / "store.key").exists()
    assert PIN.encode() not in everything(two) and PIN.encode() not in (one / "ledger.conf").read_bytes()
    assert shop.must("backup", "--to", one, "--keys-to", two, "--check")
    elsewhere = Machine(cli.path, tmp_path / "elsewhere-state", token)
    there = tmp_path / "there"
    ask = ("restore", "--from", one, "--keys-from", two, "--data", there, "--checkpoint", tmp_path / "newest")
    token.fail("gone")
    done = elsewhere.run(*ask)
    assert done.status == 1 and "no such token" in done.error and not there.exists()
    token.fail("")
    # The same token with its PIN in another place.
    moved = token.folder / "moved"
    shutil.move(token.pin, moved)
    assert elsewhere.run(*ask).status == 1 and not there.exists()
    elsewhere.must(*ask, "--log-key", token.uri(pin=moved))
    restored = tamga.Ledger(elsewhere, there, shop.origin)
    assert f"pin-source=file:{moved}" in (there / "ledger.conf").read_text()
    try:
        restored.serve()
        assert restored.size == size and restored.key == shop.key
        holds(restored, answer, tmp_path, cli)
        holds(restored, restored.file(tamga.receipt(suffix="2")), tmp_path, cli)
    finally:
        restored.close()


def test_a_file_key_moves_into_the_token(new_ledger, machine, token, tmp_path, cli):
    plain = new_ledger("plain").enrol_merchants().serve()
    ledger = tamga.Ledger(machine, plain.data, plain.origin)
    machine.state_home = plain.tamga.state_home
    move = ("key", "move", "--data", plain.data, "--to", token.uri())
    done = machine.run(*move)
    assert done.status == 1 and "stop the service" in done.error
    answer = plain.file(tamga.receipt(suffix="1"))
    plain.stop()
    conf = (plain.data / "ledger.conf").read_text()
    token.fail("lie")
    assert machine.run(*move).status == 1
    assert (plain.data / "ledger.conf").read_text() == conf
    token.fail("")
    told = machine.must(*move).output
    assert re.search(r"destroy the file now, and its copies in backups.*shred -u .*log\.key", told, re.S)
    assert (plain.data / "ledger.conf").read_text() == conf + f"log-key {token.uri()}\n"
    (plain.data / "keys" / "log.key").unlink()
    # Again, as after a broken-off call: it is there, and only written down.
    assert "destroy" not in machine.must(*move).output
    ledger.serve()
    try:
        for one in (answer, ledger.file(tamga.receipt(suffix="2"))):
            holds(ledger, one, tmp_path, cli)
    finally:
        ledger.close()
    shown = machine.must("key", "where", "--data", plain.data, "--check").output
    assert "token LOG" in shown
    listed = token.run("pkcs11-tool", "--module", token.module, "--token-label", "LOG", "--login", "--pin", PIN, "--list-objects",
                       "--type", "privkey")
    access = re.search(r"Access:\s*(.*)", listed).group(1)
    assert "sensitive" in access and "extractable" not in access.replace("never extractable", ""), listed
