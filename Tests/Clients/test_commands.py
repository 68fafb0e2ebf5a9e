"""The command line: help, wrong usage, filing beside and without a running service."""

import json

import pytest
import tamga
from signing import PKI, Office, act

COMMANDS = [
    [], ["init"], ["serve"], ["key"], ["issuer"], ["issuer", "add-merchant"], ["issuer", "add-notary"], ["issuer", "suspend"],
    ["issuer", "list"], ["token"], ["token", "create"], ["token", "rotate"], ["token", "revoke"], ["receipt"],
    ["receipt", "file"], ["deed"], ["deed", "statement"], ["deed", "register"], ["deed", "revoke"], ["deed", "status"], ["prove"],
    ["verify"], ["inspect"], ["audit"],
]
DOCUMENT = "Загвар\n".encode()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_every_command(cli, command):
    done = cli.must(*command, "--help")
    assert "USAGE: tamga" in done.output and len(done.output.splitlines()) >= 5


WRONG = [
    ["--nonsense"], ["nonsense"], ["init"], ["init", "--data", "x"], ["init", "--data", "x", "--origin", "with space"],
    ["init", "--data", "x", "--origin", "with+plus"], ["init", "--data", "x", "--origin", ""], ["serve"],
    ["serve", "--data", "x", "--listen", "nowhere", "--posapi", "127.0.0.1:1"],
    ["serve", "--data", "x", "--listen", "127.0.0.1:99999", "--posapi", "127.0.0.1:1"],
    ["issuer", "add-merchant", "--data", "x"], ["issuer", "add-merchant", "--data", "x", "--tin", "1"],
    ["token", "create", "--data", "x"], ["token", "create", "--data", "x", "--notary", "a", "--auditor", "b"],
    ["prove", "--data", "x", "--out", "y"], ["prove", "--data", "x", "--index", "z", "--out", "y"],
    ["verify"], ["verify", "x"], ["verify", "x", "--key", "k", "--policy", "p"], ["verify", "x", "--key", "nonsense"],
    ["verify", "x", "--key", "k", "--lang", "fr"], ["verify", "x", "--key", "k", "--expect", "novalue"], ["inspect"], ["audit"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_exit_code_2_and_says_what_is_wrong(cli, tmp_path, arguments):
    done = cli.run(*arguments, folder=tmp_path)
    assert done.status == 2, (done.status, done.all)
    assert done.error.strip() and done.output == ""
    assert not list(tmp_path.iterdir()), "something was made"


def test_version(cli):
    assert cli.must("--version").output.strip()


def test_init_names_the_key_and_refuses_a_folder_in_use(cli, tmp_path):
    data = tmp_path / "data"
    done = cli.must("init", "--data", data, "--origin", "example.mn/x")
    key = (data / "verifier.key").read_text()
    assert key.startswith("example.mn/x+") and key.count("\n") == 1 and key.strip() in done.output
    assert cli.must("key", "--data", data).output == key
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    again = cli.run("init", "--data", data, "--origin", "example.mn/y")
    assert again.status == 1 and "not empty" in again.error
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("mine")
    assert cli.run("init", "--data", tmp_path / "other", "--origin", "example.mn/z").status == 1
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["file"]


def test_two_ledgers_share_no_key(new_ledger):
    assert new_ledger("one").key != new_ledger("two").key


@pytest.fixture(params=["beside a running service", "without a service"])
def place(request, new_ledger, pki):
    """A ledger with and without a service on it: every command works on both."""
    # A deep folder: the path of its socket is longer than the system takes.
    ledger = new_ledger("deep" * 30)
    if request.param.startswith("beside"):
        ledger.serve("--trust", pki.trust)
    return ledger


def test_issuers_are_enrolled_listed_and_suspended(place, pki: PKI):
    place.enrol_merchants()
    place.must("issuer", "add-merchant", "--tin", "11122233344", "--name", "Нэгэн дэлгүүр", "--vat-payer")
    place.must("issuer", "add-notary", "--code", "NT001", "--name", "Бат", "--certificate", pki.certificate("NT001"))
    place.must("issuer", "suspend", "--id", "11122233344")
    listed = {issuer["id"]: issuer for issuer in json.loads(place.must("issuer", "list", "--json").output)}
    assert listed["11122233344"]["suspended"] is True and listed[tamga.MERCHANT]["suspended"] is False
    assert listed["NT001"]["role"] == "notary" and "11122233344" in place.must("issuer", "list").output
    before = place.must("issuer", "list").output
    assert place.command("issuer", "suspend", "--id", "99999999999").status == 1
    assert place.command("issuer", "add-merchant", "--tin", "12", "--name", "x").status == 1
    assert place.command("issuer", "add-notary", "--code", "NT002", "--name", "x", "--certificate", __file__).status == 1
    assert place.must("issuer", "list").output == before


def test_receipts_and_deeds_are_filed_proved_and_audited(place, pki: PKI, tmp_path):
    place.enrol_merchants()
    office = Office.enrol(place, pki, "NT001")
    assert len(office.token) >= 22 and "\n" not in office.token

    body = tmp_path / "receipt.json"
    body.write_text(json.dumps(tamga.receipt(suffix="command"), ensure_ascii=False))
    place.must("receipt", "file", body)
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    assert place.command("receipt", "file", wrong).status == 1
    out = tmp_path / "receipt.tlog-proof"
    issuers = len(json.loads(place.must("issuer", "list", "--json").output))
    place.must("prove", "--index", issuers, "--out", out)
    verified = place.verify(out, "--json")
    assert verified.status == 0, verified.all
    told = json.loads(verified.output)
    number = next(field["value"] for field in told["fields"] if field["name"] == "id")
    for key in (number, leaf_of(told)):
        other = tmp_path / f"by-{len(key)}.tlog-proof"
        place.must("prove", "--key", key, "--out", other)
        assert place.verify(other, "--expect", f"id={number}").status == 0

    missing = place.command("prove", "--index", 10_000, "--out", tmp_path / "none")
    assert missing.status == 1 and "10000" in missing.error and not (tmp_path / "none").exists()
    assert place.command("prove", "--key", "0" * 33, "--out", tmp_path / "none").status == 1

    audited = place.must("audit")
    assert audited.output.strip()


def leaf_of(verification) -> str:
    return verification["record"]["leafHash"]


def test_deed_commands(place, pki: PKI, tmp_path):
    Office.enrol(place, pki, "NT001")
    usage = place.tamga.must("deed", "register", "--help").output
    draft, statement, signature = tmp_path / "act.json", tmp_path / "statement.txt", tmp_path / "signature.der"
    draft.write_text(json.dumps(act(DOCUMENT), ensure_ascii=False))
    made = place.must("deed", "statement", "--notary", "NT001", draft)
    assert made.output.startswith("tamga act statement v1\n")
    statement.write_text(made.output)
    signature.write_bytes(pki.sign(statement.read_bytes(), "NT001"))
    trust = ["--trust", pki.trust] if "--trust" in usage else []
    registered = place.must("deed", "register", "--notary", "NT001", "--signature", signature, *trust, draft)
    assert "NT001-" in registered.output
    assert place.must("audit").status == 0


def test_a_running_service_sees_what_commands_change(new_ledger):
    ledger = new_ledger().serve()
    refused = ledger.pos("POST", "/rest/receipt", tamga.receipt())
    assert refused.status >= 400
    ledger.enrol_merchants()
    ledger.file(tamga.receipt())
    ledger.must("issuer", "suspend", "--id", tamga.MERCHANT)
    assert ledger.pos("POST", "/rest/receipt", tamga.receipt(suffix="2")).status >= 400


def test_tokens_take_effect_at_once(open_shop):
    def files(token, suffix):
        return open_shop.post("/v1/receipts", tamga.receipt(suffix=suffix), token).status

    token = open_shop.token("merchant", tamga.MERCHANT)
    assert files(token, "first") == 201
    number = max(entry["id"] for entry in json.loads(open_shop.must("token", "list", "--json").output))
    renewed = open_shop.must("token", "rotate", "--id", number).output.strip()
    assert renewed != token and files(token, "old") == 401 and files(renewed, "new") == 201
    number = max(entry["id"] for entry in json.loads(open_shop.must("token", "list", "--json").output))
    open_shop.must("token", "revoke", "--id", number)
    assert files(renewed, "revoked") == 401
    assert open_shop.command("token", "revoke", "--id", 999).status == 1
    assert open_shop.command("token", "create", "--merchant", "99999999999").status == 1
    listed = open_shop.must("token", "list").output
    assert token not in listed and renewed not in listed


def test_auditor_sees_every_field(open_shop, tmp_path):
    filed = open_shop.file(tamga.receipt(suffix="auditor"))
    link = filed.headers["tamga-evidence"]
    auditor = open_shop.token("auditor", "Шалгагч")
    out = tmp_path / "full.tlog-proof"
    answer = open_shop.get(link, headers={"Authorization": f"Bearer {auditor}"})
    assert answer.status == 200, answer
    out.write_bytes(answer.body)
    fields = {field["name"]: field["shown"] for field in json.loads(open_shop.verify(out, "--json").output)["fields"]}
    assert fields["sequence"] and all(fields.values())
    assert open_shop.get(link, headers={"Authorization": "Bearer wrong"}).status == 401


@pytest.mark.parametrize("language, word", [("mn", "таар"), ("en", "match")])
def test_verify_explains_in_both_languages(open_shop, tmp_path, language, word):
    filed = open_shop.file(tamga.receipt(suffix="languages"))
    evidence = open_shop.evidence(filed, tmp_path / "evidence.tlog-proof")
    done = open_shop.verify(evidence, "--lang", language, "--explain")
    assert done.status == 0 and word in done.output.lower(), done.all
    assert len(done.output.splitlines()) > 6


def test_verify_needs_neither_network_nor_data_folder(open_shop, tmp_path):
    filed = open_shop.file(tamga.receipt(suffix="offline"))
    evidence = open_shop.evidence(filed, tmp_path / "evidence.tlog-proof")
    done = open_shop.tamga.run("verify", evidence, "--key", open_shop.key, folder="/")
    assert done.status == 0, done.all
    changed = open_shop.verify(evidence, "--expect", "total=1")
    assert changed.status == 1
    assert open_shop.verify(evidence, "--expect", "total=1,120.00₮").status == 0
    assert open_shop.verify(evidence, "--expect", "sequence=1").status == 5


def test_inspect_shows_each_file_of_ours(open_shop, tmp_path):
    filed = open_shop.file(tamga.receipt(suffix="inspect"))
    evidence = open_shop.evidence(filed, tmp_path / "evidence.tlog-proof")
    open_shop.published(filed.index + 1)
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_bytes(open_shop.get("/checkpoint").body)
    journal = next((open_shop.data / "journal").iterdir())
    for file in (evidence, checkpoint, journal, open_shop.data / "signer.state", open_shop.data / "verifier.key"):
        assert open_shop.tamga.must("inspect", file).output.strip(), file
    assert open_shop.tamga.run("inspect", __file__).status != 0
