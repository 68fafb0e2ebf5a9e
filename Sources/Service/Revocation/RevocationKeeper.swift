public import Catalogue
public import Filing
public import LedgerEngine
public import Logging
public import ServiceLifecycle
import Signatures
import Synchronization

/// Keeps what tells of revoked certificates current: fetches CRLs and asks OCSP responders, at the addresses in the trust folder's file
/// `addresses` and nowhere else. What certificates say of addresses is not looked at.
///
/// CRLs that come are kept in a folder, and serve in a new trust store (``TrustKeeper``) beside those of the trust folder.
public final class RevocationKeeper: Service, RevocationSource {
    /// How an address of CRLs fares: what an operator is shown.
    public struct AddressState: Sendable, Hashable {
        public let url: String
        /// Failures since it last gave a list.
        public let failures: Int
        /// Why it failed last; `nil` when it did not.
        public let fault: String?
    }

    private struct Plan {
        /// Monotonic ms.
        var due: UInt64 = 0
        /// Monotonic ms before which nobody who waits has it asked again.
        var earliest: UInt64 = 0
        var failures = 0
        var fault: String?
        var running: Task<Void, Never>?
    }

    private struct State {
        /// By address.
        var plans: [String: Plan] = [:]
        var isStopped = false
    }

    /// How long a check at registration waits for everything together.
    static let patience = Duration.seconds(5)
    /// Addresses that are asked at once: each list may be large.
    private static let fetchesAtOnce = 4
    /// The longest sleep: the plan may have changed.
    private static let longestSleep: UInt64 = 60_000

    private let lists: CRLDesk
    private let ocsp: OCSPDesk
    private let trust: TrustKeeper
    private let carrier: any RevocationCarrier
    private let clock: any Clock
    private let logger: Logger
    private let patience: Duration
    private let state = Mutex(State())

    /// Reads the trust folder with the CRLs fetched before, and puts a store of both in the keeper's place.
    ///
    /// - Parameters:
    ///   - folder: the trust folder, or a PEM file, which has no addresses.
    ///   - cachePath: the folder for fetched CRLs; made, mode 0700, with the first.
    /// - Throws: `trust-unreadable` with the file, or the line of `addresses`, at fault.
    public convenience init(
        folder: String, cachePath: String, trust: TrustKeeper, clock: any Clock = SystemClock(), logger: Logger
    ) throws(Failure) {
        try self.init(
            folder: folder, cache: CRLFolder(path: cachePath), trust: trust, carrier: HTTPRevocationCarrier(),
            clock: clock, logger: logger)
    }

    init(
        folder: String, cache: CRLFolder, trust: TrustKeeper, carrier: any RevocationCarrier, clock: any Clock,
        logger: Logger, patience: Duration = RevocationKeeper.patience
    ) throws(Failure) {
        self.trust = trust
        self.carrier = carrier
        self.clock = clock
        self.logger = logger
        self.patience = patience
        lists = try CRLDesk(
            path: folder, folder: cache, trust: trust, now: Int64(clamping: clock.now() / 1000), logger: logger)
        ocsp = OCSPDesk(carrier: carrier, clock: clock, logger: logger)
    }

    private var now: Int64 { Int64(clamping: clock.now() / 1000) }

    // MARK: For the operator

    /// The newest CRL of each issuer that serves, by the issuer's name.
    public func listStates() -> [RevocationListState] { lists.states }

    /// The addresses of CRLs in the file's order.
    public func addressStates() -> [AddressState] {
        let plans = state.withLock { $0.plans }
        return lists.view.addresses.crls.map {
            AddressState(url: $0, failures: plans[$0]?.failures ?? 0, fault: plans[$0]?.fault)
        }
    }

    /// Reads the trust folder and its addresses again, and puts a new store in the place of the old one. New addresses are asked within a
    /// minute. Blocks while it reads.
    ///
    /// - Throws: `trust-unreadable`; then all stays as it was.
    public func reload() throws(Failure) { try lists.reload(now: now) }

