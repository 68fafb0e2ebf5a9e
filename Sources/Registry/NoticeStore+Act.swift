import Foundation
import GRDB

/// A mail about an act, as the act's notary sees it.
public struct ActNotice: Hashable, Sendable {
    /// Whom it goes to.
    public let contact: Int64
    public let event: NoticeEvent
    public let state: NoticeState
    /// Unix ms.
    public let created: Int64
    public let attempts: Int
    /// Why the last attempt did not work. Says nothing of anybody.
    public let error: String?
    /// Unix ms; `nil` while it waits.
    public let ended: Int64?
}

extension NoticeStore {
    /// The newest mails about an act, newest first.
    public func notices(ofAct act: [UInt8], limit: Int = 50) throws -> [ActNotice] {
        try queue.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM notice WHERE act = ? ORDER BY id DESC LIMIT ?",
                arguments: [Data(act), limit]
            ).compactMap { row in
                guard let event = NoticeEvent(rawValue: row["event"]), let state = NoticeState(rawValue: row["state"])
                else { return nil }
                return ActNotice(
                    contact: row["contact"], event: event, state: state, created: row["created"],
                    attempts: row["attempts"], error: row["error"], ended: row["ended"])
            }
        }
    }
}
