import Foundation
import GRDB

/// What has become of a mail.
public enum NoticeState: String, Hashable, Sendable, CaseIterable {
    case waiting, sent
    /// It is not tried again.
    case failed
}

/// A mail as an operator sees it: not to whom, and not of which act.
public struct NoticeRecord: Hashable, Sendable {
    public let id: Int64
    public let event: NoticeEvent
    public let state: NoticeState
    /// Unix ms.
    public let created: Int64
    /// Unix ms, of one that waits.
    public let due: Int64
    public let attempts: Int
    /// Why the last attempt did not work. Says nothing of anybody.
    public let error: String?
    /// Unix ms; `nil` while it waits.
    public let ended: Int64?
}

/// How many mails there are.
public struct NoticeCounts: Hashable, Sendable {
    public var waiting = 0
    public var sent = 0
    public var failed = 0
    /// When the one that waits longest was written down, Unix ms.
    public var oldestWaiting: Int64?

    public init() {}
}

extension NoticeStore {
    /// Writes down that a mail is about to be tried.
    ///
    /// - Parameter due: when it is tried again, should nothing be heard of this attempt.
    /// - Returns: false when it does not wait any more: its contact or its act was forgotten.
    /// - Durability: synced on return.
    public func begin(_ id: Int64, at now: Int64, due: Int64) throws -> Bool {
        try queue.write { database in
            try database.execute(
                sql: """
                    UPDATE notice SET attempts = attempts + 1, first = coalesce(first, ?), due = ?
                    WHERE id = ? AND state = ?
                    """,
                arguments: [now, due, id, NoticeState.waiting.rawValue])
            return database.changesCount == 1
        }
    }

    /// A mail was taken by the server. Where it went is forgotten.
    public func setSent(_ id: Int64, at now: Int64) throws { try end(id, .sent, error: nil, at: now) }

    /// A mail is not tried again.
    ///
    /// - Parameter error: why, with nothing about anybody in it.
    public func setFailed(_ id: Int64, error: String, at now: Int64) throws {
        try end(id, .failed, error: error, at: now)
    }

    /// An attempt did not work; there will be another.
    ///
    /// - Parameter due: when, Unix ms; `nil` as was said when it began.
    public func note(_ error: String, of id: Int64, due: Int64? = nil) throws {
        try queue.write {
            try $0.execute(
                sql: "UPDATE notice SET error = ?, due = coalesce(?, due) WHERE id = ? AND state = ?",
                arguments: [error, due, id, NoticeState.waiting.rawValue])
        }
    }

    func end(_ id: Int64, _ state: NoticeState, error: String?, at now: Int64) throws {
        // What failed keeps its address: an operator may have it tried again.
        let content = state == .sent ? ", nonce = NULL, content = NULL" : ""
        try queue.write {
            try $0.execute(
                sql: "UPDATE notice SET state = ?, error = ?, ended = ?\(content) WHERE id = ? AND state = ?",
                arguments: [state.rawValue, error, now, id, NoticeState.waiting.rawValue])
        }
    }

    // MARK: For the operator

    public func counts() throws -> NoticeCounts {
        try queue.read { database in
            var counts = NoticeCounts()
            let rows = try Row.fetchAll(
                database, sql: "SELECT state, count(*) AS number, min(created) AS oldest FROM notice GROUP BY state")
            for row in rows {
                switch NoticeState(rawValue: row["state"]) {
                case .waiting:
                    counts.waiting = row["number"]
                    counts.oldestWaiting = row["oldest"]
                case .sent: counts.sent = row["number"]
                case .failed: counts.failed = row["number"]
                case nil: break
                }
            }
            return counts
        }
    }

    /// Mails in one state, newest first.
    public func list(_ state: NoticeState, limit: Int = 1000) throws -> [NoticeRecord] {
        try queue.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM notice WHERE state = ? ORDER BY id DESC LIMIT ?",
                arguments: [state.rawValue, limit]
            ).compactMap { row in
                guard let event = NoticeEvent(rawValue: row["event"]) else { return nil }
                return NoticeRecord(
                    id: row["id"], event: event, state: state, created: row["created"], due: row["due"],
                    attempts: row["attempts"], error: row["error"], ended: row["ended"])
            }
        }
    }

    /// Has everything that failed tried again, as if it had never been.
    ///
    /// - Returns: how many mails.
    public func retryFailed(now: Int64) throws -> Int {
        try queue.write { database in
            try database.execute(
                sql: """
                    UPDATE notice SET state = ?, due = ?, first = NULL, attempts = 0, ended = NULL
                    WHERE state = ? AND content IS NOT NULL
                    """,
                arguments: [NoticeState.waiting.rawValue, now, NoticeState.failed.rawValue])
            return database.changesCount
        }
    }

    /// Forgets what ended before a time, Unix ms.
    public func forgetEnded(before time: Int64) throws {
        try queue.write { try $0.execute(sql: "DELETE FROM notice WHERE ended < ?", arguments: [time]) }
    }
}
