import CanonicalJSON
public import LedgerMerkle

/// One look-up of a person's act: who looked, when, and what was answered (FORMATS.md, "Access log").
public struct AccessLine: Hashable, Sendable {
    /// In what right somebody looked.
    public enum Role: String, Sendable, CaseIterable {
        case notary, auditor, `operator`
        /// Somebody who has the act's access code.
        case code
        /// Somebody who has the act's link.
        case link
    }

    /// Who looked.
    public struct Who: Hashable, Sendable {
        public let role: Role
        /// The notary's code or the person's name; `nil` where the role is all that is known.
        public let subject: String?

        public init(_ role: Role, _ subject: String? = nil) {
            self.role = role
            self.subject = subject.map { AccessLine.cut($0, to: AccessLine.subjectLimit) }
        }
    }

    /// What was answered.
    public enum Purpose: String, Sendable, CaseIterable {
        case status, record, evidence, book, document
        case statementSearch = "statement-search"
        /// Who looked: lines of this log.
        case accessLog = "access-log"
    }

    /// The most bytes of a subject, a detail and an act number. Longer texts are cut: a look-up is never without its line.
    static let subjectLimit = 400
    static let detailLimit = 1_000
    static let actLimit = 100

    /// Unix ms. In the log never before that of the line before it.
    public internal(set) var time: UInt64
    /// The act number; "" when no single act was looked for.
    public let act: String
    public let reader: Who
    public let purpose: Purpose
    public let detail: String?
    /// What the caller's clock said, Unix ms, where the log's time is more than five seconds off it.
    public internal(set) var clock: UInt64?

    /// - Parameters:
    ///   - time: when it happened by the caller's clock, Unix ms, below 2^53.
    ///   - detail: what else belongs to it, such as what was searched for.
    public init(time: UInt64, act: String, reader: Who, purpose: Purpose, detail: String? = nil) {
        self.time = min(time, 1 << 53)
        self.act = AccessLine.cut(act, to: AccessLine.actLimit)
        self.reader = reader
        self.purpose = purpose
        self.detail = detail.map { AccessLine.cut($0, to: AccessLine.detailLimit) }
        clock = nil
    }

    /// The text, cut between two characters where it is longer than `limit` bytes of UTF-8.
    private static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var cut = ""
        for character in text {
            guard cut.utf8.count + character.utf8.count + 3 <= limit else { break }
            cut.append(character)
        }
        return cut + "…"
    }
}

// MARK: As JSON

extension AccessLine {
    /// Canonical JSON: what is hashed and stored.
    public var canonicalBytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(256)
        func text(_ name: String, _ value: String) {
            out += name.utf8
            JSONValue.append(value, to: &out)
        }
        text("{\"act\":", act)
        if let clock { out += ",\"clock\":\(clock)".utf8 }
        if let detail { text(",\"detail\":", detail) }
        text(",\"purpose\":", purpose.rawValue)
        text(",\"reader\":{\"role\":", reader.role.rawValue)
        if let subject = reader.subject { text(",\"subject\":", subject) }
        out += "},\"time\":\(time)}".utf8
        return out
    }

    /// Reads what ``canonicalBytes`` gives; `nil` for anything else.
    public init?(canonical bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let act = value["act"]?.string,
            let purpose = value["purpose"]?.string.flatMap(Purpose.init(rawValue:)),
            let role = value["reader"]?["role"]?.string.flatMap(Role.init(rawValue:)),
            let time = value["time"]?.integer.flatMap({ UInt64(exactly: $0) })
        else { return nil }
        self.init(
            time: time, act: act, reader: Who(role, value["reader"]?["subject"]?.string), purpose: purpose,
            detail: value["detail"]?.string)
        clock = value["clock"]?.integer.flatMap { UInt64(exactly: $0) }
        // The one spelling, and nothing that is not known.
        guard canonicalBytes == bytes else { return nil }
    }
}

/// A line of the log as it is stored: with the salt that keeps its leaf hash from being guessed.
public struct LoggedAccess: Hashable, Sendable {
    static let saltByteCount = 16
    static let leafPrefix = Array("tamga access line v1\n".utf8)

    public let position: AccessLog.Position
    public let line: AccessLine
    /// 16 random bytes.
    public let salt: [UInt8]

    /// What the day's tree holds: SHA-256(0x00 ‖ "tamga access line v1\n" ‖ salt ‖ canonical JSON).
    public var leafHash: Digest { LoggedAccess.leafHash(salt: salt, canonical: line.canonicalBytes) }

    static func leafHash(salt: [UInt8], canonical: [UInt8]) -> Digest {
        TreeHash.leaf(leafPrefix + salt + canonical)
    }

    /// A line for auditors, with its newline: `{"line":…,"salt":"…"}`.
    public var exported: [UInt8] {
        Array("{\"line\":".utf8) + line.canonicalBytes + Array(",\"salt\":\"\(hexadecimal(salt))\"}\n".utf8)
    }
}
