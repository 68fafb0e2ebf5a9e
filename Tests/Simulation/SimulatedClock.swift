import LedgerEngine

/// A clock that moves when the run says so.
///
/// `@unchecked Sendable`: a run lives on one thread.
final class SimulatedClock: Clock, @unchecked Sendable {
    private var wall: UInt64 = 1_764_028_800_000
    private var newest: UInt64 = 0
    private var steady: UInt64 = 1_000_000

    func now() -> UInt64 { wall }
    func monotonic() -> UInt64 { steady }

    /// Time goes by, ms.
    func advance(_ milliseconds: Int) {
        wall += UInt64(milliseconds)
        steady += UInt64(milliseconds)
    }

    /// Somebody sets the wall clock, ms.
    func jump(by milliseconds: Int) {
        newest = max(newest, wall)
        wall = UInt64(Int(wall) + milliseconds)
    }

    /// The clock is corrected by a little: never by more than the ledger passes over, ms behind the newest time it ever showed.
    func stepBack(by milliseconds: Int) {
        newest = max(newest, wall)
        if newest < wall + 5_000 - UInt64(milliseconds) { jump(by: -milliseconds) }
    }
}
