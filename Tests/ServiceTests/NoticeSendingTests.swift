import CanonicalJSON
import Foundation
import LedgerEngine
import Logging
import Registry
import ServiceLifecycle
import Synchronization
import Testing

@testable import Service

@Suite(.serialized, .timeLimit(.minutes(15))) final class NoticeSendingTests {
    private let notices = TestNotices()
    private let act = "NT012-2026-000017"
    private let bat = NoticeContact(party: 0, address: "bat@example.com", language: .mn)
    private let ann = NoticeContact(party: 1, address: "ann@example.com", language: .en)

    private func sender(_ sink: MailSink, _ change: (inout MailServer) -> Void = { _ in }) throws -> MailSender {
        var server = try MailServer(
            sink.address, from: "tamga@example.mn", user: sink.user, passwordFile: sink.passwordFile,
            caFile: sink.certificate)
        change(&server)
        return try notices.sender(SMTPCarrier(server: server))
    }

    @Test func everybodyIsToldOfWhatHappens() throws {
        let sink = try MailSink()
        let (desk, sender) = (try notices.desk(), try sender(sink))
        #expect(try desk.registered(act: act, contacts: [bat, ann], time: 5) == 2)
        #expect(try desk.registered(act: act, contacts: [bat, ann], time: 5) == 0)
        #expect(try desk.changed(act: act, isRevoked: true, commitment: [1], time: 6) == 2)
        #expect(try desk.looked(act: act, reader: "NT013") == 2)
        #expect(try desk.looked(act: act, reader: "NT013") == 0)
        #expect(try desk.looked(act: "NT012-2026-000018", reader: "NT013") == 0)
        #expect(try sender.sendDue(unless: { false }))
        let mails = try sink.mails(6)
        #expect(mails.map(\.recipients) == (0..<3).flatMap { _ in [["bat@example.com"], ["ann@example.com"]] })
        #expect(mails.allSatisfy { $0.sender == "tamga@example.mn" && $0.greeting == "example.mn" })
        #expect(Set(mails.map(\.messageID)).count == 6)
        #expect(sender.totals == MailSender.Totals(sent: 6))
        #expect(try desk.status()["sent"] == 6)
        #expect(try sender.sendDue(unless: { false }))
        #expect(sender.totals.sent == 6)
    }

    @Test(arguments: ["starttls", "smtps"]) func underTLSWithALogin(_ kind: String) throws {
        let sink = try MailSink("--tls", kind, "--user", "test-user", "--password", "test pässword")
        try sink.keepPassword("test pässword", of: "test-user")
        try notices.desk().registered(act: act, contacts: [bat], time: 5)
        #expect(try sender(sink).sendDue(unless: { false }))
        let mail = try #require(try sink.mails(1).first)
        #expect(mail.tls && mail.login == "test-user")
        // A login that is wrong is the server's matter: the mail waits.
        try sink.keepPassword("another", of: "test-user")
        try notices.desk().looked(act: act, reader: "x")
        #expect(try !sender(sink).sendDue(unless: { false }))
        #expect(try notices.errors() == ["login-refused 535"])
    }

    @Test func nothingIsSentWithoutTLSOrToAStranger() throws {
        let plain = try MailSink()
        plain.certificate = #filePath
        try notices.desk().registered(act: act, contacts: [bat], time: 5)
        #expect(try !sender(plain).sendDue(unless: { false }))
        #expect(try notices.errors() == ["tls-failed"])
        let stranger = try MailSink("--tls", "smtps")
        stranger.certificate = nil
        notices.pass(61)
        #expect(try !sender(stranger).sendDue(unless: { false }))
        #expect(try notices.errors() == ["tls-failed"])
        #expect(try plain.mails(0).isEmpty && stranger.mails(0).isEmpty)
    }

    @Test(arguments: [
        ("sender", "refused 530", true), ("recipient", "refused 451", true), ("relay", "refused 554", true),
        ("data", "refused 452", true), ("message", "refused 554", true), ("drop", "broken", false),
        ("garbage", "broken", false), ("drop after", "unclear", true),
    ])
    func whatIsRefusedWaitsAndIsSentLater(_ reply: String, _ error: String, _ goesOn: Bool) throws {
        let sink = try MailSink()
        let sender = try sender(sink)
        try notices.desk().registered(act: act, contacts: [bat], time: 5)
        try sink.plan(reply)
        #expect(try sender.sendDue(unless: { false }) == goesOn)
        #expect(try notices.errors() == [error])
        // Not before its time.
        notices.pass(59)
        #expect(try sender.sendDue(unless: { false }) && sender.totals.sent == 0)
        notices.pass(1)
        #expect(try sender.sendDue(unless: { false }))
        #expect(sender.totals == MailSender.Totals(sent: 1, postponed: 1))
        let mails = try sink.mails(reply == "drop after" ? 2 : 1)
        // A mail that came twice is the same to the last byte.
        #expect(Set(mails.map(\.message)).count == 1)
        #expect(!notices.log().contains("@") && !notices.log().contains(act))
    }

    @Test func aMailboxThatIsNotThereIsGivenUp() throws {
        let sink = try MailSink()
        let sender = try sender(sink)
        try notices.desk().registered(act: act, contacts: [bat, ann], time: 5)
        try sink.plan("gone")
        #expect(try sender.sendDue(unless: { false }))
        #expect(sender.totals == MailSender.Totals(sent: 1, failed: 1))
        #expect(try notices.desk().status()["failures"]?.array?.first?["error"] == "recipient-refused 550")
        #expect(try notices.desk().retryFailed() == 1)
        #expect(try sender.sendDue(unless: { false }))
        #expect(try sink.mails(2).map(\.recipients) == [["ann@example.com"], ["bat@example.com"]])
        #expect(!notices.log().contains("@"))
    }

    @Test func whatIsNeverTakenFailsAfterThreeDays() throws {
        let carrier = DeafCarrier()
        let sender = try notices.sender(carrier)
        try notices.desk().registered(act: act, contacts: [bat], time: 5)
        for _ in 0..<(73 * 60) {
            _ = try sender.sendDue(unless: { false })
            notices.pass(60)
        }
        #expect(sender.totals.failed == 1 && sender.totals.postponed == 12)
        #expect(carrier.messages.count == 13 && Set(carrier.messages).count == 1)
        #expect(try notices.errors() == [] && notices.desk().status()["failed"] == 1)
    }

    @Test func aServerThatHangsIsLeftInTime() throws {
        let sink = try MailSink()
        let sender = try sender(sink) { server in
            server.connectLimitMs = 500
            server.totalLimitMs = 1000
        }
        try notices.desk().registered(act: act, contacts: [bat, ann], time: 5)
        try sink.plan("hang")
        try sink.plan("hang after")
        // The other mail does not wait for the same.
        #expect(try !sender.sendDue(unless: { false }))
        #expect(try notices.errors() == ["timed-out"])
        #expect(try sender.sendDue(unless: { false }))
        #expect(try notices.errors() == ["timed-out", "unclear"])
    }

    @Test func theServiceSendsAndStopsInTheMiddleOfAMail() async throws {
        let sink = try MailSink()
        let sender = try sender(sink)
        try notices.desk().registered(act: act, contacts: [bat], time: 5)
        let group = ServiceGroup(services: [sender], logger: notices.logger)
        let running = Task { try await group.run() }
        _ = try await sink.mailsSent(1)
        try sink.plan("hang")
        try notices.desk().looked(act: act, reader: "x")
        while sink.connections < 2 { try await Task.sleep(for: .milliseconds(20)) }
        await group.triggerGracefulShutdown()
        try await running.value
        // It is the first thing of the next start.
        #expect(try notices.errors() == ["stopped"])
        #expect(try self.sender(sink).sendDue(unless: { false }))
        #expect(try await sink.mailsSent(2).count == 2)
    }

    @Test func whatWasForgottenIsNotSent() throws {
        let sink = try MailSink()
        let desk = try notices.desk()
        try desk.registered(act: act, contacts: [bat, ann], time: 5)
        let id = try #require(try desk.contacts(ofAct: act).array?.first?["id"]?.integer)
        #expect(try desk.remove(contact: id, ofAct: act))
        #expect(try !desk.remove(contact: id, ofAct: act))
        #expect(try sender(sink).sendDue(unless: { false }))
        #expect(try sink.mails(1).map(\.recipients) == [["ann@example.com"]])
        try desk.looked(act: act, reader: "x")
        try desk.forget(act: act)
        #expect(try sender(sink).sendDue(unless: { false }))
        #expect(try sink.mails(1).count == 1)
        #expect(try desk.contacts(ofAct: act) == [])
    }
}

/// Never takes anything.
private final class DeafCarrier: MailCarrier {
    private let seen = Mutex<[[UInt8]]>([])

    var messages: [[UInt8]] { seen.withLock { $0 } }

    func send(_ message: [UInt8], from: MailAddress, to: MailAddress, isStopped: () -> Bool) -> MailOutcome {
        seen.withLock { $0.append(message) }
        return MailOutcome(result: .refused, reply: 451)
    }
}
