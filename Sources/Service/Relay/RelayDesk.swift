import CanonicalJSON
import Catalogue
import Filing
import LedgerEngine
import Logging
import NIOHTTP1
import Receipts
import Registry

/// Stands between tills and their merchants' own PosAPIs: passes requests on once, passes answers back as they are, and files them.
///
/// - A PosAPI is not idempotent. So that a sale is known to be on its way is on disk before it is sent, an equal request of the same
///   till waits for the first one's answer, and what has no known outcome is never sent again: it is asked for.
/// - A failure of this ledger never keeps a sale from happening: what cannot be filed now is filed later.
/// - Number, lottery and QR pass through. Answers are kept in memory, for a till that lost one, and nowhere else.
final class RelayDesk: Sendable {
    /// How long an answer waits for the ledger before it goes back without evidence.
    static let filingPatience = Duration.seconds(2)

    /// What goes back to the till.
    struct Answer: Sendable {
        let reply: PosAPIClient.Reply
        /// `nil` while it is not filed.
        let filed: FiledRecord?
    }

    let office: Office
    let client: PosAPIClient
    let logger: Logger
    let memory = RelayMemory()

    init(office: Office, logger: Logger) {
        self.office = office
        self.logger = logger
        client = PosAPIClient(limitSeconds: office.settings.relayLimitSeconds)
    }

    /// Milliseconds during which an equal request is a repetition.
    var window: UInt64 { UInt64(office.settings.repetitionWindowSeconds) * 1000 }

