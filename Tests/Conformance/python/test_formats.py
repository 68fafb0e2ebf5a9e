"""Every example of Ledger/FORMATS.md, and the ends that the page promises for changed evidence."""

import hashlib
import hmac
import json
import re

import pytest
from conftest import ROOT
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import tamga_verify as tamga
from tamga_verify import Verdict

SECRET = bytes(range(32))
RECORDED = 1764028800000
RECORD = {b"act": b"2025-00017", b"document": hashlib.sha256(b"abc").hexdigest().encode(), b"party": "Бат".encode()}


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def disclosed(name: bytes, value: bytes) -> tamga.Disclosed:
    return tamga.Disclosed(name, tamga.field_hash(hmac_sha256(SECRET, name), value), value)


@pytest.fixture(scope="session")
def keys(page):
    return page["evidence-keys-example"].splitlines()


@pytest.fixture(scope="session")
def policy(keys):
    log, witness = keys
    return tamga.Policy.parse(b"log %s\nwitness w %s\nquorum w\n" % (log, witness))


@pytest.fixture(scope="session")
def evidence(page):
    return page["evidence-file-example"]


def test_record_and_commitment(page):
    assert hmac_sha256(SECRET, b"party") == page["salt-example"]
    assert disclosed(b"party", RECORD[b"party"]).hash == page["field-hash-example"]
    assert tamga.commitment(1, [disclosed(*item) for item in RECORD.items()]) == page["commitment-example"]


def test_entry_and_leaf_hash(page):
    entry = tamga.entry_bytes(1, RECORDED, page["commitment-example"])
    assert entry == page["entry-example"] and len(entry) == 42
    assert tamga.leaf_hash(entry) == page["leaf-hash-example"]


def test_disclosure_gives_the_commitment_whatever_it_hides(page):
    reader = tamga.Reader(page["disclosure-example"])
    fields = tamga.read_disclosure(reader)
    assert reader.offset == len(page["disclosure-example"])
    assert {f.name: f.value for f in fields} == RECORD | {b"party": None}
    assert tamga.commitment(1, fields) == page["commitment-example"]


def test_evidence_extra(page):
    extra = page["evidence-extra-example"]
    content = tamga.Content.parse(extra[:-32])
    assert (content.kind, content.recorded, content.attached) == (1, RECORDED, [])
    assert content.leaf() == page["leaf-hash-example"]
    assert tamga.ProofFile.parse(page["evidence-file-example"]).extra == extra


def test_evidence_file_is_made_of_what_the_page_says(page, evidence, keys):
    parsed = tamga.Evidence.parse(evidence)
    leaves = [
        tamga.leaf_hash(tamga.entry_bytes(2, RECORDED + shift, hashlib.sha256(text).digest()))
        for shift, text in ((-1000, b"first"), (1000, b"third"))
    ]
    middle = page["leaf-hash-example"]
    root = tamga.node_hash(tamga.node_hash(leaves[0], middle), leaves[1])
    assert parsed.checkpoint == tamga.Checkpoint(b"ledger.example/tamga", 3, root)
    assert (parsed.file.index, parsed.file.hashes) == (1, leaves)
    for byte, line in zip((1, 2), keys, strict=True):
        public = Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32).public_key().public_bytes_raw()
        assert tamga.VerifierKey.parse(line).public == public


def test_evidence_file_matches(evidence, policy, keys):
    digest = hashlib.sha256(b"abc").digest()
    report = tamga.verify(evidence, policy, digest, [(b"act", b"2025-00017"), (b"none", b"")])
    assert (report.verdict, report.reason) == (Verdict.MATCHES, "all-checks-passed")
    assert report.cosigned == {b"witness.example": 1764028860}
    assert tamga.verify(evidence, tamga.Policy.of_key(keys[0])).verdict is Verdict.MATCHES


