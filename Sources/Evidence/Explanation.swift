public import Catalogue
import LedgerMerkle

/// A verification in words: the verdict in one sentence, then who, when and what, then the ladder.
///
/// No sentence claims more than was proved, and each time is given with whose clock it is.
public struct Explanation: Sendable {
    private let verification: Verification
    private let language: Language

    public init(_ verification: Verification, in language: Language) {
        self.verification = verification
        self.language = language
    }

    /// The verdict with its sign, in one sentence.
    public var verdict: String {
        "\(verification.verdict.sign) \(ExplanationText.verdict(verification.verdict).in(language))"
    }

    /// Why, and what to do; empty when all checks passed.
    public var reason: [String] {
        guard let failure = verification.failure else { return [] }
        return [failure.message(language), failure.remedy(language)].filter { !$0.isEmpty }
    }

    /// What is proved of the record: which, when, by whose clock, whose signatures. Empty when nothing is proved.
    public var facts: [String] {
        guard let evidence = verification.evidence else { return [] }
        let place = ExplanationText.place.filled(
            [
                "kind": ExplanationText.kind(evidence.kind).in(language) + actionNote(evidence),
                "index": String(evidence.index),
                "origin": Display.escaped(evidence.origin),
            ], in: language)
        let recorded = ExplanationText.recorded.filled(
            ["time": UlaanbaatarTime(unixMilliseconds: evidence.recorded).text(language)], in: language)
        return [place, recorded] + witnesses(evidence) + issuerSignatures + fromPaper(evidence)
    }

    /// What a later entry does to an earlier one belongs into the title: a return is not a receipt.
    private func actionNote(_ evidence: VerifiedEvidence) -> String {
        guard let action = evidence.disclosure["action"]?.value,
            let wording = ExplanationText.action(String(decoding: action, as: UTF8.self))
        else { return "" }
        return " (\(wording.in(language)))"
    }

    /// What was typed from paper must not be taken for an act that somebody signed.
    private func fromPaper(_ evidence: VerifiedEvidence) -> [String] {
        guard evidence.kind == .deedAct,
            let action = evidence.disclosure["action"]?.value,
            action.elementsEqual(ExplanationText.fromPaper.utf8)
        else { return [] }
        return [ExplanationText.typedFromPaper.in(language)]
    }

    private func witnesses(_ evidence: VerifiedEvidence) -> [String] {
        guard !evidence.witnessed.isEmpty else { return [ExplanationText.noWitness.in(language)] }
        return evidence.witnessed.map { witness in
            ExplanationText.witnessed.filled(
                [
                    "time": UlaanbaatarTime(unixSeconds: witness.unixSeconds).text(language),
                    "witness": Display.escaped(witness.witness),
                ], in: language)
        }
    }

    private var issuerSignatures: [String] {
        guard !verification.issuerSignatures.isEmpty else { return [ExplanationText.noIssuerSignature.in(language)] }
        return verification.issuerSignatures.map { signature in
            let outcome = ExplanationText.issuerSignature(signature.outcome).in(language)
            var line = "\(ExplanationText.label(of: signature.kind).in(language)): \(outcome)"
            if let signer = signature.signer { line += ", \(Display.escaped(signer))" }
            if let signed = signature.signed {
                let time = UlaanbaatarTime(unixMilliseconds: signed).text(language)
                line += ", " + ExplanationText.signed.filled(["time": time], in: language)
            }
            if signature.coverage == .documentOnly { line += "; " + ExplanationText.documentOnly.in(language) }
            let detail = signature.detail.in(language)
            return detail.isEmpty ? line : "\(line) (\(Display.escaped(detail)))"
        }
    }

    /// The fields of the record with their labels; hidden ones are named as hidden. Empty when nothing is proved.
    public var fields: [String] {
        verification.fields.map { field in
            let label = field.description?.label.in(language) ?? Display.escaped(field.name)
            if let lines = field.value.flatMap({ Display.lines($0, as: field.description?.type) }) {
                return ([label + ":"] + lines.map { "    \($0)" }).joined(separator: "\n")
            }
            let value =
                field.value.map { Display.text($0, as: field.description?.type, in: language) }
                ?? ExplanationText.hidden.in(language)
            return "\(label): \(value)"
        }
    }

    /// How it is known: one line for each rung, from the document to the witnesses.
    public var ladder: [String] {
        verification.steps.map { step in
            let rung = ExplanationText.rung(step.rung).in(language)
            let text = ExplanationText.step(step).filled(step.details, in: language)
            return "\(step.outcome.sign) \(rung): \(text)"
        }
    }

    /// What no evidence can show offline. Empty when nothing is proved.
    public var limits: [String] {
        guard let evidence = verification.evidence else { return [] }
        return evidence.witnessed.isEmpty
            ? [ExplanationText.laterStatus.in(language), ExplanationText.otherCopies.in(language)]
            : [ExplanationText.laterStatus.in(language)]
    }

    /// The whole as lines for a terminal.
    public func text(withLadder: Bool) -> String {
        var lines = [verdict] + reason.map { "  \($0)" }
        lines += section(nil, facts)
        lines += section(ExplanationText.fieldsHeading, fields)
        if withLadder { lines += section(ExplanationText.ladderHeading, ladder) }
        lines += section(nil, limits)
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ heading: Wording?, _ lines: [String]) -> [String] {
        guard !lines.isEmpty else { return [] }
        guard let heading else { return [""] + lines }
        return ["", heading.in(language)] + lines.map { "  \($0)" }
    }
}

extension Verdict {
    /// A sign that does not rely on colour.
    fileprivate var sign: String {
        switch self {
        case .matches: "✓"
        case .documentChanged, .evidenceDamaged, .notInLedger: "✗"
        case .cannotTellNow: "?"
        }
    }
}

extension Step.Outcome {
    fileprivate var sign: String {
        switch self {
        case .passed: "✓"
        case .failed: "✗"
        case .undecided: "?"
        case .notChecked: "–"
        }
    }
}

extension Wording {
    /// The text without details.
    fileprivate func `in`(_ language: Language) -> String { filled([:], in: language) }
}
