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

    private let limit: TimeAmount
    private let isStream: @Sendable (_ path: String) -> Bool
    private let answer: @Sendable () -> (type: String, bytes: [UInt8])
    private var began: NIODeadline?
    private var timer: Scheduled<Void>?
    private var hasAnswered = false

    /// - Parameters:
    ///   - isStream: paths whose bodies may take as long as they like.
    ///   - answer: what is said before the connection ends, with status 408.
    init(
        limit: TimeAmount = SlowBodyHandler.timeLimit, isStream: @escaping @Sendable (String) -> Bool,
        answer: @escaping @Sendable () -> (type: String, bytes: [UInt8])
    ) {
        self.limit = limit
        self.isStream = isStream
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): began = isStream(head.path ?? "") ? nil : context.eventLoop.now
        case .body: break
        case .end:
            began = nil
            timer?.cancel()
            timer = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let began, timer == nil {
            let loop = NIOLoopBound(context, eventLoop: context.eventLoop)
            timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: began + limit) { [weak self] in
                self?.expire(loop.value)
            }
        }
        context.fireChannelReadComplete()
    }

    /// Whatever is answered while the body is on its way ends the connection anyway.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head(let head) = unwrapOutboundIn(data), head.status.kind != .informational {
            hasAnswered = began != nil
        }
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    private func expire(_ context: ChannelHandlerContext) {
        timer = nil
        guard began != nil else { return }
        if !hasAnswered {
            let (type, bytes) = answer()
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
