import Glibc

/// Connections that are kept alive, each with one request in flight: one thread writes, waits with `poll` and reads for all of them.
final class HTTPLoad {
    /// What a round gave.
    struct Round {
        /// Answers a second, and how long each took, from the write of its request to its end, as this process sees it.
        let rate: Double
        let latencies: Latencies
        /// All successful answers, also those before and after what is counted.
        let answers: Int
        /// Processor time of this thread for each of them, µs.
        let processor: Double
    }

    private var connections: [HTTPConnection]
    /// Who takes the place of a connection that has sent its share; `nil` where each goes on.
    private let callers: Callers?
    private var sent: [Int]
    private var begun: [Double]
    private var request: [UInt8] = []

    init(port: Int, connections count: Int) throws {
        connections = try (0..<count).map { _ in try HTTPConnection(port: port) }
        callers = nil
        (begun, sent) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count))
    }

    /// Places that callers take in turn: each sends a few requests, and the next comes.
    init(_ callers: Callers, connections count: Int) throws {
        connections = try (0..<count).map { _ in try callers.next() }
        self.callers = callers
        (begun, sent) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count))
    }

    /// Sends requests for some seconds, and waits for their answers. The first fifth is not counted.
    ///
    /// - Parameters:
    ///   - make: writes the next request into an empty buffer.
    ///   - answered: is given each success.
    /// - Throws: `BenchError` when anything but a success was answered, with the first such answer; when there is no further request.
    func run(
        seconds duration: Double, _ make: (inout [UInt8]) -> Void, answered: (HTTPAnswer) -> Void = { _ in }
    ) throws -> Round {
        let processor = processorSeconds(CLOCK_THREAD_CPUTIME_ID)
        let begin = monotonicSeconds() + duration / 5
        let end = begin + duration
        var taken: [Double] = []
        var (answers, refused, refusal) = (0, 0, "")
        var waiting = connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        var open = connections.count
        for place in connections.indices { try send(on: place, make) }
        while open > 0 {
            let ready = poll(&waiting, nfds_t(waiting.count), Int32(Loopback.patience * 1000))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw BenchError("the service no longer answers") }
            for place in connections.indices where waiting[place].revents != 0 {
                guard let answer = try connections[place].receive() else { continue }
                let now = monotonicSeconds()
                if answer.isSuccess {
                    answers += 1
                    answered(answer)
                    if now >= begin, now < end { taken.append(now - begun[place]) }
                } else {
                    if refused == 0 { refusal = answer.refusal }
                    refused += 1
                }
                if now < end {
                    if let callers, sent[place] == callers.share {
                        connections[place] = try callers.next(after: connections[place])
                        waiting[place].fd = connections[place].descriptor
                        sent[place] = 0
                    }
                    try send(on: place, make)
                } else {
                    // poll passes over negative descriptors.
                    waiting[place].fd = -1
                    open -= 1
                }
            }
        }
        guard refused == 0 else {
            throw BenchError("\(refused) of \(refused + answers) requests were refused, the first with \(refusal)")
        }
        let spent = processorSeconds(CLOCK_THREAD_CPUTIME_ID) - processor
        return Round(
            rate: Double(taken.count) / duration, latencies: Latencies(taken), answers: answers,
            processor: spent / Double(max(1, answers)) * 1e6)
    }

    private func send(on place: Int, _ make: (inout [UInt8]) -> Void) throws {
        request.removeAll(keepingCapacity: true)
        make(&request)
        guard !request.isEmpty else { throw BenchError("there are no further requests: more must be made beforehand") }
        sent[place] += 1
        begun[place] = monotonicSeconds()
        try connections[place].send(request)
    }
}
