public import CanonicalJSON
public import Catalogue
import LedgerMerkle

extension Verification {
    /// The verification as JSON; the names of members are stable, new ones may come.
    ///
    /// Values are given raw; `display` is safe to print. Times are Unix numbers beside their Ulaanbaatar form.
    public func json(in language: Language) -> JSONValue {
        var object: JSONObject = [
            "verdict": .string(verdict.rawValue), "exitCode": JSONValue(Int(exitCode)),
            "reason": .string(reason.rawValue), "message": .string(failure?.message(language) ?? ""),
            "remedy": .string(failure?.remedy(language) ?? ""),
        ]
        object["steps"] = .array(
            steps.map { step in
                [
                    "rung": .string(step.rung.rawValue), "outcome": .string(step.outcome.rawValue),
                    "details": .object(texts(step.details)),
                ]
            })
        if let evidence {
            object["record"] = record(evidence)
            object["witnesses"] = .array(evidence.witnessed.map(witness))
            object["fields"] = .array(fields.map { field($0, language) })
            object["issuerSignatures"] = .array(issuerSignatures.map { signature($0, language) })
        }
        return .object(object)
    }

    private func texts(_ details: [String: String]) -> JSONObject {
        JSONObject(details.sorted { $0.key < $1.key }.map { JSONObject.Member(name: $0.key, value: .string($0.value)) })
    }

    private func text(_ text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }

    private func record(_ evidence: VerifiedEvidence) -> JSONValue {
        [
            "origin": .string(evidence.origin), "index": JSONValue(evidence.index), "size": JSONValue(evidence.size),
            "root": .string("\(evidence.root)"), "kind": .string(evidence.kind.name),
            "commitment": .string("\(evidence.entry.commitment)"),
            "leafHash": .string("\(evidence.entry.leafHash)"),
            "recorded": [
                "unixMilliseconds": JSONValue(evidence.recorded),
                "local": text(UlaanbaatarTime(unixMilliseconds: evidence.recorded).rfc3339), "clock": "operator",
            ],
        ]
    }

    private func witness(_ witness: WitnessedTime) -> JSONValue {
        [
            "name": .string(witness.witness), "unixSeconds": JSONValue(witness.unixSeconds),
            "local": text(UlaanbaatarTime(unixSeconds: witness.unixSeconds).rfc3339), "clock": "witness",
            "meaning": "not-later-than",
        ]
    }

    private func field(_ field: ShownField, _ language: Language) -> JSONValue {
        var object: JSONObject = ["name": .string(field.name), "shown": .bool(field.value != nil)]
        if let description = field.description {
            object["type"] = .string(description.type.rawValue)
            object["label"] = .string(description.label.filled([:], in: language))
        }
        if let value = field.value {
            if let text = String(validating: value, as: UTF8.self) {
                object["value"] = .string(text)
            } else {
                object["hex"] = .string(hexadecimal(value))
            }
            object["display"] = .string(Display.text(value, as: field.description?.type, in: language))
        }
        return .object(object)
    }

    private func signature(_ signature: IssuerSignature, _ language: Language) -> JSONValue {
        var object: JSONObject = [
            "type": JSONValue(Int(signature.kind.rawValue)), "outcome": .string(signature.outcome.rawValue),
            "coverage": text(signature.coverage?.rawValue), "signer": text(signature.signer),
            "signedUnixMilliseconds": signature.signed.map { JSONValue($0) } ?? .null, "clock": "signer",
            "detail": .string(signature.detail.filled([:], in: language)),
        ]
        if !signature.missing.isEmpty { object["missing"] = .array(signature.missing.map { .string($0) }) }
        return .object(object)
    }
}
