import Catalogue
import Deeds
public import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Synchronization

/// The root of a day's access log, as the fields of a record of kind 10 (FORMATS.md, "Access-log root fields").
struct AccessRoot: Hashable, Sendable {
    let day: AccessDay
    let count: UInt32
    let root: Digest
    /// The newest day that was closed before; `nil` for the first.
    let after: AccessDay?
    /// The times of the first and the last line, Unix ms.
    let first: UInt64
    let last: UInt64

    /// The fields, without those of the chain.
    var fields: [String: String] {
        var fields = [
            "action": "access-day", "day": day.description, "count": String(count), "root": root.description,
            "first": ActTime(unixMilliseconds: first).description, "last": ActTime(unixMilliseconds: last).description,
        ]
        fields["after"] = after?.description
        return fields
    }
}

extension AccessLog {
    /// Files the root of every day before `today` that has lines and none yet, oldest first. A day without lines gets no entry.
    ///
    /// From now on lines are written to `today` or a later day, whatever a clock says. O(lines of the days that are closed), on a thread
    /// of its own.
    /// - Returns: the records that were filed; none most of the time.
    /// - Durability: the records are on disk when this returns. What a crash leaves is done by the next call, and nothing twice.
    /// - Throws: `StorageError` when a day's file is damaged; `LedgerError` while filing is closed: it is done by the next call.
    @discardableResult
    public func closeDays(before today: AccessDay) async throws -> [FiledRecord] {
        try await turn.pass {
            try await self.pass(to: today)
            var newest = try self.registrar.lastAccessDay()
            var filed: [FiledRecord] = []
            for day in try self.folder.days() where day < today && newest.map({ $0 < day }) ?? true {
                let survey = try await onThreadOfItsOwn { _ in
                    lowerPriorityOfThread()
                    return try self.mending.withLock { _ in try self.folder.survey(day) }
                }
                guard survey.count > 0 else { continue }
                let root = AccessRoot(
                    day: day, count: survey.count, root: survey.tree.root, after: newest, first: survey.first,
                    last: survey.last)
                filed.append(try await self.file(root))
                newest = day
            }
            return filed
        }
    }

    func file(_ root: AccessRoot) async throws -> FiledRecord {
        let key = registrar.vault.key(.accessDay, root.day.description)
        return try await registrar.file(issuer: AccessLog.chainName) { head in
            if let known = try self.registrar.decision(for: key) { return known }
            let place = self.registrar.vault.key(.accessRoot, String(head.sequence))
            return .file(Registrar.Draft(kind: .accessLogRoot, fields: root.fields, keys: [place, key]))
        }
    }

    /// The record that closed a day; `nil` while there is none.
    public func closing(of day: AccessDay) throws -> FiledRecord? {
        try registrar.ledger.find(registrar.vault.key(.accessDay, day.description)).map { try registrar.record(at: $0) }
    }

    /// The roots, in the order in which they were recorded. O(their number).
    public func roots() throws -> [FiledRecord] { try registrar.accessRoots() }

    /// The days that have a root, ascending. One look-up in the ledger once they are known.
    func closed() throws -> [ClosedAccessDay] {
        try closedDays.withLock { known in
            known += try registrar.accessRoots(from: known.count).map { try ClosedAccessDay($0) }
            return known
        }
    }

    /// How the fields of kind 10 are shown.
    public static let schema = RecordSchema([
        .accessLogRoot: [
            "action": FieldDescription(.text, Wording(mn: "Үйлдэл", en: "Action")),
            "day": FieldDescription(.text, Wording(mn: "Өдөр", en: "Day")),
            "count": FieldDescription(.text, Wording(mn: "Хандалтын тоо", en: "Number of look-ups")),
            "root": FieldDescription(.digest, Wording(mn: "Хандалтын бүртгэлийн язгуур", en: "Root of the access log")),
            "after": FieldDescription(.text, Wording(mn: "Өмнө хаасан өдөр", en: "Day closed before")),
            "first": FieldDescription(.time, Wording(mn: "Эхний хандалт", en: "First look-up")),
            "last": FieldDescription(.time, Wording(mn: "Сүүлийн хандалт", en: "Last look-up")),
        ]
    ])
}

/// What the ledger holds of a day that is over.
struct ClosedAccessDay: Sendable {
    let day: AccessDay
    let count: UInt32
    let root: Digest
    /// The entry that says so.
    let entry: UInt64

    /// - Throws: `StorageError` for a record that does not say all of it.
    init(_ record: FiledRecord) throws {
        guard let day = AccessDay(record.text("day")), let count = UInt32(record.text("count")),
            let root = Digest(hexadecimal: record.text("root"))
        else {
            throw StorageError(
                .corrupt, "the access-log root at index \(record.index) is not readable", remedy: "run `tamga audit`")
        }
        (self.day, self.count, self.root) = (day, count, root)
        entry = record.index
    }
}

extension Registrar {
    /// The access-log roots from the n-th on, in the order in which they were recorded. O(their number).
    func accessRoots(from first: Int = 0) throws -> [FiledRecord] {
        var roots: [FiledRecord] = []
        while let index = try ledger.find(vault.key(.accessRoot, String(first + roots.count))) {
            roots.append(try record(at: index))
        }
        return roots
    }

    /// The newest day whose access log has its root in the ledger.
    func lastAccessDay() throws -> AccessDay? {
        guard let index = try ledger.find(vault.key(.issuerHead, AccessLog.chainName)) else { return nil }
        let record = try record(at: index)
        guard let day = AccessDay(record.text("day")) else {
            throw StorageError(
                .corrupt, "the access-log root at index \(index) names no day", remedy: "run `tamga audit`")
        }
        return day
    }
}
