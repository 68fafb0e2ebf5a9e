"""Nothing about anybody lies in the clear in the data folder or in the logs."""

import contextlib
import json
import re
import sqlite3
from pathlib import Path

import tamga
from signing import Office, act
from traces import files, hit

DOCUMENT = "Хувийн баримт: Доржийн Болдбаатар\n".encode()
CONSUMER = "10038071"


def secrets_of(value, found: set) -> set:
    """Every text of a request that says something about somebody."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("type", "taxType", "barCodeType", "code", "status", "role", "measureUnit", "districtCode", "branchNo", "posNo",
                        "salt", "sha256"):
                continue
            secrets_of(inner, found)
    elif isinstance(value, list):
        for inner in value:
            secrets_of(inner, found)
    elif isinstance(value, str) and len(value.encode()) >= 6:
        found.add(value)
    return found


def test_data_folder_logs_and_dumps_name_nobody(new_ledger, pki, tmp_path):
    ledger = new_ledger().enrol_merchants().serve("--trust", pki.trust)
    words: set[str] = set()
    links = []

    for path in sorted((tamga.SEEDS / "samples" / "receipts").glob("*.json")):
        words |= secrets_of(json.loads(path.read_text()), set())
        answer = ledger.pos("POST", "/rest/receipt", path.read_bytes(), {"Content-Type": "application/json"})
        assert answer.status == 200, answer
        links.append(answer)
    lottery = {"lottery": "SN 47461258", "qrData": "12345678901234567890123456789012345678901234567890",
               "data": {"QRDATE": "98765432109876543210987654321098765432109876543210", "inner": [{"LotTery": "ЖЖ 11223344"}]}}
    body = tamga.receipt(suffix="private", name="Нууцын бараа", consumerNo=CONSUMER, **lottery)
    answer = ledger.file(body)
    links.append(answer)
    never = secrets_of(lottery, set())
    words |= never | {CONSUMER, "Нууцын бараа", answer.json()["id"], answer.json()["qrData"]}

    wrong = tamga.receipt(suffix="wrong", name="Буруу бараа", consumerNo="10038099")
    wrong["payments"][0]["paidAmount"] = 7
    assert ledger.pos("POST", "/rest/receipt", wrong).status == 400
    words |= {"Буруу бараа", "10038099"}

    words.add(ledger.token("merchant", "110718991986"))
    office = Office.enrol(ledger, pki, "NT001")
    draft = act(DOCUMENT)
    words |= secrets_of(draft, set())
    deed = office.registered(draft)
    words |= {deed.json()["accessCode"], deed.json()["accessCode"].replace("-", ""), deed.json()["act"]}
    assert office.revoke(deed.json()["act"], reason="Нууц шалтгаан").status in (200, 201)
    words |= {"Нууц шалтгаан", office.token, "Нотариатч NT001"}
    bad = {**draft, "parties": [{"role": "principal", "lastName": "Буруугийн", "firstName": "Ганболд", "regnum": "УБ85139912"}]}
    assert ledger.post("/v1/deeds/statement", bad, office.token).status >= 400
    words |= {"Буруугийн", "Ганболд", "УБ85139912"}
    ledger.post("/v1/deeds/status", {"act": deed.json()["act"], "code": deed.json()["accessCode"]})
    assert ledger.get(deed.headers["tamga-evidence"]).status == 200
    words |= {merchant["name"] for merchant in json.loads((tamga.SEEDS / "merchants.json").read_text())}
    words |= {merchant["tin"] for merchant in json.loads((tamga.SEEDS / "merchants.json").read_text())}
    words |= {link.headers["tamga-evidence"].rsplit("/", 1)[1] for link in [*links, deed]}

    for link in [*links, deed]:
        evidence = ledger.get(link.headers["tamga-evidence"])
        assert evidence.status == 200
        assert not [word for word in never if word.encode() in evidence.body]
    searched = {path: path.read_bytes() for path in files(ledger)}
    # Packed, indexed and with parity it says as little.
    ledger.published(ledger.size)
    assert ledger.compact("--seal-tail")["records_held"] > 10
    # A core dump would hold keys, and what was on its way: none is ever written.
    limits = Path(f"/proc/{ledger.process.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.M), limits
    backup = tmp_path / "backup"
    ledger.must("backup", "--to", backup / "ledger", "--keys-to", backup / "keys")
    assert ledger.stop() == 0
    searched |= {path: path.read_bytes() for path in backup.rglob("*") if path.is_file()}
    for name in ("state.sqlite", "registry.sqlite", "acts.sqlite"):
        with contextlib.closing(sqlite3.connect(ledger.data / name)) as database:
            searched[Path(f"{name}.dump")] = "\n".join(database.iterdump()).encode()
    searched |= {path: path.read_bytes() for path in files(ledger)}
    assert any("journal" in str(path) for path in searched) and any(path in searched for path in ledger.logs)
    for suffix in (".entries", ".records", ".parity", ".manifest", ".run"):
        assert any(path.suffix == suffix for path in searched), suffix

    found = [(word, path.name) for path, content in searched.items() for word in words if hit(word, content)]
    assert not found, found


def test_disclosures_never_hold_lottery_or_qr(shop, tmp_path):
    body = tamga.receipt(suffix="lottery", lottery="SN 47461258", qrData="1" * 190)
    filed = shop.file(body)
    out = tmp_path / "proved.tlog-proof"
    shop.must("prove", "--index", filed.index, "--out", out)
    told = shop.verify(out, "--json").output + shop.tamga.run("inspect", out).all
    assert "47461258" not in told and "1" * 190 not in told


def test_journal_keeps_no_trace_of_the_capability(shop):
    filed = shop.file(tamga.receipt(suffix="capability"))
    capability = filed.headers["tamga-evidence"].rsplit("/", 1)[1]
    raw = bytes.fromhex(capability)
    assert shop.stop() == 0
    for path in shop.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert raw not in content and capability.encode() not in content, path


def test_secrets_are_closed_to_others_even_in_an_open_folder(new_ledger, tmp_path):
    (tmp_path / "data").mkdir(mode=0o755)
    shop = new_ledger().enrol_merchants().serve()
    shop.token("merchant", tamga.MERCHANT)
    closed = [*(shop.data / "keys").iterdir(), shop.data / "admin.sock", *shop.data.glob("state.sqlite*")]
    assert len(closed) >= 5
    # The folder alone may keep others out, if it does.
    if shop.data.stat().st_mode & 0o077:
        assert not [path.name for path in closed if path.stat().st_mode & 0o077]
