public import LedgerMerkle
public import LedgerTransparency

/// Checks evidence against what the reader trusts: no network, no storage, no clock.
///
/// The order of the checks is part of the format (Ledger/FORMATS.md, "Verdicts"): another verifier reaches the same verdict.
public struct Verifier: Sendable {
    private let policy: Policy
    private let schema: RecordSchema
    private let signatureChecker: (any IssuerSignatureChecker)?

    /// - Parameters:
    ///   - policy: the logs and witnesses that the reader trusts.
    ///   - schema: how to compare and show the fields of each kind.
    ///   - signatureChecker: who judges the issuers' signatures; without one they are reported as not checked.
    public init(
        policy: Policy, schema: RecordSchema = RecordSchema(), signatureChecker: (any IssuerSignatureChecker)? = nil
    ) {
        self.policy = policy
        self.schema = schema
        self.signatureChecker = signatureChecker
    }

    /// Checks a file.
    ///
    /// - Parameters:
    ///   - document: the SHA-256 of the document that the reader holds.
    ///   - expectations: values that the reader was told.
    public func verify(
        _ bytes: [UInt8], document: Digest? = nil, expecting expectations: [ExpectedValue] = []
    ) -> Verification {
        do {
            return verify(try UnverifiedEvidence(parsing: bytes), document: document, expecting: expectations)
        } catch {
            return Verification(finding: error, ladder: Ladder())
        }
    }

    /// Checks a file that was read already.
    public func verify(
        _ unverified: UnverifiedEvidence, document: Digest? = nil, expecting expectations: [ExpectedValue] = []
    ) -> Verification {
        var ladder = Ladder()
        do {
            let evidence = try prove(unverified, &ladder)
            let finding = compare(evidence.disclosure, document, expectations, &ladder)
            // Validation material is what a checker needs, and nothing that anybody signed.
            let signatures = evidence.signatures.filter { $0.kind != .validationMaterial }.map { signature in
                signatureChecker?.check(signature, on: evidence) ?? IssuerSignature.unchecked(signature)
            }
            return Verification(
                finding: finding ?? Finding(.allChecksPassed), ladder: ladder, evidence: evidence, schema: schema,
                issuerSignatures: signatures)
        } catch {
            return Verification(finding: error, ladder: ladder)
        }
    }

    // The rows of the verdict table between "evidence damaged" and "document changed", top to bottom.
    private func prove(_ unverified: UnverifiedEvidence, _ ladder: inout Ladder) throws(Finding) -> VerifiedEvidence {
        let witnessed = try witnessed(unverified)
        guard let content = unverified.content else {
            throw Finding(.versionUnknown, ["version": String(unverified.version)])
        }
        guard content.disclosure.kind.isKnown else {
            throw Finding(.kindUnknown, ["kind": String(content.disclosure.kind.rawValue)])
        }
        let count = String(witnessed.cosignatures.count)
        guard witnessed.quorumMet else {
            ladder.set(.witnesses, .undecided, ["count": count])
            throw Finding(.quorumMissing, ["count": count])
        }
        ladder.set(.witnesses, witnessed.cosignatures.isEmpty ? .notChecked : .passed, ["count": count])
        try checkLogSignature(unverified, &ladder)
        let proof = try checkInclusion(unverified, content, &ladder)
        return VerifiedEvidence(
            origin: unverified.checkpoint.origin, proof: proof, root: unverified.checkpoint.root, entry: content.entry,
            content: content,
            witnessed: witnessed.cosignatures.map {
                WitnessedTime(witness: $0.witness.key.name, unixSeconds: $0.unixSeconds)
            })
    }

    /// What the witnesses of the policy say. The log's own lines are judged later: their row stands below the quorum's.
    private func witnessed(_ unverified: UnverifiedEvidence) throws(Finding) -> PolicyResult {
        do {
            return try policy.evaluate(lines(of: unverified.note) { !isLogLine($0) })
        } catch {
            throw Finding(.cosignatureWrong, ["detail": Display.escaped(error.reason)])
        }
    }

    private func checkLogSignature(_ unverified: UnverifiedEvidence, _ ladder: inout Ladder) throws(Finding) {
        let details = ["origin": Display.escaped(unverified.checkpoint.origin)]
        ladder.set(.signature, .failed, details)
        let log: VerifierKey?
        do {
            log = try policy.evaluate(lines(of: unverified.note, where: isLogLine)).log
        } catch {
            throw Finding(.logSignatureWrong, details)
        }
        guard let log else { throw Finding(.logUnknown, details) }
        ladder.set(.signature, .passed, details.merging(["key": Display.escaped("\(log)")]) { old, _ in old })
    }

