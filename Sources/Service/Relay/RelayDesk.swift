import CanonicalJSON
import Catalogue
import Filing
import LedgerEngine
import Logging
import NIOHTTP1
import Receipts
import Registry
import Synchronization

/// Stands between tills and their merchants' own PosAPIs: passes requests on once, passes answers back as they are, and files them.
///
/// - A PosAPI is not idempotent. So that a sale is known to be on its way is on disk before it is sent, an equal request of the same
///   till waits for the first one's answer, and what has no known outcome is never sent again: it is asked for.
/// - A failure of this ledger never keeps a sale from happening: what cannot be filed now is filed later.
/// - Number, lottery and QR pass through. Answers are kept in memory, for a till that lost one, and nowhere else.
final class RelayDesk: Sendable {
    /// How long an answer waits for the ledger before it goes back without evidence.
    private static let filingPatience = Duration.seconds(2)
    /// Answers kept in memory at most.
    private static let keptAnswers = 10_000

    /// What goes back to the till.
    struct Answer: Sendable {
        let reply: PosAPIClient.Reply
        /// `nil` while it is not filed.
        let filed: FiledRecord?
    }

    private struct Kept {
        let answer: Answer
        let until: UInt64
    }

    private struct State {
        var underWay: [[UInt8]: Task<Answer, any Error>] = [:]
        var answers: [[UInt8]: Kept] = [:]
    }

    let office: Office
    let client: PosAPIClient
    let logger: Logger
    private let state = Mutex(State())

    init(office: Office, logger: Logger) {
        self.office = office
        self.logger = logger
        client = PosAPIClient(limitSeconds: office.settings.relayLimitSeconds)
    }

    /// Where the PosAPI of a merchant is that has this ledger in front of it; `nil` for another merchant.
    ///
    /// - Throws: `relay-address-missing`.
    func address(of tin: String) throws -> String? {
        guard office.register.merchant(tin: tin)?.way == .front else { return nil }
        guard let address = try office.relays.address(ofMerchant: office.merchantHash(tin)) else {
            throw Problem.relayAddressMissing(["tin": tin])
        }
        return address
    }

    /// All PosAPIs that this ledger stands in front of.
    var addresses: [String] {
        let tins = office.register.all.map(\.id)
        return Array(Set(tins.compactMap { try? address(of: $0) })).sorted()
    }

    // MARK: Sales

    /// Passes a sale on, or gives the answer to an equal one again.
    ///
    /// - Durability: the intent is on disk before anything is sent.
    /// - Throws: `relay-not-reached` when nothing was sent; `relay-outcome-unknown` when nobody knows whether there is a receipt.
    func file(_ body: [UInt8], to address: String) async throws -> Answer {
        let sale: RelayedSale
        do {
            sale = try RelayedSale(receipt: body)
        } catch {
            // What this ledger cannot read it cannot file, but the PosAPI decides about sales.
            logger.warning("a sale is passed on that cannot be filed", metadata: ["problem": "\(error.problem.code)"])
            return Answer(reply: try await pass(.POST, body, to: address), filed: nil)
        }
        guard case .receipt(let request, _) = sale.content else { throw Problem.internalError() }
        let key = office.receipts.saleKey(request)
        let task = state.withLock { state -> Task<Answer, any Error> in
            if let known = state.underWay[key.bytes] { return known }
            if let kept = state.answers[key.bytes], kept.until > office.clock.now() { return Task { kept.answer } }
            // Not a child of the request: a till that hangs up does not stop a sale half-way.
            let task = Task {
                defer { forget(key.bytes) }
                return try await relay(sale, request, key, body, to: address)
            }
            state.underWay[key.bytes] = task
            return task
        }
        return try await task.value
    }

    private func forget(_ key: [UInt8]) {
        state.withLock { _ = $0.underWay.removeValue(forKey: key) }
    }

    private func relay(
        _ sale: RelayedSale, _ request: ReceiptRequest, _ key: SaleKey, _ body: [UInt8], to address: String
    ) async throws -> Answer {
        let now = office.clock.now()
        let window = UInt64(office.settings.repetitionWindowSeconds) * 1000
        if let known = try? office.receipts.receipt(ofSale: key, since: now - min(now, window)) { return again(known) }
        if let open = try? office.relays.intents(sale: key.bytes).last {
            // Sent before, and nobody answered: never a second time.
            guard let found = try await resolve(open) else { throw Problem.relayOutcomeUnknown() }
            return again(found)
        }
        let intent = begin(sale, key)
        switch await client.send(.POST, "/rest/receipt", body, to: address) {
        case .notSent(let reason):
            end(intent)
            throw Problem.relayNotReached(["reason": reason])
        case .unclear(let reason):
            logger.error("the outcome of a sale is unknown", metadata: ["reason": "\(reason)"])
            note(.unknown, intent, nil)
            throw Problem.relayOutcomeUnknown()
        case .answered(let reply):
            switch PosAPIReply(status: reply.status, body: reply.body) {
            case .refused:
                end(intent)
                return Answer(reply: reply, filed: nil)
            case .unclear:
                logger.error("a PosAPI's answer tells no outcome", metadata: ["status": "\(reply.status)"])
                note(.unknown, intent, nil)
                return Answer(reply: reply, filed: nil)
            case .issued(let issued):
                let filed = await file(issued, sale, request, key, intent)
                let answer = Answer(reply: reply, filed: filed)
                keep(answer, key, until: now + window)
                return answer
            }
        }
    }

