/// Where scrubbing stands, what damage is known, and what waits to be filed (FORMATS.md, "Scrub state").
public struct ScrubState: Hashable, Sendable {
    /// The most damage that is remembered; what is found beyond is found again once some of it is healed.
    public static let knownLimit = 1024
    /// The most results that wait; beyond, the oldest is dropped.
    public static let waitingLimit = 64
    /// The most damage, and the most healed files, that one result names: all of them fit into the evidence of one record.
    public static let resultLimit = 24

    /// A round that is under way. Times are Unix ms.
    public struct Round: Hashable, Sendable {
        public var started: UInt64
        /// The round is complete when everything below is read.
        public var end: UInt64
        /// Everything below is read.
        public var next: UInt64 = 0
        public var segments: UInt64 = 0
        public var entries: UInt64 = 0
        public var byteCount: UInt64 = 0

        public init(started: UInt64, end: UInt64) {
            self.started = started
            self.end = end
        }
    }

    /// The newest round that is complete.
    public struct Summary: Hashable, Sendable {
        public let started: UInt64
        public let ended: UInt64
        public let segments: UInt64
        public let entries: UInt64
        public let byteCount: UInt64
        /// Damaged files known at its end.
        public let damaged: UInt64

        public init(
            started: UInt64, ended: UInt64, segments: UInt64, entries: UInt64, byteCount: UInt64, damaged: UInt64
        ) {
            self.started = started
            self.ended = ended
            self.segments = segments
            self.entries = entries
            self.byteCount = byteCount
            self.damaged = damaged
        }
    }

    /// A file that is not as it was written, and the first place where it is not.
    public struct Damage: Hashable, Sendable, CustomStringConvertible {
        /// When it was found first, Unix ms.
        public let found: UInt64
        /// The first entry of the segment with which it was read.
        public let segment: UInt64
        /// From the data folder on.
        public let file: String
        public let offset: UInt64
        /// The entry concerned, or the first of those; `nil` when it is no entry's.
        public let index: UInt64?
        public let reason: String

        /// - Parameters:
        ///   - file, reason: cut to 255 and 240 bytes; control characters become question marks.
        public init(found: UInt64, segment: UInt64, file: String, offset: UInt64, index: UInt64?, reason: String) {
            self.found = found
            self.segment = segment
            self.file = ScrubText.cut(file, to: ScrubText.fileLimit)
            self.offset = offset
            self.index = index
            self.reason = ScrubText.cut(reason, to: ScrubText.reasonLimit)
        }

        public var description: String {
            "\(file), byte \(offset)\(index.map { ", entry \($0)" } ?? ""): \(reason)"
        }

        /// Whether it is the same damage, met again.
        public func isSame(as other: Damage) -> Bool { file == other.file && offset == other.offset }
    }

    /// What is to be filed as a ledger event. Never changes once it waits.
    public struct Result: Hashable, Sendable {
        /// Whether a round is complete; else it is said at once because something was found, or is whole again.
        public let isRound: Bool
        public let started: UInt64
        public let ended: UInt64
        public let segments: UInt64
        public let entries: UInt64
        public let byteCount: UInt64
        /// Damaged files known when it ended.
        public let known: UInt64
        /// What was not stated before.
        public let damage: [Damage]
        /// Files stated as damaged before that are whole again.
        public let healed: [String]

        /// - Parameters:
        ///   - damage, healed: the first `resultLimit` of each are kept.
        public init(
            isRound: Bool, started: UInt64, ended: UInt64, segments: UInt64, entries: UInt64, byteCount: UInt64,
            known: UInt64, damage: [Damage], healed: [String]
        ) {
            self.isRound = isRound
            self.started = started
            self.ended = ended
            self.segments = segments
            self.entries = entries
            self.byteCount = byteCount
            self.known = known
            self.damage = Array(damage.prefix(ScrubState.resultLimit))
            self.healed = Array(healed.prefix(ScrubState.resultLimit))
        }
    }

    public var round: Round?
    public var last: Summary?
    public var known: [Damage] = []
    /// Oldest first.
    public var waiting: [Result] = []

    public init() {}
}

enum ScrubText {
    static let fileLimit = 255
    static let reasonLimit = 240

    /// The beginning of a text, without control characters.
    static func cut(_ text: String, to limit: Int) -> String {
        var cut = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            let shown = isControl ? "?" : scalar
            count += UTF8.width(shown)
            guard count <= limit else { break }
            cut.append(shown)
        }
        return String(cut)
    }
}
