import Synchronization

/// Permits of which one holder has few at a time: whoever asks for many, or keeps them long, keeps nobody else out.
final class SharedPermits: Sendable {
    private struct Share {
        let permits: Permits
        /// Who has, or waits for, one of it: with the last the share is forgotten.
        var users = 0
    }

    private let permits: Permits
    private let share: Int
    private let shares = Mutex<[String: Share]>([:])

    /// - Parameters:
    ///   - count: how many there are.
    ///   - share: how many of them one holder has at most.
    init(_ count: Int, each share: Int) {
        precondition(share > 0 && share <= count, "a share of them")
        permits = Permits(count)
        self.share = share
    }

    /// Takes a permit, once one is free and the holder has less than a share. Behind the holder's own, others are not kept waiting.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits.
    func take(for holder: String) async throws -> HeldShare {
        let own = enter(holder)
        do {
            try await own.take()
        } catch {
            leave(holder)
            throw error
        }
        do {
            try await permits.take()
        } catch {
            own.give()
            leave(holder)
            throw error
        }
        return HeldShare(of: self, holder)
    }

    /// Takes a permit if one is free now and the holder has less than a share.
    func takeIfFree(for holder: String) -> HeldShare? {
        let own = enter(holder)
        guard own.takeIfFree() else {
            leave(holder)
            return nil
        }
        guard permits.takeIfFree() else {
            own.give()
            leave(holder)
            return nil
        }
        return HeldShare(of: self, holder)
    }

    /// How many holders have or wait for one.
    var holderCount: Int { shares.withLock { $0.count } }

    fileprivate func give(from holder: String) {
        permits.give()
        shares.withLock { $0[holder]?.permits }?.give()
        leave(holder)
    }

    private func enter(_ holder: String) -> Permits {
        shares.withLock { shares in
            var known = shares[holder] ?? Share(permits: Permits(share))
            known.users += 1
            shares[holder] = known
            return known.permits
        }
    }

    private func leave(_ holder: String) {
        shares.withLock { shares in
            shares[holder]?.users -= 1
            if shares[holder]?.users == 0 { shares[holder] = nil }
        }
    }
}

/// A permit of a share that is held: given back once, at the latest when nobody holds it any more.
final class HeldShare: Sendable {
    private let permits: SharedPermits
    private let holder: String
    private let isGivenBack = Atomic(false)

    fileprivate init(of permits: SharedPermits, _ holder: String) {
        (self.permits, self.holder) = (permits, holder)
    }

    func giveBack() {
        if !isGivenBack.exchange(true, ordering: .relaxed) { permits.give(from: holder) }
    }

    deinit { giveBack() }
}
