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

    /// Files what waits and asks for what is unknown, until the service stops.
    public func run() async throws {
        try office.relays.interrupt()
        try? await cancelWhenGracefulShutdown {
            var round = 0
            while true {
                self.forgetOldAnswers()
                for intent in (try? self.office.relays.intents(state: .answered)) ?? [] { await self.fileLater(intent) }
                if round % Self.roundsBetweenQuestions == 0 {
                    for intent in (try? self.office.relays.intents(state: .unknown, limit: 100)) ?? [] {
                        _ = try? await self.resolve(intent)
                    }
                }
                round += 1
                try await Task.sleep(for: Self.filingPause)
            }
        }
        await client.shutDown()
    }

    private func fileLater(_ intent: RelayIntent) async {
        guard let sale = RelayedSale(decoding: intent.content) else { return }
        do {
            switch sale.content {
            case .giveBack(let request): _ = try await office.receipts.record(of: try office.receipts.submit(request))
            case .receipt(let request, let answer):
                guard let answer else { return }
                _ = try await office.receipts.file(
                    issued: answer.receipt(for: request, way: .front), sale: office.receipts.saleKey(request))
            }
            end(intent.id)
        } catch {
            logger.debug("still not filed", metadata: ["error": "\(error)"])
        }
    }

    /// The receipt of a sale whose outcome was unknown: in the ledger already, or with the PosAPI, which is asked.
    ///
    /// - Returns: `nil` when it stays unknown. That a PosAPI does not name it says nothing: it may be at work on it yet.
    func resolve(_ intent: RelayIntent) async throws -> FiledReceipt? {
        guard let sale = RelayedSale(decoding: intent.content), case .receipt(let request, let answer) = sale.content
        else { return nil }
        let key = office.receipts.saleKey(request)
        if let filed = try office.receipts.receipt(ofSale: key, since: UInt64(max(0, intent.created))) {
            end(intent.id)
            return filed
        }
        if let answer { return try await settle(intent, request, answer) }
        guard let address = try self.address(of: request.merchant), let remembered = await client.receipts(at: address)
        else {
            return nil
        }
        let echo = request.echo
        // Two open sales of equal content cannot be told apart.
        let equals = try office.relays.intents().filter { $0.id != intent.id && $0.isOpen(with: echo) }
        let found = try remembered.filter { candidate in
            candidate.issued.date.unixMilliseconds >= intent.created - Self.clockSlackMs
                && candidate.request.echo == echo
        }.filter { candidate in
            try office.evidence.find(candidate.issued.id.text) == nil
        }
        guard equals.isEmpty, found.count == 1, let only = found.first else { return nil }
        return try await settle(intent, request, only.issued)
    }

    /// Takes what a person, a question or a push says of a sale whose outcome was unknown.
    func settle(_ intent: RelayIntent, _ request: ReceiptRequest, _ issued: PosAPIReply.Issued) async throws
        -> FiledReceipt
    {
        let receipt = try await office.receipts.file(
            issued: issued.receipt(for: request, way: .front), sale: office.receipts.saleKey(request))
        end(intent.id)
        return receipt
    }

    /// The one open sale that a pushed receipt answers; `nil` when there is none, or more than one.
    func openSale(of receipt: IssuedReceipt) throws -> (RelayIntent, ReceiptRequest)? {
        let echo = receipt.request.echo
        let open = try office.relays.intents().filter { intent in
            intent.isOpen(with: echo) && receipt.date.unixMilliseconds >= intent.created - Self.clockSlackMs
        }
        guard open.count == 1, let intent = open.first,
            case .receipt(let request, _) = RelayedSale(decoding: intent.content)?.content
        else { return nil }
        return (intent, request)
    }
}

extension RelayIntent {
    /// Whether it is a sale with this echo whose outcome is unknown.
    fileprivate func isOpen(with echo: [UInt8]) -> Bool {
        guard state == .unknown, case .receipt(let request, nil) = RelayedSale(decoding: content)?.content else {
            return false
        }
        return request.echo == echo
    }
}
