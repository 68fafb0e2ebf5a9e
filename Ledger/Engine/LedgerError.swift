/// Why the ledger did not take, or no longer knows, something.
public enum LedgerError: Error, Hashable, Sendable {
    /// The queue is full, or no further file can be opened: try again a little later. Nothing was stored.
    case busy
    /// The disk has no room for another journal file. Nothing was stored.
    case diskFull(String)
    /// The wall clock is more than five seconds behind the newest entry (Unix ms). Nothing was stored.
    case clockBehind(now: UInt64, last: UInt64)
    /// The wall clock is more than a day ahead of what the ledger last saw (Unix ms). Nothing was stored.
    case clockAhead(now: UInt64, last: UInt64)
    /// A write or sync failed: whether the entry will be there is not known; ask again with the same idempotency key.
    case outcomeUnknown(String)
    /// The ledger's key did not sign, and why: nothing is acknowledged until it does. Whether the entry will be there is not known; ask again
    /// with the same idempotency key.
    case signerFailed(String)
    /// The ledger does not take entries now, and why.
    case stopped(String)
    /// What the submission was built on was not recorded: build it again. Nothing was stored.
    case superseded
    /// An entry or payload beyond the limits. Nothing was stored.
    case tooLarge
    /// No entry has this index.
    case noSuchIndex(UInt64, size: UInt64)
}
