import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Service

struct SlowBodyTests {
    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let handler = SlowBodyHandler(
            limit: .seconds(30), streams: Server.streams["api"] ?? [], patience: DocumentSweeper.patience
        ) { limit in
            ("text/plain", Array((limit == .seconds(30) ? "too slow" : "too slow for \(limit)").utf8))
        }
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: .init(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func begin(_ channel: EmbeddedChannel, _ path: String = "/x") throws {
        let head = HTTPRequest(method: .post, scheme: "http", authority: "a", path: path)
        try channel.writeInbound(HTTPRequestPart.head(head))
    }

    @Test func aBodyThatTricklesEndsTheConnection() throws {
        let channel = try channel()
        try begin(channel)
        for _ in 0..<5 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(5))
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "{")))
            #expect(channel.isActive)
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!channel.isActive)
        guard case .head(let head) = try channel.readOutbound(as: HTTPResponsePart.self) else {
            Issue.record("no answer")
            return
        }
        #expect(head.status == .requestTimeout && head.headerFields[.connection] == "close")
        guard case .body(let body) = try channel.readOutbound(as: HTTPResponsePart.self) else {
            Issue.record("no body")
            return
        }
        #expect(String(buffer: body) == "too slow")
    }

    @Test func aBodyInTimeLeavesNothingBehind() throws {
        let channel = try channel()
        for _ in 0..<3 {
            try begin(channel)
            channel.embeddedEventLoop.advanceTime(by: .seconds(29))
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "{}")))
            try channel.writeInbound(HTTPRequestPart.end(nil))
            channel.embeddedEventLoop.advanceTime(by: .seconds(100))
            #expect(channel.isActive)
        }
        #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
        _ = try channel.finish()
    }

    @Test func aStreamMayTakeItsTime() throws {
        let channel = try channel()
        try begin(channel, "/v1/receipts:batch?evidence=inline")
        channel.embeddedEventLoop.advanceTime(by: .hours(2))
        #expect(channel.isActive)
        // Once it is answered, nobody waits for the rest.
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .unauthorized)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        channel.embeddedEventLoop.advanceTime(by: .seconds(31))
        #expect(!channel.isActive)
    }

    @Test(arguments: ["/merchant/sign-in?x=/v1/receipts:batch", "/v1/receipts:batch/", "/x/v1/receipts:batch"])
    func nothingElseIsAStream(_ path: String) throws {
        let channel = try channel()
        try begin(channel, path)
        channel.embeddedEventLoop.advanceTime(by: .seconds(31))
        #expect(!channel.isActive)
    }

    @Test(arguments: ["/v1/deeds/NT012-2026-000001/documents/00ff", "/notary/acts/NT012-2026-000001/documents"])
    func aDocumentGetsTenMinutesUntilItIsAnswered(_ path: String) throws {
        let slow = try channel()
        try begin(slow, path)
        slow.embeddedEventLoop.advanceTime(by: .seconds(599))
        #expect(slow.isActive)
        slow.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!slow.isActive)
        let refused = try channel()
        try begin(refused, path)
        refused.embeddedEventLoop.advanceTime(by: .seconds(100))
        try refused.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .unauthorized)))
        try refused.writeOutbound(HTTPResponsePart.end(nil))
        refused.embeddedEventLoop.advanceTime(by: .seconds(29))
        #expect(refused.isActive)
        refused.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!refused.isActive, "nobody waits for what is refused")
        // The next request of a connection gets no more than others.
        let next = try channel()
        try begin(next, path)
        try next.writeInbound(HTTPRequestPart.end(nil))
        try begin(next)
        next.embeddedEventLoop.advanceTime(by: .seconds(31))
        #expect(next.isActive, "the document's answer goes first")
        try next.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .created)))
        try next.writeOutbound(HTTPResponsePart.end(nil))
        next.embeddedEventLoop.advanceTime(by: .seconds(31))
        #expect(!next.isActive)
    }

    @Test func anEarlierRequestIsAnsweredFirst() throws {
        let channel = try channel()
        try begin(channel)
        try channel.writeInbound(HTTPRequestPart.end(nil))
        try begin(channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(channel.isActive)
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!channel.isActive)
        var statuses: [Int] = []
        while let part = try channel.readOutbound(as: HTTPResponsePart.self) {
            if case .head(let head) = part { statuses.append(head.status.code) }
        }
        #expect(statuses == [200, 408])
    }

    @Test func whatWasAnsweredIsNotAnsweredAgain() throws {
        let channel = try channel()
        try begin(channel)
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .unauthorized)))
        channel.embeddedEventLoop.advanceTime(by: .seconds(31))
        #expect(!channel.isActive)
        guard case .head(let head) = try channel.readOutbound(as: HTTPResponsePart.self) else {
            Issue.record("no answer")
            return
        }
        #expect(head.status == .unauthorized)
        #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
    }
}
