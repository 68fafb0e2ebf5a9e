import Synchronization

/// Hands elements from one task to one other, and lets the first wait while too much is under way.
final class BoundedPipe<Element: Sendable>: Sendable {
    private struct State {
        var elements: [(element: Element, weight: Int)] = []
        var weight = 0
        var isFinished = false
        var isCancelled = false
        var sender: CheckedContinuation<Void, Never>?
        var receiver: CheckedContinuation<Void, Never>?

        mutating func wakeAll() -> [CheckedContinuation<Void, Never>] {
            defer { (sender, receiver) = (nil, nil) }
            return [sender, receiver].compactMap { $0 }
        }
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: of weight; what was begun before it was reached may exceed it.
    init(limit: Int) {
        self.limit = limit
    }

    /// Waits until less than the limit is under way.
    ///
    /// - Throws: `CancellationError` when the pipe was cancelled.
    func room() async throws {
        try await withTaskCancellationHandler {
            while true {
                let hasRoom = try state.withLock { state in
                    if state.isCancelled { throw CancellationError() }
                    return state.weight < limit
                }
                if hasRoom { return }
                await withCheckedContinuation { continuation in
                    let isLate = state.withLock { state in
                        if state.isCancelled || state.weight < limit { return true }
                        state.sender = continuation
                        return false
                    }
                    if isLate { continuation.resume() }
                }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Hands over an element, and waits for nothing: whoever sends asks for ``room()`` before it begins what it cannot leave half done.
    ///
    /// - Throws: `CancellationError` when the pipe was cancelled.
    func send(_ element: Element, weight: Int) throws {
        let receiver = try state.withLock { state in
            if state.isCancelled { throw CancellationError() }
            state.elements.append((element, weight))
            state.weight += weight
            defer { state.receiver = nil }
            return state.receiver
        }
        receiver?.resume()
    }

    /// Nothing more will be sent.
    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            return state.wakeAll()
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Lets go of everything; both sides get `CancellationError`.
    func cancel() {
        let waiting = state.withLock { state in
            state.isCancelled = true
            state.elements = []
            return state.wakeAll()
        }
        for continuation in waiting { continuation.resume() }
    }

    /// The next element; `nil` when there will be none.
    ///
    /// - Throws: `CancellationError` when the pipe was cancelled.
    func next() async throws -> Element? {
        try await withTaskCancellationHandler {
            while true {
                let step = try state.withLock { state -> (Element?, CheckedContinuation<Void, Never>?, Bool) in
                    if state.isCancelled { throw CancellationError() }
                    guard !state.elements.isEmpty else { return (nil, nil, state.isFinished) }
                    let (element, weight) = state.elements.removeFirst()
                    state.weight -= weight
                    defer { state.sender = nil }
                    return (element, state.sender, true)
                }
                step.1?.resume()
                if step.2 { return step.0 }
                await withCheckedContinuation { continuation in
                    let isLate = state.withLock { state in
                        if state.isCancelled || state.isFinished || !state.elements.isEmpty { return true }
                        state.receiver = continuation
                        return false
                    }
                    if isLate { continuation.resume() }
                }
            }
        } onCancel: {
            cancel()
        }
    }
}
