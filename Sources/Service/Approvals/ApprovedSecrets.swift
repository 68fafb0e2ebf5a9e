import CanonicalJSON
import Catalogue
import Synchronization

/// Tokens that were made by approved requests, until whoever asked for them fetches them: shown once, to the requester, to nobody else.
///
/// In memory only, since no token is ever stored: after a restart one that was not fetched is replaced (`token rotate`).
final class ApprovedSecrets: Sendable {
    private struct Kept {
        let requester: OperatorName
        let token: String
        let until: UInt64
    }

    /// The most that wait; beyond, the oldest goes.
    private static let limit = 200

    private let kept = Mutex<[Int64: Kept]>([:])

    /// - Parameter until: when it is forgotten, Unix ms.
    func keep(_ token: String, of id: Int64, for requester: OperatorName, until: UInt64) {
        kept.withLock { kept in
            kept[id] = Kept(requester: requester, token: token, until: until)
            while kept.count > ApprovedSecrets.limit, let oldest = kept.keys.min() { kept[oldest] = nil }
        }
    }

    /// The requests whose token waits for a person.
    func waiting(for person: OperatorName, at now: UInt64) -> [Int64] {
        kept.withLock { $0.filter { $0.value.requester == person && $0.value.until > now }.keys.sorted() }
    }

    /// A person's token, once; `nil` for others and when there is none.
    func take(_ id: Int64, by person: OperatorName, at now: UInt64) -> String? {
        kept.withLock { kept in
            guard let found = kept[id], found.requester == person else { return nil }
            kept[id] = nil
            return found.until > now ? found.token : nil
        }
    }

    func forget(before now: UInt64) { kept.withLock { $0 = $0.filter { $0.value.until > now } } }
}

extension ApprovalDesk {
    /// Keeps what only the requester may see of an answer, and gives the rest.
    func withoutSecret(_ answer: JSONValue, of event: ApprovalEvent) -> JSONValue {
        guard var object = answer.object, let token = object["token"]?.string,
            let requester = OperatorName(event.requester)
        else { return answer }
        secrets.keep(token, of: event.id, for: requester, until: event.time + ApprovalDesk.timeLimit)
        object["token"] = nil
        return .object(object)
    }

    /// The requests of a person whose tokens wait to be fetched, oldest first.
    func tokensWaiting(for name: String, at now: UInt64) -> [Int64] {
        OperatorName(name).map { secrets.waiting(for: $0, at: now) } ?? []
    }

    /// The token that an approved request made, once, for whoever asked for it.
    ///
    /// - Throws: `approval-unknown` for everybody else, and when it was fetched before.
    func token(of id: Int64, for name: String, at now: UInt64) throws(Failure) -> String {
        guard let person = OperatorName(name), let token = secrets.take(id, by: person, at: now) else {
            throw Problem.approvalUnknown(["id": String(id)])
        }
        return token
    }
}
