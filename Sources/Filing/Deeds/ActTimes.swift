import Synchronization

/// When acts are registered: for each notary never before the act before, though the clock may step back a little. So the numbers of a
/// register book and its days go up together, also over midnight of New Year.
final class ActTimes: Sendable {
    private let last = Mutex<[String: UInt64]>([:])

    /// The time of a notary's next act, Unix ms. To be called under the notary's lock.
    ///
    /// - Parameters:
    ///   - now: what the clock says.
    ///   - recorded: when the notary's newest record was recorded, Unix ms; asked once for each notary.
    func next(of notary: String, now: UInt64, recorded: () throws -> UInt64) rethrows -> UInt64 {
        let known = last.withLock { $0[notary] }
        let floor = try known ?? recorded()
        let time = max(now, floor)
        last.withLock { $0[notary] = time }
        return time
    }
}
