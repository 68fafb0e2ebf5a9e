import CanonicalJSON
import LedgerMerkle

/// How far kept files have been read (FORMATS.md, "Kept documents"): a small file of the data folder, `kept.state`.
///
/// It says nothing about acts: whoever sees the folder sees the names anyway.
public struct KeptFilesState: Hashable, Sendable {
    /// A round that is under way.
    public struct Round: Hashable, Sendable {
        /// Unix ms.
        public let started: UInt64
        /// The last file that was read; those up to it are done.
        public internal(set) var done = ""
        public internal(set) var tally = KeptFilesTally()
    }

    /// A round that was read to its end.
    public struct Summary: Hashable, Sendable {
        /// Unix ms.
        public let started: UInt64
        public let ended: UInt64
        public let tally: KeptFilesTally
        /// Damaged files known at its end.
        public let damaged: UInt64
    }

    public internal(set) var last: Summary?
    public internal(set) var round: Round?
    /// Files that are damaged and were not found whole since, and when each was found, Unix ms.
    var damaged: [String: UInt64] = [:]

    /// How many files are damaged, as far as is known.
    public var damagedCount: Int { damaged.count }

    /// The most damaged files that are known.
    static let damageLimit = 1024
    static let byteLimit = 1 << 20
    private static let header = "tamga kept files v1"

    init() {}

    /// Reads the file's bytes; `nil` for what is not one of the ledger's.
    init?(_ bytes: [UInt8], ledgerID: Digest) {
        guard let json = try? JSONValue(parsing: bytes), json["format"]?.string == KeptFilesState.header,
            json["ledger"]?.string == ledgerID.description
        else { return nil }
        func number(_ value: JSONValue?) -> UInt64? { value?.integer.flatMap(UInt64.init(exactly:)) }
        func tally(_ value: JSONValue) -> KeptFilesTally? {
            guard let documents = number(value["documents"]), let documentBytes = number(value["document_bytes"]),
                let left = number(value["documents_left"]), let validation = number(value["validation"]),
                let validationBytes = number(value["validation_bytes"])
            else { return nil }
            var tally = KeptFilesTally()
            (tally.documents, tally.documentBytes, tally.documentsLeft) = (documents, documentBytes, left)
            (tally.validation, tally.validationBytes) = (validation, validationBytes)
            return tally
        }
        if let value = json["last"] {
            guard let started = number(value["started"]), let ended = number(value["ended"]),
                let tally = tally(value), let damaged = number(value["damaged"])
            else { return nil }
            last = Summary(started: started, ended: ended, tally: tally, damaged: damaged)
        }
        if let value = json["round"] {
            guard let started = number(value["started"]), let done = value["done"]?.string, let tally = tally(value)
            else { return nil }
            round = Round(started: started, done: done, tally: tally)
        }
        for place in json["damage"]?.array ?? [] {
            guard let file = place["file"]?.string, let found = number(place["found"]) else { return nil }
            damaged[file] = found
        }
        guard damaged.count <= KeptFilesState.damageLimit else { return nil }
    }

    /// The bytes of the file.
    func encoded(ledgerID: Digest) -> [UInt8] {
        var object: JSONObject = [
            "format": .string(KeptFilesState.header), "ledger": .string(ledgerID.description),
            "damage": .array(
                damaged.sorted { $0.key < $1.key }.map { ["file": .string($0.key), "found": JSONValue($0.value)] }),
        ]
        object["last"] = last.map { last in
            var value = last.tally.json
            value["started"] = JSONValue(last.started)
            value["ended"] = JSONValue(last.ended)
            value["damaged"] = JSONValue(last.damaged)
            return .object(value)
        }
        object["round"] = round.map { round in
            var value = round.tally.json
            value["started"] = JSONValue(round.started)
            value["done"] = .string(round.done)
            return .object(value)
        }
        return JSONValue.object(object).canonicalBytes
    }
}

extension KeptFilesTally {
    var json: JSONObject {
        [
            "documents": JSONValue(documents), "document_bytes": JSONValue(documentBytes),
            "documents_left": JSONValue(documentsLeft), "validation": JSONValue(validation),
            "validation_bytes": JSONValue(validationBytes),
        ]
    }

    /// Takes in what was found of a file.
    mutating func take(_ finding: KeptFiles.Finding) {
        switch finding {
        case .document(let count):
            documents += 1
            documentBytes += UInt64(count)
        case .documentLeft: documentsLeft += 1
        case .validation(let count):
            validation += 1
            validationBytes += UInt64(count)
        case .passed, .damaged: break
        }
    }
}