    /// Files an answer; later, when it cannot be now.
    private func file(
        _ issued: PosAPIReply.Issued, _ sale: RelayedSale, _ request: ReceiptRequest, _ key: SaleKey, _ intent: Int64?
    ) async -> FiledRecord? {
        let filing = Task { () -> FiledRecord? in
            do {
                let receipt = try await office.receipts.file(
                    issued: issued.receipt(for: request, way: .front), sale: key)
                end(intent)
                return receipt.filed
            } catch {
                logger.error("a receipt is not filed yet", metadata: ["error": "\(error)"])
                var answered = sale
                answered.content = .receipt(request, answer: issued)
                note(.answered, intent, answered)
                return nil
            }
        }
        return await filing.value(within: RelayDesk.filingPatience) ?? nil
    }

    /// The answer to a sale whose first answer is not in memory any more: what may only be printed is gone.
    private func again(_ receipt: FiledReceipt) -> Answer {
        var answer =
            PosAPIAnswer.receipt(receipt.issued, identity: office.settings.posIdentity, qrData: "").object ?? [:]
        answer["message"] = .string(Problem.relayPrintedGone().message(.mn))
        return Answer(
            reply: PosAPIClient.Reply(
                status: 200, type: "application/json; charset=utf-8", body: JSONValue.object(answer).bytes),
            filed: receipt.filed)
    }

    private func keep(_ answer: Answer, _ key: SaleKey, until: UInt64) {
        let now = office.clock.now()
        state.withLock { state in
            if state.answers.count >= RelayDesk.keptAnswers {
                state.answers = state.answers.filter { $0.value.until > now }
            }
            if state.answers.count >= RelayDesk.keptAnswers { state.answers = [:] }
            state.answers[key.bytes] = Kept(answer: answer, until: until)
        }
    }

    /// Forgets answers whose time is over.
    func forgetOldAnswers() {
        let now = office.clock.now()
        state.withLock { state in state.answers = state.answers.filter { $0.value.until > now } }
    }

    // MARK: Returns

    /// Passes a return on, and files it when the PosAPI took it. A return that is sent twice is one return.
    func giveBack(_ body: [UInt8], to address: String) async throws -> Answer {
        let reply = try await pass(.DELETE, body, to: address)
        guard (200..<300).contains(reply.status), let sale = try? RelayedSale(giveBack: body),
            case .giveBack(let request) = sale.content
        else { return Answer(reply: reply, filed: nil) }
        let filing = Task { () -> FiledRecord? in
            do {
                return try await office.receipts.record(of: try office.receipts.submit(request))
            } catch {
                logger.error("a return is not filed yet", metadata: ["error": "\(error)"])
                let key = office.registrar.vault.stateHash("return", Array(request.id.text.utf8))
                if let intent = begin(sale, key) { note(.answered, intent, nil) }
                return nil
            }
        }
        return Answer(reply: reply, filed: await filing.value(within: RelayDesk.filingPatience) ?? nil)
    }

    /// Passes a request on that may be sent again, or cannot be filed.
    private func pass(_ method: HTTPMethod, _ body: [UInt8], to address: String) async throws -> PosAPIClient.Reply {
        switch await client.send(method, "/rest/receipt", body, to: address) {
        case .answered(let reply): return reply
        case .notSent(let reason): throw Problem.relayNotReached(["reason": reason])
        case .unclear: throw Problem.relayOutcomeUnknown()
        }
    }

    // MARK: Intents: a database that does not work keeps no sale from happening

    private func begin(_ sale: RelayedSale, _ key: SaleKey) -> Int64? { begin(sale, key.bytes) }

    private func begin(_ sale: RelayedSale, _ key: [UInt8]) -> Int64? {
        do {
            return try office.relays.begin(sale: key, content: sale.encoded, time: Int64(office.clock.now()))
        } catch {
            logger.critical("a sale is passed on without an intent on disk", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func end(_ intent: Int64?) {
        guard let intent else { return }
        do { try office.relays.end(intent) } catch {
            logger.error("an intent cannot be ended", metadata: ["error": "\(error)"])
        }
    }

    private func note(_ state: RelayIntent.State, _ intent: Int64?, _ sale: RelayedSale?) {
        guard let intent else { return }
        do { try office.relays.note(state, of: intent, content: sale?.encoded) } catch {
            logger.critical("what became of a sale cannot be noted", metadata: ["error": "\(error)"])
        }
    }
}

extension Task where Failure == Never {
    /// The value, if it is there in time; the task goes on.
    func value(within limit: Duration) async -> Success? {
        let first = AsyncStream<Success?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let waiting = Task<Void, Never> { first.continuation.yield(await value) }
        let timer = Task<Void, Never> {
            try? await Task<Never, Never>.sleep(for: limit)
            first.continuation.yield(nil)
        }
        defer {
            waiting.cancel()
            timer.cancel()
        }
        for await value in first.stream { return value }
        return nil
    }
}
