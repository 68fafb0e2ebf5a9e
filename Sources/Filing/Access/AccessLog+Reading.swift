public import CanonicalJSON
import Catalogue
public import LedgerMerkle
import LedgerStorage
import Synchronization

/// The proof that a line is in the log of a day, to be held against the evidence of that day's record of kind 10.
public struct AccessProof: Hashable, Sendable {
    public let line: LoggedAccess
    /// The lines of the day.
    public let count: UInt32
    public let inclusion: InclusionProof
    /// The entry in the ledger that holds the root.
    public let entry: UInt64

    /// Everything that whoever checks it needs beside the evidence.
    public var json: JSONValue {
        let line = (try? JSONValue(parsing: line.line.canonicalBytes)) ?? .null
        return [
            "count": JSONValue(count), "day": .string(self.line.position.day.description), "entry": JSONValue(entry),
            "index": JSONValue(self.line.position.index), "line": line,
            "path": .array(inclusion.hashes.map { .string($0.description) }),
            "salt": .string(hexadecimal(self.line.salt)),
        ]
    }
}

extension AccessLog {
    /// The days that have lines, ascending.
    public func days() throws -> [AccessDay] { try folder.days() }

    /// Gives the lines of a day in their order, as far as they are durable. O(lines).
    ///
    /// - Parameters:
    ///   - first: the line to begin with; those before it are passed over unopened.
    ///   - body: false ends it.
    /// - Throws: `access-day-unknown`; `StorageError` where the file is damaged, or missing or short of a day that is closed; what `body`
    ///   throws.
    public func lines(of day: AccessDay, from first: UInt32 = 0, _ body: (LoggedAccess) throws -> Bool) throws {
        let limit = openDay(day)?.content.withLock { $0.length }
        let closed = try limit == nil ? self.closed().last { $0.day == day } : nil
        guard try limit != nil || closed != nil || folder.days().contains(day) else { throw AccessLog.unknown(day) }
        let (file, length) = try folder.open(day)
        var isWanted = true
        let end = try folder.walk(day, file, length: min(limit ?? length, length)) { frame, bytes in
            isWanted = try frame.index < first || body(try folder.seal.open(bytes, day: day, index: frame.index))
            return isWanted
        }
        if isWanted, let closed, end.count != closed.count { throw folder.wrongRoot(day) }
    }

    /// Gives a day to auditors, line by line: `{"line":…,"salt":"…"}` and a newline each. O(lines).
    ///
    /// - Throws: as `lines(of:)` does.
    public func export(_ day: AccessDay, _ write: ([UInt8]) throws -> Void) throws {
        try lines(of: day) { line in
            try write(line.exported)
            return true
        }
    }

    /// The proof that a line is under its day's root in the ledger. O(log lines) and two reads of some kilobytes.
    ///
    /// - Throws: `access-day-unknown`, `access-line-unknown`, `access-day-open` while the day has no root yet;
    ///   `StorageError` when the log does not give the root that the ledger holds.
    public func proof(_ position: Position) throws -> AccessProof {
        let day = position.day
        guard let record = try closing(of: day) else {
            guard try folder.days().contains(day) else { throw AccessLog.unknown(day) }
            throw Problem.accessDayOpen(["day": day.description])
        }
        let closed = try ClosedAccessDay(record)
        guard position.index < closed.count else { throw AccessLog.unknown(position) }
        return try mended(day) { file, parts, _ in
            let tree = AccessTree(parts: parts, partHeight: folder.partHeight)
            guard tree.size == UInt64(closed.count), let line = try line(position.index, of: day, file, parts) else {
                throw AccessPart.Damaged()
            }
            let inclusion = try tree.inclusionProof(index: UInt64(position.index), size: tree.size)
            guard try inclusion.root(leafHash: line.leafHash) == closed.root else { throw AccessPart.Damaged() }
            return AccessProof(line: line, count: closed.count, inclusion: inclusion, entry: closed.entry)
        }
    }

