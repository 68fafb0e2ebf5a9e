"""The verdict on a file of evidence: the checks of FORMATS.md, "Verdicts", in their order."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.comparison import compare, compare_document
from verifier.encoding import Malformed
from verifier.evidence import EVIDENCE_BYTES_MAX, Content, Evidence
from verifier.merkle import inclusion_holds
from verifier.policy import Policy
from verifier.verdict import Verdict


@dataclass
class Report:
    verdict: Verdict
    reason: str
    evidence: Evidence | None = None
    content: Content | None = None
    cosigned: dict[bytes, int | None] = field(default_factory=dict)
    # The content, once it is proved to be in the ledger, whatever a comparison says.
    proved: Content | None = None


def verify(
    data: bytes, policy: Policy, document: bytes | None = None, expected: list[tuple[bytes, bytes]] | None = None
) -> Report:
    """The checks of FORMATS.md, "Verdicts", in their order; document is the SHA-256 of one, 32 bytes."""
    report = Report(Verdict.MATCHES, "all-checks-passed")

    def ends(verdict: Verdict, reason: str) -> Report:
        report.verdict, report.reason = verdict, reason
        return report

    if len(data) > EVIDENCE_BYTES_MAX:
        return ends(Verdict.EVIDENCE_DAMAGED, "evidence-too-large")
    try:
        evidence = report.evidence = Evidence.parse(data)
    except Malformed:
        return ends(Verdict.EVIDENCE_DAMAGED, "evidence-unreadable")
    if not evidence.checksum_holds():
        return ends(Verdict.EVIDENCE_DAMAGED, "evidence-checksum-wrong")
    content = None
    if evidence.body[0] == 1:
        try:
            content = report.content = Content.parse(evidence.body)
        except Malformed:
            return ends(Verdict.EVIDENCE_DAMAGED, "evidence-content-malformed")
    cosigners = set()
    for name, key in policy.witnesses.items():
        for line in filter(key.owns, evidence.note.lines):
            good, time = key.verify(evidence.note, line.signature)
            if not good:
                return ends(Verdict.EVIDENCE_DAMAGED, "evidence-cosignature-wrong")
            cosigners.add(name)
            known = report.cosigned.get(key.name)
            report.cosigned[key.name] = time if known is None or time is None else min(known, time)
    if content is None:
        return ends(Verdict.CANNOT_TELL, "evidence-version-unknown")
    if not 1 <= content.kind <= 10:
        return ends(Verdict.CANNOT_TELL, "evidence-kind-unknown")
    if not policy.is_met(cosigners):
        return ends(Verdict.CANNOT_TELL, "evidence-quorum-missing")
    is_logged = False
    for key in policy.logs:
        for line in filter(key.owns, evidence.note.lines):
            if not key.verify(evidence.note, line.signature)[0]:
                return ends(Verdict.NOT_IN_LEDGER, "evidence-log-signature-wrong")
            is_logged |= line.name == evidence.checkpoint.origin
    if not is_logged:
        return ends(Verdict.NOT_IN_LEDGER, "evidence-log-unknown")
    point = evidence.checkpoint
    if not inclusion_holds(evidence.file.index, point.size, content.leaf(), evidence.file.hashes, point.root):
        return ends(Verdict.NOT_IN_LEDGER, "evidence-inclusion-wrong")
    report.proved = content
    found = [] if document is None else [compare_document(content.fields, document)]
    found += [compare(content.kind, content.fields, name, value) for name, value in expected or []]
    for verdict in (Verdict.DOCUMENT_CHANGED, Verdict.CANNOT_TELL):
        for difference in found:
            if difference is not None and difference[0] is verdict:
                return ends(*difference)
    return report
