"""The command line: help, wrong usage, filing beside and without a running service."""

import json
import re
import secrets

import pytest
import tamga
from signing import PKI, Office, act

COMMANDS = [
    [], ["init"], ["serve"], ["key"], ["issuer"], ["issuer", "add-merchant"], ["issuer", "add-notary"], ["issuer", "suspend"],
    ["issuer", "list"], ["token"], ["token", "create"], ["token", "rotate"], ["token", "revoke"], ["receipt"],
    ["receipt", "file"], ["deed"], ["deed", "kinds"], ["deed", "statement"], ["deed", "sign"], ["deed", "register"],
    ["deed", "change-statement"], ["deed", "change"], ["deed", "status"], ["prove"], ["verify"], ["inspect"], ["audit"],
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
    """From the act to its amendment and revocation with the program alone: it makes the statement, signs, registers and looks up."""
    Office.enrol(place, pki, "NT001")
    tamga, trust = place.tamga, ("--trust", pki.trust)
    draft, statement, signature, evidence = (tmp_path / name for name in ("act.json", "statement.txt", "signature.p7s", "act.tlog-proof"))
    content = act(DOCUMENT)
    draft.write_text(json.dumps(content, ensure_ascii=False))

    def signed(command, file):
        made = place.must("deed", command, "--notary", "NT001", file, "--out", statement)
        assert made.output.startswith("НОТАРИАТЫН ҮЙЛДЛИЙН ") and "Болдбаатар" not in statement.read_text()
        tamga.must("deed", "sign", statement, "--key", pki.key("NT001"), "--certificate", pki.certificate("NT001"), "--out", signature)
        return made.output

    read = signed("statement", draft)
    assert "* Итгэмжлэл олгогч: эцэг, эхийн нэр Доржийн | нэр Болдбаатар | РД УБ85030412 [" in read
    printed = place.must("deed", "statement", "--notary", "NT001", draft).output
    assert printed == statement.read_text() != read
    assert place.must("deed", "statement", "--notary", "NT001", draft, "--read").output == read
    registered = place.must(
        "deed", "register", "--notary", "NT001", "--signature", signature, *trust, draft, "--out", evidence).output
    number = re.search(r"act (NT001-\d{4}-000001) at index", registered).group(1)
    assert re.search(r"access code, for the parties only: [0-9A-Z]{4}(-[0-9A-Z]{4}){2}\n", registered)
    again = place.must("deed", "register", "--notary", "NT001", "--signature", signature, *trust, draft).output
    assert number in again and "registered before" in again
    verified = place.verify(evidence, *trust, "--expect", f"act={number}", "--json")
    assert verified.status == 0 and '"outcome":"valid"' in verified.output, verified.all

    # The same document under another act: told on standard error beside the statement, refused until it is named.
    second = tmp_path / "second.json"
    second.write_text(json.dumps(act(DOCUMENT), ensure_ascii=False))
    told = place.must("deed", "statement", "--notary", "NT001", second, "--out", statement)
    assert "document-registered" in told.error and number in told.error
    tamga.must("deed", "sign", statement, "--key", pki.key("NT001"), "--certificate", pki.certificate("NT001"), "--out", signature)
    filing = ("deed", "register", "--notary", "NT001", "--signature", signature, *trust, second)
    refused = place.command(*filing)
    assert refused.status == 1 and number in refused.error
    assert place.must(*filing, "--acknowledge", number).output.startswith("act NT001-")

    change = tmp_path / "change.json"
    amended = {name: value for name, value in {**content, "note": "Нэмэлт"}.items() if name != "salt"}
    for body, state in (({"change": "amended", "content": amended}, "amended"), ({"change": "revoked"}, "revoked")):
        change.write_text(json.dumps({"act": number, "reason": "Хүсэлтээр", "salt": secrets.token_hex(32), **body}, ensure_ascii=False))
        read = signed("change-statement", change)
        assert read.startswith("НОТАРИАТЫН ҮЙЛДЛИЙН ӨӨРЧЛӨЛТИЙН МЭДЭГДЭЛ 2\n") and f"Дугаар: {number}\n" in read
        acknowledged = () if state == "revoked" else ("--acknowledge", f"{number[:-1]}2")
        done = place.must("deed", "change", "--notary", "NT001", "--signature", signature, *trust, change, *acknowledged)
        assert number in done.output and state in done.output
        assert place.must("deed", "status", number).output.startswith(f"{number}: {state}\n")
    told = json.loads(place.must("deed", "status", number, "--json").output)
    assert [step["change"] for step in told["changes"]] == ["amended", "revoked"] and told["status"] == "revoked"
    assert place.command("deed", "status", number[:-1] + "9").status == 1
    assert place.must("audit").status == 0


def test_deed_kinds(cli):
    kinds = json.loads(cli.must("deed", "kinds", "--json").output)
    assert len(kinds) == 13
    listed = cli.must("deed", "kinds").output
    for kind in kinds:
        assert kind["type"] in listed
        shown = cli.must("deed", "kinds", kind["type"]).output
        assert all(f"details.{field['name']}" in shown for field in kind["fields"])
        assert all(f"role {role['role']}:" in shown for role in kind["roles"])
    assert cli.run("deed", "kinds", "marriage").status == 1


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