    // MARK: Fetching lists

    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            self.lists.tidy()
            try await withTaskCancellationHandler {
                while !Task.isCancelled {
                    let pause = await self.fetchDue()
                    try await Task.sleep(for: .milliseconds(Int64(min(pause, RevocationKeeper.longestSleep))))
                }
            } onCancel: {
                self.stopFetching()
            }
        }
        await shutDown()
    }

    /// Breaks off what is under way; nothing is fetched any more. Done at the end of ``run()``: for a keeper that never ran.
    public func shutDown() async {
        for task in stopFetching() { await task.value }
        await ocsp.stop()
        await carrier.shutDown()
    }

    /// Breaks off what is under way; nothing new begins.
    @discardableResult
    private func stopFetching() -> [Task<Void, Never>] {
        let running = state.withLock { state in
            state.isStopped = true
            return state.plans.values.compactMap(\.running)
        }
        for task in running { task.cancel() }
        return running
    }

    /// Asks every address whose time has come.
    ///
    /// - Returns: the ms until the next one's.
    func fetchDue() async -> UInt64 {
        let urls = lists.view.addresses.crls
        let start = clock.monotonic()
        let due = state.withLock { state in urls.filter { state.plans[$0]?.due ?? 0 <= start } }
        await fetch(due)
        let end = clock.monotonic()
        return state.withLock { state in
            urls.map { url in
                let due = state.plans[url]?.due ?? 0
                return due > end ? due - end : 0
            }.min() ?? RevocationKeeper.longestSleep
        }
    }

    private func fetch(_ urls: [String]) async {
        await withTaskGroup(of: Void.self) { group in
            for (position, url) in urls.enumerated() {
                if position >= RevocationKeeper.fetchesAtOnce { await group.next() }
                group.addTask { await self.task(for: url)?.value }
            }
        }
    }

    /// The fetch of an address that is under way, or a new one; `nil` when the service ends.
    private func task(for url: String) -> Task<Void, Never>? {
        state.withLock { state in
            if let running = state.plans[url]?.running { return running }
            guard !state.isStopped else { return nil }
            let task = Task { await self.fetch(url) }
            state.plans[url, default: Plan()].running = task
            return task
        }
    }

    private func fetch(_ url: String) async {
        do {
            let bytes = try await carrier.get(url)
            // A large list takes a while to read and to write: not on a thread that others wait for.
            let until = try await onThreadOfItsOwn { [lists, now] _ in try lists.take(bytes, from: url, now: now) }
            guard until > now else { throw RevocationFault("its CRL has ended, and there is no newer one") }
            succeed(url, until: until)
        } catch {
            fail(url, Task.isCancelled ? nil : error)
        }
    }

    private func succeed(_ url: String, until: Int64) {
        let time = clock.monotonic()
        let pause = FetchPlan.pause(now: clock.now(), until: until)
        let failures = state.withLock { state in
            state.plans.updateValue(Plan(due: time + pause, earliest: time + FetchPlan.shortestPause), forKey: url)?
                .failures
        }
        logger.debug("a CRL came", metadata: ["address": "\(url)"])
        if let failures, failures > 0 { logger.notice("CRLs come again", metadata: ["address": "\(url)"]) }
    }

    private func fail(_ url: String, _ error: (any Error)?) {
        let time = clock.monotonic()
        let failures = state.withLock { state in
            var plan = state.plans[url] ?? Plan()
            plan.running = nil
            plan.failures += 1
            plan.due = time + FetchPlan.rest(failures: plan.failures)
            plan.earliest = time + FetchPlan.wantedRest
            plan.fault = error.map { "\($0)" } ?? plan.fault
            state.plans[url] = plan
            return plan.failures
        }
        guard let error else { return }
        logger.warning(
            "no CRL from this address",
            metadata: ["address": "\(url)", "reason": "\(error)", "failures": "\(failures)"])
    }

    // MARK: For a check at registration

    /// Asks the responders of the chain's issuers, and has lists fetched that are missing; all within ``patience``.
    ///
    /// A responder goes before a list, being newer. Where it does not answer and a list tells of the certificate, that list counts.
    public func material(for cms: [UInt8], at unixSeconds: Int64) async -> [[UInt8]] {
        let view = lists.view
        guard !view.addresses.isEmpty,
            let needs = try? view.certificates.revocationNeeds(cms: cms, at: unixSeconds), !needs.isEmpty
        else { return [] }
        let uncovered = Set((try? trust.current?.revocationNeeds(cms: cms, at: unixSeconds))?.map(\.position) ?? [])
        let end = ContinuousClock.now + patience
        return await withTaskGroup(of: [UInt8]?.self) { group in
            for need in needs {
                let isUncovered = uncovered.contains(need.position)
                let urls = view.addresses.responders(for: need.issuerFingerprint).map(\.url)
                guard isUncovered || !urls.isEmpty else { continue }
                group.addTask {
                    let tells = { @Sendable (answer: [UInt8]) in
                        view.certificates.tells(answer, of: need, in: cms, at: unixSeconds)
                    }
                    // Beside the question: a responder that is silent must not take all the time.
                    async let lists: Void = self.fetchLists(of: isUncovered ? need.issuerSubject : nil, until: end)
                    let question = OCSPDesk.Question(need: need, urls: urls, isUrgent: isUncovered)
                    let answer = await self.ocsp.answer(to: question, within: end - .now, tells: tells)
                    // Where the answer tells, nobody waits for the lists.
                    if !(answer.map(tells) ?? false) { await lists }
                    return answer
                }
            }
            var material: [[UInt8]] = []
            for await answer in group {
                if let answer { material.append(answer) }
            }
            return material
        }
    }

    /// Has the addresses asked that give, or may give, the lists of an issuer; soon after a failure not again.
    private func fetchLists(of issuer: String?, until end: ContinuousClock.Instant) async {
        guard let issuer else { return }
        let time = clock.monotonic()
        let urls = lists.view.addresses.crls.filter { url in lists.list(from: url).map { $0.name == issuer } ?? true }
        let ready = state.withLock { state in
            urls.filter { state.plans[$0]?.running != nil || state.plans[$0]?.earliest ?? 0 <= time }
        }
        guard !ready.isEmpty else { return }
        _ = await Task { await self.fetch(ready) }.value(within: end - .now)
    }
}

extension TrustStore {
    /// Whether an OCSP response is sound, current at a time, and about a certificate of a signature's chain. Of a store without CRLs.
    fileprivate func tells(_ answer: [UInt8], of need: RevocationNeed, in cms: [UInt8], at unixSeconds: Int64) -> Bool {
        guard let left = try? revocationNeeds(cms: cms, at: unixSeconds, material: [answer]) else { return false }
        return !left.contains { $0.position == need.position }
    }
}
