import Glibc

/// TCP on this machine.
enum Loopback {
    /// How long nothing may come before a run is given up, seconds.
    static let patience = 60

    /// Ports that nothing listens on right now, all different.
    static func freePorts(_ count: Int) throws -> [Int] {
        var held: [Int32] = []
        // Closed together: a port that was given back could come again.
        defer { for descriptor in held { close(descriptor) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            held.append(descriptor)
            var address = address(port: 0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
                }
            }
            guard isBound else { throw BenchError("no port of loopback is free") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    /// Connects to a port. What is written goes out at once.
    ///
    /// - Parameter caller: the address of this side, one of 127.0.0.0/8; `nil` for the system's choice, 127.0.0.1.
    static func connected(to port: Int, from caller: UInt32? = nil) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if let caller {
            var own = address(port: 0)
            own.sin_addr.s_addr = caller.bigEndian
            let isBound = withUnsafePointer(to: &own) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isBound else {
                let reason = String(cString: strerror(errno))
                close(descriptor)
                throw BenchError("no connection can come from another address of loopback: \(reason)")
            }
        }
        var address = address(port: port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw BenchError("port \(port) of loopback cannot be reached: \(reason)")
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        return descriptor
    }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

/// A connection that carries HTTP/1.1 and is kept alive. It belongs to one thread.
final class HTTPConnection {
    let descriptor: Int32
    private let port: Int
    private var answer = HTTPAnswer()
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// - Parameter caller: the address that it comes from, of 127.0.0.0/8.
    init(port: Int, from caller: UInt32? = nil) throws {
        self.port = port
        descriptor = try Loopback.connected(to: port, from: caller)
    }

    deinit { close(descriptor) }

    /// Writes a whole request.
    func send(_ request: [UInt8]) throws {
        answer = HTTPAnswer()
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failure("takes no request", count) }
            sent += count
        }
    }

    /// Reads what is there, waiting if nothing is.
    ///
    /// - Returns: the answer once it is whole.
    func receive() throws -> HTTPAnswer? {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw failure("gives no answer", count) }
        try buffer.withUnsafeBytes { try answer.read(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
        return answer.isWhole ? answer : nil
    }

    /// Sends a request and waits for its answer.
    func exchange(_ request: [UInt8]) throws -> HTTPAnswer {
        try send(request)
        while true {
            if let answer = try receive() { return answer }
        }
    }

    /// - Parameter count: what the system gave: 0 when the other side has closed, less with the reason in `errno`.
    private func failure(_ what: String, _ count: Int) -> BenchError {
        let reason = count == 0 ? "it has closed the connection" : String(cString: strerror(errno))
        return BenchError("port \(port) \(what): \(reason)")
    }
}
