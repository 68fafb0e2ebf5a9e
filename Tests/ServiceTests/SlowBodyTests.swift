import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Service

struct SlowBodyTests {
    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let handler = SlowBodyHandler(limit: .seconds(30), streams: Server.streams["api"] ?? []) {
            ("text/plain", Array("too slow".utf8))
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
