/// Lets one through at a time, in the order in which they came.
public actor Turnstile {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init() {}

    /// Waits for its turn, whether or not the task is cancelled meanwhile, and runs `body`.
    public func pass<R: Sendable>(_ body: @Sendable () async throws -> R) async throws -> R {
        if isTaken {
            await withCheckedContinuation { waiting.append($0) }
        }
        isTaken = true
        defer {
            if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
        }
        return try await body()
    }
}
