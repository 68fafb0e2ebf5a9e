"""`tamga verify` and tamga_verify.py must agree on the exit code and on the reason, whatever they are given."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT, shared
from odd_cases import AMOUNTS, EXPECTATIONS, odd_evidence, odd_policies

import evidence_maker as maker
import tamga_verify as tamga

PROCESSES = 4
# Every byte is changed, of the page's example and of a receipt's evidence; a larger stride makes a quicker run of the latter.
RECEIPT_STRIDE = int(os.environ.get("TAMGA_VERDICT_STRIDE") or 1)
ORIGIN = "example.mn/ledger"


@dataclass(frozen=True)
class Case:
    label: str
    evidence: bytes
    key: bytes | None = None
    policy: bytes | None = None
    document: bytes | None = None
    expected: tuple = ()


@pytest.fixture(scope="session")
def binary() -> Path:
    named = os.environ.get("TAMGA_BINARY")
    places = [Path(named)] if named else [ROOT / ".build" / build / "tamga" for build in ("release", "debug")]
    for path in places:
        if path.is_file():
            return path.resolve()
    pytest.skip("no tamga binary: build it, or set TAMGA_BINARY")


@pytest.fixture(scope="session")
def judge(binary, tmp_path_factory):
    """A function that runs cases on both sides and gives a list of the differences."""
    folder = tmp_path_factory.mktemp("verdicts")

    def by_binary(number: int, case: Case) -> tuple[int, str]:
        names = {"evidence": case.evidence, "policy": case.policy, "document": case.document}
        paths = {}
        for name, data in names.items():
            if data is not None:
                paths[name] = folder / f"{number}.{name}"
                paths[name].write_bytes(data)
        command = [binary, "verify", paths["evidence"], "--json"]
        command += ["--policy", paths["policy"]] if case.policy is not None else ["--key", case.key]
        command += ["--document", paths["document"]] if case.document is not None else []
        for name, value in case.expected:
            command += ["--expect", name + b"=" + value]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=False
        )
        for path in paths.values():
            path.unlink()
        return done.returncode, reason_in(done.stdout) if done.returncode != 2 else ""

    def by_python(case: Case) -> tuple[int, str]:
        try:
            policy = tamga.Policy.of_key(case.key) if case.policy is None else tamga.Policy.parse(case.policy)
        except tamga.Malformed:
            return int(tamga.Verdict.USAGE), ""
        document = None if case.document is None else tamga.sha256(case.document)
        arguments = [(name + b"=" + value).partition(b"=") for name, value in case.expected]
        report = tamga.verify(case.evidence, policy, document, [(name, value) for name, _, value in arguments])
        return int(report.verdict), report.reason

    def differences(cases: list[Case]) -> list[str]:
        assert cases
        with ThreadPoolExecutor(PROCESSES) as pool:
            theirs = pool.map(by_binary, range(len(cases)), cases)
            found = [(case, by_python(case), its) for case, its in zip(cases, theirs, strict=True)]
        return [f"{case.label}: python {mine}, tamga {its}" for case, mine, its in found if mine != its]

    return differences


def reason_in(output: bytes) -> str:
    try:
        return json.loads(output)["reason"]
    except (ValueError, KeyError):
        return f"no JSON: {output[:80]!r}"


@dataclass(frozen=True)
class Filed:
    name: str
    request: dict
    evidence: bytes


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def get(url: str, tries: int = 200) -> bytes:
    """Asks again for ten seconds: the listener may not be up, the checkpoint not yet published."""
    for attempt in range(tries):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError):
            if attempt == tries - 1:
                raise
            time.sleep(0.05)
    raise AssertionError(url)


@pytest.fixture(scope="session")
def ledger(binary, tmp_path_factory):
    """The verifier key of a new ledger, and the evidence of every accepted sample receipt filed in it."""
    samples = shared("samples", "TAMGA_SAMPLES") / "receipts"
    if not samples.is_dir():
        pytest.skip("no samples: receipts (set TAMGA_SAMPLES)")
    folder = tmp_path_factory.mktemp("ledger")
    data, api, posapi = folder / "data", *free_ports(2)
    environment = os.environ | {"TAMGA_STATE_HOME": str(folder / "state")}

    def run(*arguments):
        subprocess.run([binary, *arguments], env=environment, check=True, capture_output=True, timeout=60)

    run("init", "--data", data, "--origin", ORIGIN)
    run("issuer", "add-merchant", "--data", data, "--from", ROOT / "seeds" / "merchants.json")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binary, "serve", "--data", data, "--listen", f"127.0.0.1:{api}", "--posapi", f"127.0.0.1:{posapi}",
             "--accept-clock"], env=environment, stdout=log, stderr=log,
        )
        try:
            get(f"http://127.0.0.1:{api}/healthz")
            filed = [file_sample(path, api, posapi) for path in sorted(samples.glob("*.json"))]
            key = (data / "verifier.key").read_bytes().strip()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
    return key, [one for one in filed if one is not None]


def file_sample(path: Path, api: int, posapi: int) -> Filed | None:
    sample = json.loads(path.read_text("utf-8"))
    if not sample["_expect"].startswith("accept") or not sample["_op"].startswith("POST"):
        return None
    body = json.dumps(sample["request"], ensure_ascii=False).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{posapi}/rest/receipt", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        link = answer.headers["Tamga-Evidence"]
    assert link, f"{path.name}: no header Tamga-Evidence"
    return Filed(path.stem, sample["request"], get(f"http://127.0.0.1:{api}{link}"))


def shown(evidence: bytes) -> list[tuple[bytes, bytes]]:
    content = tamga.Content.parse(tamga.Evidence.parse(evidence).body)
    return [(f.name, f.value) for f in content.fields if f.value is not None]


def assert_none(differences: list[str]) -> None:
    assert not differences, f"{len(differences)} differ:\n" + "\n".join(differences[:40])


def test_samples_match_and_wrong_keys_do_not(judge, ledger):
    key, filed = ledger
    assert len(filed) >= 10
    policy = tamga.Policy.of_key(key)
    same_name = maker.Signer(ORIGIN.encode(), 7)
    cases = []
    for one in filed:
        assert tamga.verify(one.evidence, policy).verdict is tamga.Verdict.MATCHES, one.name
        cases += [
            Case(one.name, one.evidence, key),
            Case(f"{one.name}, other key", one.evidence, maker.LOG.vkey),
            Case(f"{one.name}, other key of the name", one.evidence, same_name.vkey),
            Case(f"{one.name}, document", one.evidence, key, document=b"x"),
            Case(f"{one.name}, witness needed", one.evidence, policy=(
                b"log %s\nwitness w %s\nquorum w\n" % (key, maker.WITNESS.vkey))),
        ]
    assert_none(judge(cases))


def test_expected_values(judge, ledger):
    key, filed = ledger
    cases = []
    for one in filed:
        total = str(one.request["totalAmount"]).encode()
        for label, value in (("right", total), ("wrong", total + b"1"), ("no amount", b"x"), ("empty", b"")):
            cases.append(Case(f"{one.name}, total {label}", one.evidence, key, expected=((b"total", value),)))
        assert tamga.verify(one.evidence, tamga.Policy.of_key(key), None, [(b"total", total)]).verdict == 0, one.name
        cases.append(Case(f"{one.name}, hidden", one.evidence, key, expected=((b"chain", b"x"),)))
        cases.append(Case(f"{one.name}, no such field", one.evidence, key, expected=((b"nothing", b"x"),)))
    for name, value in shown(filed[0].evidence):
        for label, expected in (("as it is", value), ("upper", value.upper()), ("longer", value + b"0")):
            label = f"{name.decode()} {label}"
            cases.append(Case(label, filed[0].evidence, key, expected=((name, expected),)))
    assert_none(judge(cases))


def changed(label: str, evidence: bytes, stride: int, masks: tuple, **trust) -> list[Case]:
    cases = []
    for offset in range(0, len(evidence), stride):
        for mask in masks:
            byte = bytes([evidence[offset] ^ mask])
            data = evidence[:offset] + byte + evidence[offset + 1:]
            cases.append(Case(f"{label}: byte {offset} ^ {mask}", data, **trust))
    for offset in range(0, len(evidence), 8 * stride + 5):
        cases.append(Case(f"{label}: without byte {offset}", evidence[:offset] + evidence[offset + 1:], **trust))
        cases.append(Case(f"{label}: cut at {offset}", evidence[:offset], **trust))
    return cases


def test_every_changed_byte_of_cosigned_evidence(judge, page):
    evidence = page["evidence-file-example"]
    log, witness = page["evidence-keys-example"].split()
    policy = b"log %s\nwitness w %s\nquorum w\n" % (log, witness)
    cases = changed("page", evidence, 1, (0x01, 0x20), policy=policy)
    start = evidence.index("— witness".encode())
    lone = changed("line", evidence[start:], 1, (0x01, 0x80), key=log)
    cases += [Case(case.label, evidence[:start] + case.evidence, key=log) for case in lone]
    assert_none(judge(cases))


def test_changed_bytes_of_a_receipt(judge, ledger):
    key, filed = ledger
    evidence = min((one.evidence for one in filed), key=len)
    assert_none(judge(changed("receipt", evidence, RECEIPT_STRIDE, (0x01, 0x20), key=key)))


def test_odd_evidence(judge):
    cases = []
    for label, odd in odd_evidence().items():
        evidence = odd if isinstance(odd, bytes) else odd.file()
        cases.append(Case(label, evidence, policy=maker.POLICY))
        cases.append(Case(f"{label}, key only", evidence, key=maker.LOG.vkey))
    assert_none(judge(cases))


def test_odd_expectations(judge):
    cases = [
        Case(f"{odd.kind} {odd.fields} {odd.hidden} {expected} {document}", odd.file(), maker.LOG.vkey, None, document,
             expected)
        for odd, document, expected in EXPECTATIONS
    ]
    receipt = maker.Odd(kind=2, fields=((b"total", b"560000"),)).file()
    for text in AMOUNTS:
        cases.append(Case(f"amount {text!r}", receipt, maker.LOG.vkey, expected=((b"total", text.encode()),)))
    assert_none(judge(cases))


def test_odd_policies(judge):
    evidence = maker.Odd().file()
    cases = [
        Case(label, data or evidence, policy=policy) for label, (policy, data) in odd_policies().items()
    ]
    assert_none(judge(cases))
