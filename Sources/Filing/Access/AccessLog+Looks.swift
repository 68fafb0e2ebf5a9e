import LedgerEngine
import LedgerStorage
import Synchronization

/// What the log tells of one act, as far as it was asked.
public struct AccessLooks: Sendable {
    /// Newest first.
    public var lines: [LoggedAccess] = []
    /// Days that may hold more, and cannot be read; newest first.
    public var gaps: [AccessGap] = []
    /// Before which place to go on; `nil` when all was looked through.
    public var next: AccessLog.Position?
}

/// A day whose lines cannot be shown.
public struct AccessGap: Hashable, Sendable {
    public enum Reason: String, Sendable {
        /// The ledger holds a root of that day, and its file is not there.
        case missing
        /// Its file is not what was written.
        case damaged
    }

    public let day: AccessDay
    public let reason: Reason

    public init(day: AccessDay, reason: Reason) {
        self.day = day
        self.reason = reason
    }
}

extension AccessLog {
    /// How many days are looked through at once.
    public static let daysAtOnce = 400
    /// How long a closed day that was found damaged counts as damaged, ms: reading all of it again shows only why.
    static let damageKeptMs: UInt64 = 60_000

    /// The newest lines about an act. The folder is listed once; a day that has none costs three small reads.
    ///
    /// A day that is damaged or missing is named, and keeps nobody from the others.
    /// - Parameters:
    ///   - first: the oldest day.
    ///   - place: lines before this one alone.
    ///   - limit: no more than so many lines.
    ///   - daysAtOnce: no more than so many days, of those that have lines.
    ///   - isMeant: which of the lines.
    /// - Throws: `LedgerError`; `DiskError` when no more files can be opened.
    public func looks(
        at act: String, since first: AccessDay?, before place: Position? = nil, limit: Int,
        daysAtOnce: Int = AccessLog.daysAtOnce, where isMeant: (AccessLine) -> Bool = { _ in true }
    ) throws -> AccessLooks {
        let files = Set(try folder.days())
        let closed = Dictionary(try self.closed().map { ($0.day, $0) }, uniquingKeysWith: { first, _ in first })
        let days = files.union(closed.keys).filter { day in
            first.map { $0 <= day } ?? true && place.map { day < $0.day || day == $0.day && $0.index > 0 } ?? true
        }.sorted(by: >)
        let key = folder.seal.key(ofAct: act)
        var looks = AccessLooks()
        for (number, day) in days.enumerated() {
            guard number < daysAtOnce else {
                looks.next = Position(day: days[number - 1], index: 0)
                break
            }
            guard files.contains(day) else {
                looks.gaps.append(AccessGap(day: day, reason: .missing))
                continue
            }
            let room = limit - looks.lines.count
            let bound = place.flatMap { $0.day == day ? $0.index : nil }
            let lines = try readable(day, closed[day]) { closed in
                try newestLines(under: key, of: day, closed: closed, before: bound, limit: room + 1) {
                    $0.act == act && isMeant($0)
                }
            }
            guard let lines else {
                looks.gaps.append(AccessGap(day: day, reason: .damaged))
                continue
            }
            looks.lines += lines.prefix(room)
            if lines.count > room {
                looks.next = looks.lines.last?.position
                break
            }
        }
        return looks
    }

    /// What reading a day gives; `nil` when it is damaged.
    private func readable<R>(
        _ day: AccessDay, _ closed: ClosedAccessDay?, _ body: (ClosedAccessDay?) throws -> R
    ) throws -> R? {
        let now = clock.monotonic()
        if let until = damagedDays.withLock({ $0[day] }), now < until { return nil }
        do {
            return try body(closed)
        } catch is StorageError {
            if closed != nil { damagedDays.withLock { $0[day] = now + AccessLog.damageKeptMs } }
            return nil
        } catch let error as DiskError where error.code != .tooManyFiles {
            return nil
        }
    }

    /// The newest lines of a day under a key, newest first.
    private func newestLines(
        under key: UInt64, of day: AccessDay, closed: ClosedAccessDay?, before bound: UInt32?, limit: Int,
        where isMeant: (AccessLine) -> Bool
    ) throws -> [LoggedAccess] {
        try mended(day) { file, parts, open in
            if let closed, parts.reduce(0, { $0 + $1.count }) != Int(closed.count) { throw AccessPart.Damaged() }
            var found: [LoggedAccess] = []
            func isWanted(_ index: UInt32) -> Bool { found.count < limit && bound.map { index < $0 } ?? true }
            let tail = try open.map { open in
                try content(of: open, behind: parts) { content in
                    content.tail.keys.indices.filter { content.tail.keys[$0] == key }
                        .map { (content.tail.first + UInt32($0), content.tail.offsets[$0]) }
                }
            }
            for (index, offset) in (tail ?? []).reversed() where isWanted(index) {
                guard let line = try folder.line(file, day, index: index, at: offset) else {
                    throw folder.damage(day, offset, "line \(index) is not as it was written")
                }
                if isMeant(line.line) { found.append(line) }
            }
            for part in parts.reversed() where found.count < limit {
                for index in try part.lines(under: key).reversed() where isWanted(index) {
                    guard let line = try folder.line(file, day, index: index, at: try part.offset(of: index)) else {
                        throw AccessPart.Damaged()
                    }
                    if isMeant(line.line) { found.append(line) }
                }
            }
            return found
        }
    }
}

extension AccessLog.Position: CustomStringConvertible {
    /// Reads `yyyy-MM-dd:N`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let day = AccessDay(parts[0]), let index = UInt32(parts[1]) else { return nil }
        self.init(day: day, index: index)
    }

    /// `yyyy-MM-dd:N`.
    public var description: String { "\(day):\(index)" }
}
