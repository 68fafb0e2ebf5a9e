import Glibc

/// Where the ledger's shell takes time from.
public protocol Clock: Sendable {
    /// Wall clock, Unix ms.
    func now() -> UInt64
    /// A clock that never jumps, ms since any fixed moment.
    func monotonic() -> UInt64
}

/// The system's clocks.
public struct SystemClock: Clock {
    public init() {}

    public func now() -> UInt64 { milliseconds(CLOCK_REALTIME) }
    public func monotonic() -> UInt64 { milliseconds(CLOCK_BOOTTIME) }

    private func milliseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(max(time.tv_sec, 0)) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
