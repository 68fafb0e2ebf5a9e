/// When what is filed is sealed, packed, merged and let go.
public struct CompactionPolicy: Sendable {
    /// Whether a thread of the ledger does the work by itself. Without it only `Ledger.compact` does.
    public var isAutomatic = true
    /// The bytes a second that background work may write while filing goes on, and as many again for each four segments beyond four that
    /// wait to be sealed: when entries come faster than that for long, they make room for it. 0 does not limit it.
    public var bytesPerSecond = 64 << 20
    /// How many runs of the hash index are merged into one.
    public var mergeFanIn = 8
    /// Years that the records of a retention class are kept, by class; a class that is not named is kept for ever.
    public var retentionYears: [UInt8: Int] = [:]
    /// Days after which what is sealed is read again and checked; 0 for never.
    public var scrubDays = 30
    /// The bytes a second that scrubbing may read; 0 does not limit it. A budget of its own: reading again takes nothing from sealing.
    public var scrubBytesPerSecond = 8 << 20

    public init() {}
}

/// One piece of background work. Each can be broken off anywhere and begun again.
public enum CompactionStep: Hashable, Sendable, CustomStringConvertible {
    /// Journal files whose entries are all sealed are removed.
    case releaseJournal([String])
    /// Entries become a segment.
    case seal(Range<UInt64>)
    /// A missing run of the hash index is made from its segment.
    case index(Range<UInt64>)
    /// Runs of the hash index become one.
    case merge([Range<UInt64>])
    /// Records of a segment are replaced by what stays of them.
    case erase(segment: Range<UInt64>, indices: Set<UInt64>)
    /// The records of a class in a segment are over their time.
    case expire(segment: UInt64, retention: UInt8)
    /// Records that were packed quickly are packed for good.
    case repack(segment: UInt64, retention: UInt8)
    /// A segment is read again, whole, and checked.
    case scrub(segment: UInt64)

    /// Whether an erasure may wait for this step.
    var isDueForErasure: Bool {
        switch self {
        case .releaseJournal, .seal, .index, .erase: true
        case .merge, .expire, .repack, .scrub: false
        }
    }

    /// The entries whose runs of the index the step reads; `nil` when it reads none.
    var indexRange: Range<UInt64>? {
        switch self {
        case .merge(let ranges):
            ranges.first.flatMap { first in ranges.last.map { first.lowerBound..<$0.upperBound } }
        case .erase(let segment, _): segment
        case .releaseJournal, .seal, .index, .expire, .repack, .scrub: nil
        }
    }

    public var description: String {
        switch self {
        case .releaseJournal(let names): "letting \(names.count) journal files go"
        case .seal(let range): "sealing the entries \(range.lowerBound) to \(range.upperBound - 1)"
        case .index(let range): "indexing the entries \(range.lowerBound) to \(range.upperBound - 1)"
        case .merge(let ranges): "merging \(ranges.count) runs of the index"
        case .erase(let segment, let indices): "erasing \(indices.count) records from entry \(segment.lowerBound) on"
        case .expire(let segment, let retention):
            "letting the records of class \(retention) from entry \(segment) on go"
        case .repack(let segment, _): "packing the records from entry \(segment) on"
        case .scrub(let segment): "reading again what is sealed from entry \(segment) on"
        }
    }
}

/// What background work there is, decided from a picture of the store: no I/O, no clock of its own.
struct CompactionPlan {
    /// What the store looks like.
    struct Picture {
        /// Entries up to which the signer's state is durable: nothing beyond is sealed.
        var published: UInt64
        var sealedEnd: UInt64
        var span: UInt64
        var segments: [SegmentSummary]
        /// Ranges below the sealed end that no run of the index covers.
        var unindexed: [Range<UInt64>]
        var mergeable: [Range<UInt64>]?
        /// Journal files that hold only sealed entries.
        var releasable: [String]
        /// Entries whose records are to be erased and are not yet.
        var erasures: Set<UInt64>
        /// The newest time that could be believed, Unix ms.
        var now: UInt64
        /// The tail is to be sealed, too.
        var sealsTail = false
        /// Where scrubbing stands; `nil` when none may be planned.
        var scrubbing: Scrubbing?
    }

    struct SegmentSummary {
        struct Records {
            var retention: UInt8
            var isThorough: Bool
            var held: Int
        }

        var range: Range<UInt64>
        var lastTime: UInt64
        var records: [Records]
    }

    let retentionYears: [UInt8: Int]
    var scrubDays = 0

    /// The next step; `nil` when nothing is due.
    ///
    /// What frees space or takes content away comes first; packing for good comes last, when nothing waits to be sealed, and reading again
    /// after all else.
    func next(_ picture: Picture) -> CompactionStep? {
        if !picture.releasable.isEmpty { return .releaseJournal(picture.releasable) }
        if let range = picture.unindexed.first { return .index(range) }
        if let step = erasure(picture) { return step }
        if let range = sealable(picture) { return .seal(range) }
        if let step = expiry(picture) { return step }
        if let ranges = picture.mergeable { return .merge(ranges) }
        for segment in picture.segments where segment.range.count == Int(picture.span) {
            if let records = segment.records.first(where: { !$0.isThorough }) {
                return .repack(segment: segment.range.lowerBound, retention: records.retention)
            }
        }
        return scrub(picture)
    }

    /// A complete span; or, when asked for or when something in it is to be erased, as much of one as there is.
    private func sealable(_ picture: Picture) -> Range<UInt64>? {
        let start = picture.sealedEnd / picture.span * picture.span
        let complete = start + picture.span
        if picture.published >= complete { return start..<complete }
        let isAsked =
            picture.sealsTail || picture.erasures.contains { $0 >= picture.sealedEnd && $0 < picture.published }
        return isAsked && picture.published > picture.sealedEnd ? start..<picture.published : nil
    }

    private func erasure(_ picture: Picture) -> CompactionStep? {
        for segment in picture.segments {
            let indices = picture.erasures.filter { segment.range.contains($0) }
            if !indices.isEmpty { return .erase(segment: segment.range, indices: indices) }
        }
        return nil
    }

    private func expiry(_ picture: Picture) -> CompactionStep? {
        // An incomplete segment is sealed again, longer, from what it holds: only a complete one can remember what it let go.
        for segment in picture.segments where segment.range.count == Int(picture.span) {
            for records in segment.records where records.held > 0 {
                guard let years = retentionYears[records.retention] else { continue }
                // A year of 366 days: never too early.
                let kept = UInt64(max(years, 0)) * 366 * 86_400_000
                if segment.lastTime.adding(kept) < picture.now {
                    return .expire(segment: segment.range.lowerBound, retention: records.retention)
                }
            }
        }
        return nil
    }
}
