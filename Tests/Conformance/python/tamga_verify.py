#!/usr/bin/env python3
"""Verifies a Tamga evidence file. Written from Ledger/FORMATS.md and the C2SP documents alone, so that it can disagree.

    tamga_verify.py EVIDENCE [--document FILE] [--expect NAME=VALUE]… [--with EVIDENCE] (--key VKEY | --policy FILE) [--json]

--with names the evidence of an act's fee receipt, or of the receipt's act: whether the two name each other.

Exit codes: 0 matches · 1 document changed · 2 wrong usage · 3 evidence damaged · 4 not in ledger · 5 cannot tell now.
It reads the files it is given and nothing else: no network, no clock, no settings. Issuers' signatures and time-stamp
tokens are carried beside the verdict and are not judged here.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

# Under one name, as tamga_access.py and the tests have them: what this file does not use itself is theirs.
from verifier.comparison import compare, parse_amount
from verifier.ed25519 import ed25519_verify, ed25519_verify_slowly, is_small_order
from verifier.encoding import Malformed, Reader, sha256
from verifier.evidence import (
    EVIDENCE_BYTES_MAX, EXTRA_BYTES_MAX, Content, Disclosed, Evidence, ProofFile, commitment, entry_bytes, field_hash, read_disclosure,
)
from verifier.fee import fee_digest, fee_of, link, pair_verdict
from verifier.merkle import consistency_holds, inclusion_holds, leaf_hash, node_hash
from verifier.notes import COSIGNATURE, PLAIN, Checkpoint, Note, SignatureLine, VerifierKey
from verifier.policy import Policy
from verifier.verdict import Verdict
from verifier.verification import Report, verify


def described(report: Report) -> dict[str, object]:
    answer: dict[str, object] = {
        "verdict": report.verdict.words.replace(" ", "-"), "exitCode": int(report.verdict), "reason": report.reason,
    }
    if report.evidence is not None and report.content is not None:
        answer |= {
            "origin": report.evidence.checkpoint.origin.decode(),
            "index": report.evidence.file.index,
            "size": report.evidence.checkpoint.size,
            "kind": report.content.kind,
            "recorded": {"clock": "operator", "milliseconds": report.content.recorded},
            "cosigned": [{"clock": name.decode(), "seconds": time} for name, time in report.cosigned.items()],
            "attached": [{"type": kind, "bytes": len(data)} for kind, data in report.content.attached],
            "fields": {
                f.name.decode(): None if f.value is None else f.value.decode("utf-8", "replace")
                for f in report.content.fields
            },
        }
    return answer


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tamga_verify.py", allow_abbrev=False, description="Verifies evidence.")
    parser.add_argument("evidence", type=Path)
    parser.add_argument("--document", type=Path, metavar="FILE")
    parser.add_argument("--expect", action="append", default=[], metavar="NAME=VALUE")
    trust = parser.add_mutually_exclusive_group(required=True)
    trust.add_argument("--key", metavar="VKEY")
    trust.add_argument("--policy", type=Path, metavar="FILE")
    parser.add_argument("--with", type=Path, metavar="EVIDENCE", dest="other")
    parser.add_argument("--json", action="store_true")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        expected = [text.encode("utf-8", "surrogateescape").partition(b"=") for text in options.expect]
        if any(not equals or not name for name, equals, _ in expected):
            raise Malformed("--expect: not NAME=VALUE")
        if options.policy is not None:
            policy = Policy.parse(options.policy.read_bytes())
        else:
            policy = Policy.of_key(options.key.encode("utf-8", "surrogateescape").strip(b" \t\r\n"))
        document = None if options.document is None else sha256(options.document.read_bytes())
        with options.evidence.open("rb") as file:
            data = file.read(EVIDENCE_BYTES_MAX + 1)
        other_data = None
        if options.other is not None:
            with options.other.open("rb") as file:
                other_data = file.read(EVIDENCE_BYTES_MAX + 1)
    except (Malformed, OSError) as problem:
        print(f"tamga_verify.py: {problem}", file=sys.stderr)
        return int(Verdict.USAGE)
    report = verify(data, policy, document, [(name, value) for name, _, value in expected])
    answer, verdict = described(report), report.verdict
    if other_data is not None:
        other = verify(other_data, policy)
        verdict = pair_verdict(report, other)
        answer |= {"with": described(other), "link": link(report, other), "exitCode": int(verdict)}
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print(f"{report.verdict.words}: {report.reason}")
        if other_data is not None:
            print(f"with: {other.verdict.words}: {other.reason}; {answer['link'] or 'not compared'}")
    return int(verdict)


if __name__ == "__main__":
    sys.exit(main())