    /// Whether a line claims to be by a log of the policy.
    private func isLogLine(_ line: NoteSignature) -> Bool {
        policy.logs.contains { $0.keyID == line.keyID && $0.name.utf8.elementsEqual(line.name.utf8) }
    }

    private func lines(of note: SignedNote, where isWanted: (NoteSignature) -> Bool) -> SignedNote {
        SignedNote(text: note.text, signatures: note.signatures.filter(isWanted))
    }

    private func checkInclusion(
        _ unverified: UnverifiedEvidence, _ content: UnverifiedEvidence.Content, _ ladder: inout Ladder
    ) throws(Finding) -> InclusionProof {
        let entry = content.entry
        let leafHash = entry.leafHash
        let checkpoint = unverified.checkpoint
        let proof = InclusionProof(
            index: unverified.proof.index, size: checkpoint.size, hashes: unverified.proof.hashes)
        ladder.set(.commitment, .passed, ["commitment": "\(entry.commitment)"])
        ladder.set(.leaf, .passed, ["leaf": "\(leafHash)", "index": String(proof.index)])
        let details = ["root": "\(checkpoint.root)", "size": String(checkpoint.size), "index": String(proof.index)]
        do {
            try proof.verify(leafHash: leafHash, root: checkpoint.root)
        } catch {
            ladder.set(.root, .failed, details)
            throw Finding(.inclusionWrong, ["index": String(proof.index), "detail": error.reason])
        }
        ladder.set(.root, .passed, details)
        return proof
    }

    /// Compares with what the reader holds. A proven difference outweighs a comparison that cannot be made.
    private func compare(
        _ disclosure: Disclosure, _ document: Digest?, _ expectations: [ExpectedValue], _ ladder: inout Ladder
    ) -> Finding? {
        let documentFinding = document.flatMap { disclosure.mismatch(document: $0) }
        if let document {
            ladder.set(.document, documentFinding?.outcome ?? .passed, ["document": "\(document)"])
        }
        let findings = expectations.compactMap { expectation in
            expectation.mismatch(in: disclosure, type: schema[disclosure.kind, expectation.name]?.type)
        }
        let shown = disclosure.fields.count { $0.value != nil }
        let fieldFinding = Finding.gravest(of: findings)
        ladder.set(
            .field, fieldFinding?.outcome ?? .passed,
            [
                "shown": String(shown), "hidden": String(disclosure.fields.count - shown),
                "compared": String(expectations.count),
            ])
        return Finding.gravest(of: [documentFinding, fieldFinding].compactMap { $0 })
    }
}

extension Finding {
    fileprivate var outcome: Step.Outcome { reason.verdict == .documentChanged ? .failed : .undecided }

    fileprivate static func gravest(of findings: [Finding]) -> Finding? {
        findings.first { $0.reason.verdict == .documentChanged } ?? findings.first
    }
}

extension Disclosure {
    /// The field that binds a record to a document: its SHA-256 in 64 hexadecimal digits.
    public static let documentFieldName = "document"

    fileprivate func mismatch(document: Digest) -> Finding? {
        guard let field = self[Disclosure.documentFieldName] else { return Finding(.documentNotRecorded) }
        guard let recorded = field.value else {
            return Finding(.fieldHidden, ["name": Disclosure.documentFieldName])
        }
        let text = String(validating: recorded, as: UTF8.self)
        if let text, let digest = Digest(hexadecimal: text), digest == document { return nil }
        return Finding(.documentDiffers, ["recorded": Display.text(recorded), "given": "\(document)"])
    }
}

/// The steps as they are climbed; those not reached are not checked.
struct Ladder {
    private var steps: [Step.Rung: Step] = [:]

    mutating func set(_ rung: Step.Rung, _ outcome: Step.Outcome, _ details: [String: String]) {
        steps[rung] = Step(rung: rung, outcome: outcome, details: details)
    }

    var all: [Step] {
        Step.Rung.allCases.map { steps[$0] ?? Step(rung: $0, outcome: .notChecked, details: [:]) }
    }
}

extension Verification {
    fileprivate init(
        finding: Finding, ladder: Ladder, evidence: VerifiedEvidence? = nil, schema: RecordSchema = RecordSchema(),
        issuerSignatures: [IssuerSignature] = []
    ) {
        reason = finding.reason
        failure = finding.failure
        steps = ladder.all
        self.evidence = evidence
        fields = (evidence?.disclosure.fields ?? []).map { field in
            let description = evidence.flatMap { schema[$0.kind, field.name] }
            return ShownField(name: field.name, value: field.value, description: description)
        }
        self.issuerSignatures = issuerSignatures
    }
}
