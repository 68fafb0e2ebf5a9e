import CanonicalJSON
import Catalogue
import Deeds
import Evidence
import Filing
import Hummingbird
import LedgerEngine
import LedgerMerkle
import Logging
import Registry
import ServiceLifecycle

/// Who looks at acts: every look-up is logged before its answer leaves.
extension Office {
    /// Logs that somebody looks at an act.
    ///
    /// - Parameters:
    ///   - act: its number; "" when no single act was looked for.
    ///   - isNews: whether those whom the act's notary named are told.
    ///   - address: where somebody without a name comes from: who is told of look-ups is told of each stranger. Not logged.
    /// - Durability: synced on return. Where this throws, nothing is shown.
    func logLook(
        at act: String, by reader: AccessLine.Who, _ purpose: AccessLine.Purpose, detail: String? = nil,
        isNews: Bool = true, from address: String = ""
    ) async throws {
        _ = try await access.append(
            AccessLine(time: clock.now(), act: act, reader: reader, purpose: purpose, detail: detail))
        // A warning, and the log itself, show nothing of an act but its number; a notary goes through the register book all day.
        guard isNews, !act.isEmpty, ![.statementSearch, .book, .accessLog].contains(purpose) else { return }
        try notices.looked(act: act, reader: "\(reader.role.rawValue) \(reader.subject ?? address)")
    }

    /// Logs a question of the operator's about an act before anything depends on whether there is one: a refusal tells something, too.
    ///
    /// - Parameter text: the number as it was asked for; what is none leaves no line.
    func logQuestion(
        about text: String, by reader: AccessLine.Who, _ purpose: AccessLine.Purpose, detail: String? = nil,
        isNews: Bool = true
    ) async throws {
        guard let number = try? DeedNumber(text) else { return }
        try await logLook(at: number.description, by: reader, purpose, detail: detail, isNews: isNews)
    }

    /// Logs that somebody looks at several acts; as many lines as there are acts, in one or two syncs.
    func logLooks<Number: CustomStringConvertible & Hashable & Sendable>(
        at acts: [Number], by reader: AccessLine.Who, _ purpose: AccessLine.Purpose, detail: String? = nil,
        isNews: Bool = true
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for act in Set(acts) {
                group.addTask {
                    try await logLook(at: act.description, by: reader, purpose, detail: detail, isNews: isNews)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Counts and logs what a change asked for by another notary's principal tells: that the act is there, and theirs.
    ///
    /// - Parameter change: the change, as it is sent.
    func logClaim(_ change: [UInt8], by notary: String) async throws {
        guard let act = try deeds.claimedAct(change, notary: notary) else { return }
        try await logLook(at: act.description, by: AccessLine.Who(.notary, notary), .status)
    }

    /// Runs what registers. Where it names acts that stand in the way, those were looked at.
    func loggingWarnings<R>(
        by reader: AccessLine.Who, detail: String? = nil, _ body: () async throws -> R
    ) async throws -> R {
        do {
            return try await body()
        } catch let failure as Failure where failure.problem == .actWarned {
            let named = (failure.details["acts"] ?? "").split(separator: ",").compactMap { each in
                try? DeedNumber(each.drop { $0 == " " }.prefix { $0 != " " }.description)
            }
            try await logLooks(at: named, by: reader, .statementSearch, detail: detail)
            throw failure
        }
    }

    /// Logs that the evidence of a record is read, where it is one about an act.
    func logLook(atEvidenceOf filed: FiledRecord, by reader: AccessLine.Who, from address: String) async throws {
        guard filed.stored.record.kind == .deedAct else { return }
        try await logLook(at: filed.text("act"), by: reader, .evidence, from: address)
    }

    /// The newest look-ups of an act, newest first, as its parties and its notary are told them. O(days since its registration), of
    /// `AccessLog.daysAtOnce` at most.
    func looks(at deed: DeedReport, before place: AccessLog.Position?, limit: Int = 200) throws -> AccessLooks {
        try access.looks(
            at: deed.number.description, since: AccessDay(unixMilliseconds: deed.registered.unixMilliseconds),
            before: place, limit: limit)
    }
}

/// Whom to tell what happens to an act.
extension Office {
    /// An act is in the ledger: those whom its notary named are told. Also for a repetition: a crash may have come between.
    func tell(of act: FiledAct, _ contacts: [NoticeContact]) throws {
        try notices.registered(
            act: act.act.number.description, contacts: contacts, time: act.filed.recorded,
            registration: act.filed.commitment.bytes)
        // Who erased it meanwhile has forgotten those alone who were named before.
        if !contacts.isEmpty { try forgetTold([act.filed.index]) }
    }

    func tell(of change: FiledChange) throws {
        try notices.changed(
            act: change.change.draft.act.description, isRevoked: change.change.draft.change == .revoked,
            commitment: change.filed.commitment.bytes, time: change.filed.recorded)
    }
}

extension AccessLine.Who {
    /// The holder of a token.
    init(_ holder: TokenHolder) {
        switch holder.role {
        case .notary: self.init(.notary, holder.subject)
        case .auditor: self.init(.auditor, holder.subject)
        case .operator: self.init(.operator, holder.subject)
        // They have no look at acts by their tokens: they come with a link like anybody.
        case .merchant, .till: self.init(.link)
        }
    }
}

extension LoggedAccess {
    /// What is told of it: who, when and what was answered.
    var json: JSONValue {
        var object: JSONObject = [
            "time": JSONValue(line.time), "role": .string(line.reader.role.rawValue),
            "purpose": .string(line.purpose.rawValue),
            "place": ["day": .string(position.day.description), "index": JSONValue(position.index)],
        ]
        object["subject"] = line.reader.subject.map { .string($0) }
        object["detail"] = line.detail.map { .string($0) }
        return .object(object)
    }
}

extension AccessLooks {
    /// The answer about an act.
    func json(at act: DeedNumber) -> JSONValue {
        var object: JSONObject = [
            "act": .string(act.description), "looks": .array(lines.map(\.json)),
            "unreadableDays": .array(
                gaps.map { ["day": .string($0.day.description), "reason": .string($0.reason.rawValue)] }),
        ]
        object["next"] = next.map { .string($0.description) }
        return .object(object)
    }
}

/// Files the root of each day's access log once the day is over.
struct AccessCloser: Service {
    private static let pauseSeconds = 60

    let office: Office
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let today = AccessDay(unixMilliseconds: office.clock.now()) {
                    do {
                        for root in try await office.access.closeDays(before: today) {
                            logger.info(
                                "the access log of a day is closed",
                                metadata: ["day": "\(root.text("day"))", "lines": "\(root.text("count"))"])
                        }
                    } catch {
                        logger.error("the access log of a day is not closed yet", metadata: ["error": "\(error)"])
                    }
                }
                try await Task.sleep(for: .seconds(AccessCloser.pauseSeconds))
            }
        }
    }
}
