public import Signatures
import Synchronization

/// The trust store that counts now. It is replaced whole when revocation lists were fetched, or when the operator changed the trust folder.
public final class TrustKeeper: Sendable {
    private let store: Mutex<TrustStore?>

    public init(_ store: TrustStore?) {
        self.store = Mutex(store)
    }

    /// `nil` where no signature can be checked: then no act is registered.
    public var current: TrustStore? { store.withLock { $0 } }

    /// Puts another store in its place. Checks under way end with the one they began with.
    public func replace(with store: TrustStore) {
        self.store.withLock { $0 = store }
    }
}
