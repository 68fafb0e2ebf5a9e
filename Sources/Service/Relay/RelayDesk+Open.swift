import Catalogue
import Filing
import LedgerEngine
import Logging
import Receipts
import Registry
import ServiceLifecycle

/// Sales whose outcome is open, and answers that wait to be filed.
extension RelayDesk: Service {
    /// How far the clocks of this machine and of a PosAPI's may be apart.
    private static let clockSlackMs: Int64 = 120_000
    private static let filingPause = Duration.seconds(1)
    /// Rounds of filing between two of asking.
    private static let roundsBetweenQuestions = 30
    /// The longest pause, in rounds, before what could not be filed is tried again.
    private static let longestPause = 60

    /// Everything that was on its way when the service ended is of unknown outcome. To be called before tills are served.
    func begin() throws {
        try office.relays.interrupt()
    }

    /// Files what waits and asks for what is unknown, until the service stops.
    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var round = 0
            /// Tries, and the round of the next one.
            var tries: [Int64: (count: Int, next: Int)] = [:]
            while true {
                let now = self.office.clock.now()
                self.memory.forget(before: now)
                try? self.office.relays.forgetFiled(before: Int64(now - min(now, self.window)))
                let waiting = (try? self.office.relays.intents(state: .answered)) ?? []
                tries = tries.filter { each in waiting.contains { $0.id == each.key } }
                for intent in waiting where tries[intent.id]?.next ?? 0 <= round {
                    if await self.fileLater(intent) { continue }
                    let count = (tries[intent.id]?.count ?? 0) + 1
                    tries[intent.id] = (count, round + min(Self.longestPause, count))
                }
                if round % Self.roundsBetweenQuestions == 0 { await self.ask() }
                round += 1
                try await Task.sleep(for: Self.filingPause)
            }
        }
        await client.shutDown()
    }

    /// Asks for all that is unknown: each PosAPI once.
    private func ask() async {
        guard let open = try? openSales() else { return }
        var lists: [String: [EchoedReceipt]] = [:]
        for sale in open where sale.intent.state == .unknown {
            guard let address = try? address(of: sale.request.merchant) else { continue }
            if lists[address] == nil { lists[address] = await remembered(at: address) ?? [] }
            _ = try? await resolve(sale, among: open, from: lists[address] ?? [])
        }
    }

    /// A sale without an answer, on its way or of unknown outcome.
    struct OpenSale {
        let intent: RelayIntent
        let request: ReceiptRequest
        let echo: [UInt8]
    }

    /// A receipt that a PosAPI remembers.
    private struct EchoedReceipt {
        let issued: PosAPIReply.Issued
        let echo: [UInt8]
    }

    private func openSales() throws -> [OpenSale] {
        try office.relays.intents().compactMap { intent in
            guard intent.state == .unknown || intent.state == .sent,
                case .receipt(let request, nil) = RelayedSale(decoding: intent.content)?.content
            else { return nil }
            return OpenSale(intent: intent, request: request, echo: request.echo)
        }
    }

    private func remembered(at address: String) async -> [EchoedReceipt]? {
        await client.receipts(at: address)?.map { EchoedReceipt(issued: $0.issued, echo: $0.request.echo) }
    }

    private func fileLater(_ intent: RelayIntent) async -> Bool {
        guard let sale = RelayedSale(decoding: intent.content) else { return false }
        do {
            switch sale.content {
            case .giveBack(let request):
                _ = try await office.receipts.record(of: try office.receipts.submit(request, isRelayed: true))
            case .receipt(let request, let answer):
                guard let answer else { return false }
                _ = try await office.receipts.file(
                    issued: answer.receipt(for: request, way: .front), sale: office.receipts.saleKey(request))
            case .unread: return false
            }
            end(intent.id, intent.sale)
            return true
        } catch {
            logger.debug("still not filed", metadata: ["problem": "\(code(of: error))"])
            return false
        }
    }

    /// The receipt of a sale whose outcome was unknown: in the ledger already, or with the PosAPI, which is asked.
    ///
    /// - Returns: `nil` when it stays unknown. That a PosAPI does not name it says nothing: it may be at work on it yet.
    func resolve(_ intent: RelayIntent) async throws -> FiledReceipt? {
        let open = try openSales()
        guard let sale = open.first(where: { $0.intent.id == intent.id }) else { return nil }
        let list: [EchoedReceipt]? =
            if let address = try address(of: sale.request.merchant) { await remembered(at: address) } else { nil }
        return try await resolve(sale, among: open, from: list ?? [])
    }

    private func resolve(_ sale: OpenSale, among open: [OpenSale], from list: [EchoedReceipt]) async throws
        -> FiledReceipt?
    {
        let (intent, request) = (sale.intent, sale.request)
        let key = office.receipts.saleKey(request)
        if let filed = try office.receipts.receipt(ofSale: key, since: UInt64(max(0, intent.created))) {
            end(intent.id, intent.sale)
            return filed
        }
        // Open sales of equal content cannot be told apart, and one under way may be the one that was issued.
        guard !open.contains(where: { $0.intent.id != intent.id && $0.echo == sale.echo }) else { return nil }
        let found = try list.filter { candidate in
            candidate.issued.date.unixMilliseconds >= intent.created - Self.clockSlackMs
                && candidate.echo == sale.echo
        }.filter { candidate in
            try office.evidence.find(candidate.issued.id.text) == nil
        }
        guard found.count == 1, let only = found.first else { return nil }
        return try await settle(intent, request, only.issued)
    }

    /// Takes what a person, a question or a push says of a sale whose outcome was unknown.
    func settle(_ intent: RelayIntent, _ request: ReceiptRequest, _ issued: PosAPIReply.Issued) async throws
        -> FiledReceipt
    {
        let receipt = try await office.receipts.file(
            issued: issued.receipt(for: request, way: .front), sale: office.receipts.saleKey(request))
        // One that is still under way ends when its answer comes.
        if intent.state == .unknown {
            office.relays.setSettled(intent.sale)
            var sale = RelayedSale(decoding: intent.content)
            sale?.content = .receipt(request, answer: issued)
            note(.filed, intent.id, sale)
        }
        return receipt
    }

    /// The one open sale that a pushed receipt answers; `nil` when there is none, or more than one.
    func openSale(of receipt: IssuedReceipt) throws -> (RelayIntent, ReceiptRequest)? {
        let echo = receipt.request.echo
        let open = try openSales().filter { sale in
            sale.echo == echo && receipt.date.unixMilliseconds >= sale.intent.created - Self.clockSlackMs
        }
        guard open.count == 1, let only = open.first else { return nil }
        return (only.intent, only.request)
    }
}
