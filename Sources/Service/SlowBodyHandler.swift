import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends a connection whose body does not arrive within a time: a client that trickles must not hold it, or a graceful stop, for ever.
///
/// A body that comes together with its head, as nearly all do, costs nothing: only for one that is late is there a timer.
final class SlowBodyHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a body may take to arrive.
    static let timeLimit = TimeAmount.seconds(30)

    /// How often it is looked again whether an earlier request of the connection is answered.
    private static let pause = TimeAmount.seconds(1)

    private let limit: TimeAmount
    private let streams: Set<String>
    private let patience: @Sendable (String) -> TimeAmount?
    private let answer: @Sendable (TimeAmount) -> (type: String, bytes: [UInt8])
    /// How long the body may take that is read.
    private var allowed: TimeAmount
    /// When the body began that is awaited; `nil` for none, and for one that may take its time.
    private var began: NIODeadline?
    private var isReading = false
    /// Requests read, answers begun and answers ended on this connection.
    private var (read, begun, ended) = (0, 0, 0)
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - streams: paths whose bodies may take as long as they like, until they are answered.
    ///   - patience: how long the bodies of a path may take, where that is longer; until they are answered.
    ///   - answer: what is said before the connection ends, with status 408; is told the limit.
    init(
        limit: TimeAmount = SlowBodyHandler.timeLimit, streams: Set<String>,
        patience: @escaping @Sendable (String) -> TimeAmount? = { _ in nil },
        answer: @escaping @Sendable (TimeAmount) -> (type: String, bytes: [UInt8])
    ) {
        self.limit = limit
        self.streams = streams
        self.patience = patience
        allowed = limit
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let path = String((head.path ?? "").prefix { $0 != "?" })
            read += 1
            isReading = true
            allowed = patience(path) ?? limit
            began = streams.contains(path) ? nil : context.eventLoop.now
        case .body: break
        case .end:
            isReading = false
            began = nil
            timer?.cancel()
            timer = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let began, timer == nil { schedule(began + allowed, context) }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): if head.status.kind != .informational { begun += 1 }
        case .body: break
        case .end:
            ended += 1
            // What comes after the answer is read by nobody, also of a stream.
            if isReading, ended == read, began == nil || allowed != limit {
                timer?.cancel()
                allowed = limit
                began = context.eventLoop.now
                schedule(context.eventLoop.now + limit, context)
            }
        }
        context.write(data, promise: promise)
    }

    private func schedule(_ deadline: NIODeadline, _ context: ChannelHandlerContext) {
        let loop = NIOLoopBound(context, eventLoop: context.eventLoop)
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            self?.expire(loop.value)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    private func expire(_ context: ChannelHandlerContext) {
        timer = nil
        guard began != nil else { return }
        // The answer to an earlier request on this connection goes first.
        guard ended >= read - 1 else { return schedule(context.eventLoop.now + SlowBodyHandler.pause, context) }
        if begun < read {
            let (type, bytes) = answer(allowed)
            var head = HTTPResponse(status: .requestTimeout)
            head.headerFields[.contentType] = type
            head.headerFields[.contentLength] = String(bytes.count)
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(ByteBuffer(bytes: bytes))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
        context.close(promise: nil)
    }
}