@pytest.mark.parametrize(("document", "expected", "verdict", "reason"), [
    (b"abd", [], Verdict.DOCUMENT_CHANGED, "evidence-document-differs"),
    (None, [(b"act", b"2025-00018")], Verdict.DOCUMENT_CHANGED, "evidence-field-differs"),
    (None, [(b"other", b"x")], Verdict.DOCUMENT_CHANGED, "evidence-field-differs"),
    (None, [(b"party", "Бат".encode())], Verdict.CANNOT_TELL, "evidence-field-hidden"),
    (b"abc", [(b"party", b"x"), (b"act", b"x")], Verdict.DOCUMENT_CHANGED, "evidence-field-differs"),
    (b"abd", [(b"act", b"x")], Verdict.DOCUMENT_CHANGED, "evidence-document-differs"),
    (None, [(b"document", RECORD[b"document"].upper())], Verdict.MATCHES, "all-checks-passed"),
])
def test_comparisons(evidence, policy, document, expected, verdict, reason):
    digest = None if document is None else hashlib.sha256(document).digest()
    report = tamga.verify(evidence, policy, digest, expected)
    assert (report.verdict, report.reason) == (verdict, reason)


def test_every_changed_byte_ends_as_the_page_says(evidence, policy, keys):
    """In two policies: one whose quorum needs the witness, one that knows the log only."""
    alone = tamga.Policy.of_key(keys[0])
    start = evidence.index("— witness".encode())
    line = evidence[start:-1]
    name_start = start + len("— ".encode())
    blob_start = start + line.rindex(b" ") + 1
    for offset in range(len(evidence)):
        for mask in (0x01, 0x20, 0x80):
            changed = bytearray(evidence)
            changed[offset] ^= mask
            needed, ignored = (tamga.verify(bytes(changed), p).verdict for p in (policy, alone))
            if offset < start:
                assert needed is ignored is Verdict.EVIDENCE_DAMAGED, offset
                continue
            in_name = name_start <= offset < blob_start - 1
            in_key_id = blob_start <= offset < blob_start + 5
            if ignored is Verdict.EVIDENCE_DAMAGED:  # the line, or the file, broke its format
                assert needed is Verdict.EVIDENCE_DAMAGED, offset
                continue
            assert ignored is Verdict.MATCHES, offset
            if in_name or in_key_id:
                assert needed is Verdict.CANNOT_TELL, offset
            else:
                assert needed in (Verdict.EVIDENCE_DAMAGED, Verdict.CANNOT_TELL), offset
                assert needed is Verdict.EVIDENCE_DAMAGED or offset == blob_start + 5, offset


def test_cosignature_lines_come_and_go(evidence, policy, keys):
    lines = evidence.splitlines(keepends=True)
    bare, cosignature = b"".join(lines[:-1]), lines[-1]
    swapped = b"".join([*lines[:-2], cosignature, lines[-2]])
    assert tamga.verify(swapped, policy).verdict is Verdict.MATCHES
    assert tamga.verify(bare, policy).reason == "evidence-quorum-missing"
    assert tamga.verify(bare, tamga.Policy.of_key(keys[0])).verdict is Verdict.MATCHES
    assert tamga.verify(b"".join(lines[:-2]) + cosignature, policy).verdict is Verdict.EVIDENCE_DAMAGED


def test_unknown_key_is_not_in_ledger(evidence, keys):
    other = tamga.Policy.of_key(b"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert tamga.verify(evidence, other).reason == "evidence-log-unknown"
    with pytest.raises(tamga.Malformed, match="a log's key has type 1"):
        tamga.Policy.of_key(keys[1])


@pytest.mark.parametrize(("text", "mongo"), [
    ("5600", 560000), ("5,600₮", 560000), ("5 600.00", 560000), ("5600,5", 560050), ("  ₮ 5\u00a0600 ", 560000),
    ("-1,234,567.8 төгрөг", -123456780), ("MNT 0", 0), ("1,234,56", 123456), ("9999999999999999", 999999999999999900),
    ("5.600", None), ("5,6000", None), ("5,", None), (".5", None), ("1.234,50", None), ("1,234 567", None),
    ("12345678901234567", None), ("₮5₮", None), ("", None), ("-", None), ("- 5", None), ("+5", None), ("٥", None),
])
def test_amounts_as_people_write_them(text, mongo):
    assert tamga.parse_amount(text) == mongo


def test_stored_record(page):
    reader = tamga.Reader(page["stored-record-example"])
    assert (reader.number(1), reader.number(1), reader.take(32)) == (1, 1, SECRET)
    fields = [(reader.take(reader.number(1)), reader.take(reader.number(4))) for _ in range(reader.number(2))]
    attached = [(reader.number(1), reader.take(reader.number(4))) for _ in range(reader.number(1))]
    assert dict(fields) == RECORD and attached == [(1, bytes.fromhex("3003020101"))]
    assert reader.offset == len(reader.data)


def test_receipt_fields(page):
    fields = dict(line.split(" ", 1) for line in page["receipt-fields-example"].decode().splitlines())
    assert list(fields) == sorted(fields) and all(fields.values())
    for name in ("items", "payments", "cards", "other"):
        value = json.loads(fields[name])
        assert json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) == fields[name]
    for name in ("total", "vat", "citytax"):
        expected = f"{int(fields[name]) / 100:.2f}".encode()
        assert tamga.compare(2, [disclosed(name.encode(), fields[name].encode())], name.encode(), expected) is None
    number = fields["id"]
    assert len(number) == 33 and number[:12] == fields["merchant"].zfill(12) and number[12:15] == fields["branch"]
    assert re.fullmatch(r"[0-9]+\+08:00", fields["date"])
    day = int(fields["date"].split("+")[0]) // 1000 + 8 * 3600
    year, day_of_year = 2026, day // 86400 - 20453  # 2025-12-31 is day 20453 of Unix time
    assert int(number[15:20]) == (year - 2000) * 365 + day_of_year