    /// One line.
    ///
    /// - Throws: `access-day-unknown`, `access-line-unknown`; `StorageError` where the file is damaged.
    public func line(at position: Position) throws -> LoggedAccess {
        guard try folder.days().contains(position.day) else { throw AccessLog.unknown(position.day) }
        return try mended(position.day) { file, parts, open in
            let tail =
                try open.map { open in
                    try content(of: open, behind: parts) { content -> Int? in
                        guard position.index < content.count else { throw AccessLog.unknown(position) }
                        guard position.index >= content.tail.first else { return nil }
                        return content.tail.offsets[Int(position.index - content.tail.first)]
                    }
                } ?? nil
            if let tail {
                guard let line = try folder.line(file, position.day, index: position.index, at: tail) else {
                    throw folder.damage(position.day, tail, "line \(position.index) is not as it was written")
                }
                return line
            }
            let count = parts.last.map { $0.first + UInt32($0.count) } ?? 0
            guard position.index < count else { throw AccessLog.unknown(position) }
            guard let line = try line(position.index, of: position.day, file, parts) else {
                throw AccessPart.Damaged()
            }
            return line
        }
    }

    static func unknown(_ day: AccessDay) -> Failure { Problem.accessDayUnknown(["day": day.description]) }

    static func unknown(_ position: Position) -> Failure {
        Problem.accessLineUnknown(["day": position.day.description, "index": String(position.index)])
    }

    // MARK: Through the index

    private func openDay(_ day: AccessDay) -> OpenDay? {
        state.withLock { $0.open.flatMap { $0.day == day ? $0 : nil } }
    }

    private func line(
        _ index: UInt32, of day: AccessDay, _ file: any DiskFile, _ parts: [AccessPart]
    ) throws -> LoggedAccess? {
        guard let part = parts.first(where: { index >= $0.first && Int(index - $0.first) < $0.count }) else {
            return nil
        }
        return try folder.line(file, day, index: index, at: try part.offset(of: index))
    }

    /// Lines went from memory to disk while they were looked for: to be done again.
    private struct Moved: Error {}

    /// What is in memory of the day that is being written, behind just these parts.
    func content<R: Sendable>(
        of open: OpenDay, behind parts: [AccessPart], _ body: (borrowing OpenDay.Content) throws -> R
    ) throws -> R {
        try open.content.withLock { content in
            guard content.parts == parts.count else { throw Moved() }
            return try body(content)
        }
    }

    /// Reads through a day's index; where a part is missing or damaged, all are made again, once.
    func mended<R>(
        _ day: AccessDay, _ body: (any DiskFile, [AccessPart], OpenDay?) throws -> R
    ) throws -> R {
        let (file, _) = try folder.open(day)
        do {
            return try attempt(day, file, body)
        } catch is AccessPart.Damaged {
            let hasLines = try mending.withLock { _ in try mend(day) }
            do {
                return hasLines ? try attempt(day, file, body) : try body(file, [], nil)
            } catch is AccessPart.Damaged {
                throw folder.wrongRoot(day)
            }
        }
    }

    private func attempt<R>(
        _ day: AccessDay, _ file: any DiskFile, _ body: (any DiskFile, [AccessPart], OpenDay?) throws -> R
    ) throws -> R {
        while true {
            let open = openDay(day)
            let wanted = open?.content.withLock { $0.parts }
            var parts: [AccessPart] = []
            while parts.last?.isLast != true, wanted.map({ parts.count < $0 }) ?? true {
                guard let part = try AccessPart(folder, day, number: parts.count, log: file) else {
                    throw AccessPart.Damaged()
                }
                parts.append(part)
            }
            do {
                return try body(file, parts, open)
            } catch is Moved {
                continue
            }
        }
    }

    /// Makes the parts of a day's index again.
    ///
    /// - Returns: false for a day that is over and has no lines.
    private func mend(_ day: AccessDay) throws -> Bool {
        guard let open = openDay(day) else { return try folder.survey(day).count > 0 }
        // Of the day that is being written only what is behind in the file: its last lines are in memory.
        let full = UInt32(1) << UInt32(folder.partHeight)
        let (length, first) = open.content.withLock { ($0.length, $0.tail.first) }
        var span = AccessSpan()
        _ = try folder.walk(day, open.file, length: length) { frame, bytes in
            guard frame.index < first else { return false }
            let line = try folder.seal.open(bytes, day: day, index: frame.index)
            span.append(
                offset: frame.offset, end: frame.end, leaf: line.leafHash, key: folder.seal.key(ofAct: line.line.act))
            if frame.index % full == full - 1 {
                try folder.write(span, of: day, log: open.file, isLast: false)
                span = AccessSpan(first: frame.index + 1, start: frame.end)
            }
            return true
        }
        return true
    }
}