    /// Where the PosAPI of a merchant is that has this ledger in front of it; `nil` for another merchant.
    ///
    /// - Throws: `relay-address-missing`.
    func address(of tin: String) throws -> String? {
        guard office.register.merchant(tin: tin)?.way == .front else { return nil }
        guard let address = office.relays.address(ofMerchant: office.merchantHash(tin)) else {
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
        let key: [UInt8]
        do {
            sale = try RelayedSale(receipt: body)
        } catch {
            // What this ledger cannot read it cannot file, but the PosAPI decides about sales.
            logger.warning("a sale is passed on that cannot be filed", metadata: ["problem": "\(error.problem.code)"])
            sale = .unread
        }
        if case .receipt(let request, _) = sale.content {
            key = office.receipts.saleKey(request).bytes
        } else {
            key = office.registrar.vault.stateHash("unread sale", body)
        }
        let task = memory.task(
            key, now: office.clock.now(),
            isValid: { [office] id in !((try? office.receipts.isGivenBack(id)) ?? false) },
            start: { [self] in try await relay(sale, key, body, to: address) })
        return try await task.value
    }

    private func relay(_ sale: RelayedSale, _ key: [UInt8], _ body: [UInt8], to address: String) async throws -> Answer
    {
        if let known = try await known(sale, key) { return known }
        let intent = begin(sale, key)
        switch await client.send(.POST, "/rest/receipt", body, to: address) {
        case .notSent(let reason):
            end(intent, key)
            throw Problem.relayNotReached(["reason": reason])
        case .unclear(let reason):
            throw unknown(intent, key, reason)
        case .answered(let reply):
            switch PosAPIReply(status: reply.status, body: reply.body) {
            case .refused:
                end(intent, key)
                return Answer(reply: reply, filed: nil)
            case .unclear:
                _ = unknown(intent, key, "status \(reply.status)")
                return Answer(reply: reply, filed: nil)
            case .issued(let issued):
                let answer = Answer(reply: reply, filed: await file(issued, sale, key, intent))
                memory.keep(answer, id: issued.id.text, key: key, until: office.clock.now() + window)
                if case .receipt(let request, _) = sale.content, let corrected = request.corrects {
                    memory.forget(id: corrected.text)
                }
                return answer
            }
        }
    }

    /// The answer to an equal sale that was passed on before this process remembers.
    ///
    /// - Throws: `relay-outcome-unknown` for one whose outcome stays unknown.
    private func known(_ sale: RelayedSale, _ key: [UInt8]) async throws -> Answer? {
        let now = office.clock.now()
        let since = now - min(now, window)
        if case .receipt(let request, _) = sale.content,
            let receipt = try? office.receipts.receipt(ofSale: office.receipts.saleKey(request), since: since)
        {
            return again(receipt.issued, receipt.filed)
        }
        let before = (try? office.relays.intents(sale: key)) ?? []
        for intent in before.reversed() where intent.state == .answered || intent.state == .filed {
            // Numbered, but perhaps not filed: an equal sale after the window is another one.
            guard UInt64(max(0, intent.created)) >= since,
                case .receipt(let request, let answer?) = RelayedSale(decoding: intent.content)?.content,
                !((try? office.receipts.isGivenBack(answer.id.text)) ?? false)
            else { continue }
            return again(answer.receipt(for: request, way: .front), nil)
        }
        if let open = before.last(where: { $0.state == .sent || $0.state == .unknown }) {
            // Sent before, and nobody answered: never a second time.
            guard let found = try await resolve(open) else {
                throw Problem.relayOutcomeUnknown(["id": String(open.id)])
            }
            return again(found.issued, found.filed)
        }
        guard !office.relays.isOpen(key) else { throw Problem.relayOutcomeUnknown(["id": "–"]) }
        return nil
    }

    /// Files an answer; later, when it cannot be now. What it says is on disk before it goes back to the till.
    private func file(
        _ issued: PosAPIReply.Issued, _ sale: RelayedSale, _ key: [UInt8], _ intent: Int64?
    ) async -> FiledRecord? {
        guard case .receipt(let request, _) = sale.content else {
            end(intent, key)
            return nil
        }
        var answered = sale
        answered.content = .receipt(request, answer: issued)
        let filing = Task { [answered] () -> FiledRecord? in
            do {
                let receipt = try await office.receipts.file(
                    issued: issued.receipt(for: request, way: .front), sale: office.receipts.saleKey(request))
                note(.filed, intent, answered)
                return receipt.filed
            } catch {
                note(.answered, intent, answered)
                logger.error("a receipt is not filed yet", metadata: ["problem": "\(code(of: error))"])
                return nil
            }
        }
        if let filed = await filing.value(within: RelayDesk.filingPatience) { return filed }
        note(.answered, intent, answered)
        return nil
    }

    /// The answer to a sale whose first answer is not in memory any more: what may only be printed is gone.
    private func again(_ issued: IssuedReceipt, _ filed: FiledRecord?) -> Answer {
        var answer = PosAPIAnswer.receipt(issued, identity: office.settings.posIdentity, qrData: "").object ?? [:]
        answer["message"] = .string(Problem.relayPrintedGone().message(.mn))
        return Answer(
            reply: PosAPIClient.Reply(
                status: 200, type: "application/json; charset=utf-8", body: JSONValue.object(answer).bytes),
            filed: filed)
    }

    private func unknown(_ intent: Int64?, _ key: [UInt8], _ reason: String) -> Failure {
        let id = intent.map(String.init) ?? "–"
        logger.critical(
            "the outcome of a sale is unknown: see tamga relay list", metadata: ["id": "\(id)", "reason": "\(reason)"])
        office.relays.setOpen(key)
        note(.unknown, intent, nil)
        return Problem.relayOutcomeUnknown(["id": id])
    }

    // MARK: Intents: a database that does not work keeps no sale from happening

    func begin(_ sale: RelayedSale, _ key: [UInt8]) -> Int64? {
        do {
            return try office.relays.begin(sale: key, content: sale.encoded, time: Int64(office.clock.now()))
        } catch {
            logger.critical("a sale is passed on without an intent on disk", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func end(_ intent: Int64?, _ key: [UInt8]) {
        office.relays.setSettled(key)
        guard let intent else { return }
        do { try office.relays.end(intent) } catch {
            logger.error("an intent cannot be ended", metadata: ["error": "\(error)"])
        }
    }

    func note(_ state: RelayIntent.State, _ intent: Int64?, _ sale: RelayedSale?) {
        guard let intent else { return }
        do { try office.relays.note(state, of: intent, content: sale?.encoded) } catch {
            logger.critical("what became of a sale cannot be noted", metadata: ["error": "\(error)"])
        }
    }

    /// An error as a log may show it: without names and numbers.
    func code(of error: any Error) -> String { Failure(from: error)?.problem.code ?? "internal-error" }
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