def private(field: str, position: int, text: str) -> str:
    """One private line of an act statement, open, under the salt 00…1f."""
    own = hmac_sha256(SECRET, f"tamga act line v2\n{field} {position}".encode())[:16]
    return f"* {text} [{own.hex()}]"


def closed(lines: list[str]) -> bytes:
    """The form that is signed."""
    return "".join(
        f"* {hashlib.sha256(line.encode()).hexdigest()}\n" if line.startswith("* ") else f"{line}\n" for line in lines
    ).encode()


def joined(*parts: str) -> str:
    return " | ".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def person(party: dict) -> str:
    clan = [f"ургийн овог {party['surname']}"] if "surname" in party else []
    return joined(*clan, f"эцэг, эхийн нэр {party['lastName']}", f"нэр {party['firstName']}", f"РД {party['regnum']}")


def test_act_statement(page):
    deed = json.loads((ROOT / "seeds/samples/deeds/01-power-of-attorney.json").read_text("utf-8"))
    principal, representative = deed["parties"]
    document, details = deed["document"], deed["details"]
    assert (principal["role"], representative["role"]) == ("principal", "representative")
    assert list(details) == ["powers", "mayDelegate"] and details["mayDelegate"] is False
    facts = [
        *[f"Эрх хэмжээ: {power}" for power in details["powers"]], "Бусдад шилжүүлэн итгэмжлэх эрхтэй эсэх: үгүй",
    ]
    lines = [
        "НОТАРИАТЫН ҮЙЛДЛИЙН МЭДЭГДЭЛ 2", "Бүртгэл: example.mn/tamga", "Нотариатч: NT012",
        "Үйлдэл: Итгэмжлэл гэрчлэх (power-of-attorney)", f"Баримт: SHA-256 {document['sha256']}",
        f"Хүчинтэй хугацаа: {deed['validUntil']}",
        private("parties", 1, f"Итгэмжлэл олгогч: {person(principal)}"),
        private("parties", 2, f"Итгэмжлэгдсэн төлөөлөгч: {person(representative)}"),
        *[private("details", position, fact) for position, fact in enumerate(facts, 1)],
        private("property", 1, f"Эд хөрөнгийн дугаар: {deed['propertyNumber']}"),
        private("name", 1, f"Баримтын нэр: {document['name']}"),
        private("size", 1, f"Баримтын хэмжээ: {document['size']} байт"),
        private("place", 1, f"Газар: {deed['place']}"),
    ]
    assert "".join(f"{line}\n" for line in lines).encode() == page["act-statement-open-example"]
    assert closed(lines) == page["act-statement-closed-example"]


