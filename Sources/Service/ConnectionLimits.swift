/// How many connections each listener holds at once; further ones wait. All together leave the ledger and the databases what they need.
struct ConnectionLimits: Hashable, Sendable {
    /// The most of one listener, however many descriptors there are.
    static let most = 4096
    /// The most of the operator's socket.
    static let mostOfAdmin = 64
    /// Descriptors that are left to the ledger, the databases and what is asked elsewhere; of few, a half.
    static let reserved = 512

    /// Of each listener that others reach.
    let each: Int
    /// Of the operator's socket.
    let admin: Int

    /// - Parameters:
    ///   - descriptorLimit: how many files and connections the process may have open.
    ///   - publicListeners: how many there are beside the operator's socket, at least 1.
    init(descriptorLimit: Int, publicListeners: Int) {
        precondition(publicListeners >= 1)
        let free = descriptorLimit - min(ConnectionLimits.reserved, descriptorLimit / 2)
        admin = max(1, min(ConnectionLimits.mostOfAdmin, free / 8))
        each = max(1, min(ConnectionLimits.most, (free - admin) / publicListeners))
    }
}