def test_act_change(page):
    lines = [
        "НОТАРИАТЫН ҮЙЛДЛИЙН ӨӨРЧЛӨЛТИЙН МЭДЭГДЭЛ 2", "Бүртгэл: example.mn/tamga", "Нотариатч: NT012",
        "Дугаар: NT012-2026-000017", "Өөрчлөлт: Хүчингүй болгох (revoked)",
        "Хүсэлт: Үйлдэл хийлгэсэн этгээд (principal)", f"Өмнөх бичилт: {hashlib.sha256(bytes(1)).hexdigest()}",
        private("reason", 1, "Шалтгаан: Итгэмжлэл олгогч хүсэлт гаргасан"),
        private("principal", 1, "Хүсэлт гаргагч: РД УБ85030412"),
    ]
    assert "".join(f"{line}\n" for line in lines).encode() == page["act-change-open-example"]
    assert closed(lines) == page["act-change-closed-example"]


def test_access_code(page):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(bytes.fromhex("123456789abcde"), "big") >> 6
    digits = [number >> shift & 31 for shift in range(45, -1, -5)] + [number % 1021 >> 5, number % 1021 & 31]
    code = "".join(alphabet[digit] for digit in digits)
    assert "-".join(re.findall("....", code)) + "\n" == page["access-code-example"].decode()


def test_ledger_id_stands_in_every_file(page):
    conf = page["ledger-conf-example"].decode().splitlines()
    origin, key = conf[1].removeprefix("origin "), conf[2].removeprefix("key ")
    assert tamga.VerifierKey.of_log(key.encode()).name == origin.encode()
    ledger = hashlib.sha256(f"{conf[0]}\n{origin}\n{key}\n".encode()).digest()
    assert ledger == page["ledger-id-example"]
    assert page["journal-header-example"][8:40] == page["signer-state-example"][64:96] == ledger


def test_journal_header_frame_and_signer_state_without_their_checksums(page):
    """XXH3 is not in the standard library: the checksums are left to the ledger's own tests."""
    header, frame, state = (page[f"{name}-example"] for name in ("journal-header", "journal-frame", "signer-state"))
    empty = hashlib.sha256().digest()
    assert header[:8] == b"TAMGAJ01" and header[40:80] == bytes(8) + empty and len(header) == 128
    assert int.from_bytes(header[80:88], "big") == 67108864 and not any(header[88:120])
    reader = tamga.Reader(frame)
    assert (reader.take(4), reader.number(4)) == (b"TGB1", 1)
    length = reader.number(4)
    assert (reader.number(4), reader.number(8), reader.number(8)) == (0, RECORDED, 0)
    assert (reader.take(32), reader.number(8)) == (empty, 0)
    start = reader.offset + 8
    reader.take(8)
    entry = reader.take(reader.number(2))
    keys = [reader.take(17) for _ in range(reader.number(1))]
    payload = reader.take(reader.number(4))
    assert (entry, payload, [key[0] for key in keys]) == (page["entry-example"], b"payload", [1])
    assert reader.offset - start == length and len(frame) == (reader.offset + 7) // 8 * 8 + 8
    assert state[:8] == b"TAMGASIG" and [int.from_bytes(state[n:n + 8], "big") for n in (8, 16, 24)] == [2, 1, RECORDED]
    assert state[32:64] == page["leaf-hash-example"]


def test_command_gives_the_exit_code(evidence, keys, tmp_path, capsys):
    file, document, rules = tmp_path / "a.tlog-proof", tmp_path / "a.txt", tmp_path / "policy"
    file.write_bytes(evidence)
    document.write_bytes(b"abc")
    rules.write_bytes(b"log %s\nwitness w %s\nquorum w\n" % tuple(keys))
    log = keys[0].decode()
    trust = ["--policy", str(rules), "--document", str(document)]
    assert tamga.main([str(file), *trust, "--expect", "act=2025-00017"]) == 0
    capsys.readouterr()
    assert tamga.main([str(file), "--key", log, "--expect", "act=x", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "evidence-field-differs"
    for arguments in ([str(file)], [str(file), "--key", "x"], [str(file), "--key", log, "--expect", "act"],
                      [str(file), "--key", log, "--policy", str(rules)], [str(tmp_path / "none"), "--key", log]):
        assert tamga.main(arguments) == 2
    file.write_bytes(evidence + b"\n")
    assert tamga.main([str(file), "--key", log]) == 3
    file.write_bytes(evidence)
    stranger = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert tamga.main([str(file), "--key", stranger]) == 4
    assert tamga.main([str(file), "--key", log, "--expect", "party=x"]) == 5
