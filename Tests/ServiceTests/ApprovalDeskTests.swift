import CanonicalJSON
import Catalogue
import Foundation
import LedgerEngine
import Logging
import Registry
import Synchronization
import Testing

@testable import Service

private struct Open: StateCipher {
    func seal(_ bytes: [UInt8], nonce: [UInt8]) -> [UInt8] { bytes }
    func open(_ sealed: [UInt8], nonce: [UInt8]) -> [UInt8] { sealed }
}

private final class SetClock: LedgerEngine.Clock {
    let time = Atomic<UInt64>(1_000_000_000_000)
    func now() -> UInt64 { time.load(ordering: .relaxed) }
    func monotonic() -> UInt64 { now() }
}

@Suite final class ApprovalDeskTests {
    private let path = NSTemporaryDirectory() + "approval-desk-\(UUID().uuidString).sqlite"
    private let clock = SetClock()
    private let erasure: JSONValue = ["index": "17", "basis": "court order 5", "secret": "s3cr3t"]

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A desk as a new process would have it.
    private func desk() throws -> ApprovalDesk {
        let store = ApprovalStore(try StateDatabase(path: path), cipher: Open()) { Array(repeating: 1, count: $0) }
        return ApprovalDesk(store: store, clock: clock)
    }

    private func request(_ desk: ApprovalDesk, by name: String = "Bat") throws -> Int64 {
        try desk.request(.erase, command: "record.erase", input: erasure, by: name).id
    }

    private func expect(_ problem: Problem, _ work: () throws -> Void) {
        do {
            try work()
            Issue.record("nothing was thrown in the place of \(problem.code)")
        } catch { #expect((error as? Failure)?.problem == problem, "\(error)") }
    }

    @Test func anotherPersonGetsTheCommandOnce() throws {
        let desk = try desk()
        let (id, event) = try desk.request(.erase, command: "record.erase", input: erasure, by: "Bat")
        #expect(event?.step == .requested && event?.requester == "Bat" && event?.by == nil)
        let (command, approved) = try desk.approve(id, by: "Dorj")
        #expect(command.command == "record.erase" && command.input == erasure)
        #expect(approved.step == .approved && approved.requester == "Bat" && approved.by == "Dorj")
        expect(.approvalNotWaiting) { _ = try desk.approve(id, by: "Dorj") }
        expect(.approvalNotWaiting) { _ = try desk.approve(id, by: "Tuya") }
        expect(.approvalNotWaiting) { _ = try desk.refuse(id, by: "Tuya") }
        #expect(try desk.finish(id, isDone: true).step == .done)
        // Replayed after its end.
        expect(.approvalNotWaiting) { _ = try desk.approve(id, by: "Tuya") }
        expect(.approvalNotWaiting) { _ = try desk.finish(id, isDone: true) }
        #expect(try desk.list() == [])
    }

    @Test(arguments: [
        "Bat", "bat", " BAT ", "Bat\u{200b}", "Ｂａｔ", "B\u{ad}at", "\tBat\n", "\u{202e}Bat", "Ba\u{34f}t",
    ])
    func nobodyApprovesTheirOwn(_ name: String) throws {
        let desk = try desk()
        let id = try request(desk)
        expect(.approvalOfOneself) { _ = try desk.approve(id, by: name) }
        // And the other way about, with the odd form asking.
        let other = try desk.request(.password, command: "console.forget", input: ["id": "1"], by: name).id
        expect(.approvalOfOneself) { _ = try desk.approve(other, by: "Bat") }
        // It still waits for somebody else.
        #expect(try desk.approve(id, by: "Batbold").event.step == .approved)
    }

    @Test func oneNameInTwoWritingsIsOnePerson() {
        #expect(OperatorName("Ганболд Бат-Эрдэнэ") == OperatorName("ГАНБОЛД  бат-эрдэнэ"))
        #expect(OperatorName("Баяр\u{438}\u{306}") == OperatorName("Баяр\u{439}"))
        #expect(OperatorName("STRASSE") == OperatorName("strasse"))
        #expect(OperatorName("Бат") != OperatorName("Дорж"))
        for empty in ["", " ", "\u{200b}", "--", "\n\t", String(repeating: "a", count: 201)] {
            #expect(OperatorName(empty) == nil, "\(empty.debugDescription)")
        }
        #expect(OperatorName("Bat\nDorj")?.text == "Bat Dorj")
    }

    @Test func aRequestEndsAfterADay() throws {
        let desk = try desk()
        let id = try request(desk)
        clock.time.add(ApprovalDesk.timeLimit - 1, ordering: .relaxed)
        #expect(try desk.expire() == [])
        #expect(try desk.list().array?.count == 1)
        clock.time.add(1, ordering: .relaxed)
        expect(.approvalExpired) { _ = try desk.approve(id, by: "Dorj") }
        #expect(try desk.list() == [])
        let events = try desk.expire()
        #expect(events.map(\.step) == [.expired] && events.map(\.id) == [id])
        #expect(try desk.expire() == [])
        expect(.approvalNotWaiting) { _ = try desk.approve(id, by: "Dorj") }
        #expect(try request(desk) != id)
    }

    @Test func ofManyWhoApproveAtOnceOneGetsTheCommand() throws {
        let id = try request(desk())
        let desks = try (0..<3).map { _ in try desk() }
        let got = Atomic(0)
        let refused = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 30) { turn in
            do {
                _ = try desks[turn % 3].approve(id, by: "Operator \(turn)")
                got.add(1, ordering: .relaxed)
            } catch {
                if (error as? Failure)?.problem == .approvalNotWaiting { refused.add(1, ordering: .relaxed) }
            }
        }
        #expect(got.load(ordering: .relaxed) == 1)
        #expect(refused.load(ordering: .relaxed) == 29)
    }

    @Test func aCrashAfterTheApprovalNeverMakesItRunAgain() throws {
        let before = try desk()
        let id = try request(before)
        _ = try before.approve(id, by: "Dorj")
        #expect(try before.list().array?.first?["state"] == "approved, under way")
        expect(.approvalNotWaiting) { _ = try before.check(id, by: "Dorj") }
        // The process ends here.
        let after = try desk()
        #expect(try after.list().array?.first?["state"] == "approved, outcome unknown: check")
        do { _ = try after.approve(id, by: "Tuya") } catch {
            #expect((error as? Failure)?.details["state"] == "approved, outcome unknown: check")
        }
        #expect(try after.list().array?.first?["state"] == "approved, outcome unknown: check")
        let checked = try after.check(id, by: "Tuya")
        #expect(checked.step == .checked && checked.by == "Tuya")
        #expect(try after.list() == [])
        expect(.approvalNotWaiting) { _ = try after.approve(id, by: "Tuya") }
    }

    @Test func whoSeesTheListSeesNoSecrets() throws {
        let desk = try desk()
        _ = try request(desk)
        let issuers: JSONValue = ["issuers": [["code": "NT012", "pin": "1234", "more": ["token": "t0k3n"]]]]
        _ = try desk.request(.certificate, command: "issuer.enrol", input: issuers, by: "Bat")
        let list = try desk.list()
        let text = String(decoding: list.bytes, as: UTF8.self)
        for secret in ["s3cr3t", "1234", "t0k3n"] { #expect(!text.contains(secret)) }
        #expect(list.array?.first?["input"] == ["index": "17", "basis": "court order 5", "hidden": ["secret"]])
        #expect(list.array?.last?["input"]?["issuers"]?.array?.first?["code"] == "NT012")
    }

    @Test func whatHasEndedIsNotKept() throws {
        let desk = try desk()
        func hasSecret() throws -> Bool {
            try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data("s3cr3t".utf8)) != nil
        }
        let first = try request(desk)
        #expect(try hasSecret())
        #expect(try desk.refuse(first, by: "Dorj").step == .refused)
        #expect(try !hasSecret())
        #expect(try desk.refuse(try request(desk), by: "BAT").step == .withdrawn)
        #expect(try !hasSecret())
        let second = try request(desk)
        _ = try desk.approve(second, by: "Dorj")
        #expect(try desk.finish(second, isDone: false).step == .failed)
        #expect(try !hasSecret())
    }

    @Test func theSameRequestIsOne() throws {
        let desk = try desk()
        let id = try request(desk)
        let again = try desk.request(.erase, command: "record.erase", input: erasure, by: "bat ")
        #expect(again.id == id && again.event == nil)
        // Another person's is not: two requests are no approval.
        let other = try request(desk, by: "Dorj")
        #expect(other != id)
        #expect(try desk.list().array?.count == 2)
    }

    @Test func noMoreWaitThanTheLimit() throws {
        let desk = try desk()
        for number in 0..<ApprovalDesk.waitingLimit {
            _ = try desk.request(.erase, command: "record.erase", input: ["index": JSONValue(number)], by: "Bat")
        }
        expect(.approvalTooMany) { _ = try request(desk) }
        expect(.approvalUnknown) { _ = try desk.approve(9999, by: "Dorj") }
        expect(.approvalNameInvalid) { _ = try request(desk, by: " ") }
        expect(.approvalNameInvalid) { _ = try desk.approve(1, by: "") }
    }

    @Test func whatIsCarriedOutEndsHoweverItEnds() async throws {
        let desk = try desk()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let runs = Mutex<[String]>([])
        let id = try request(desk)
        let answer = try await desk.carryOut(id, by: "Dorj", logger: logger) { command, input in
            runs.withLock { $0.append(command) }
            return ["erased": input["index"] ?? .null]
        }
        #expect(answer == ["erased": "17"])
        await #expect(throws: Failure.self) {
            try await desk.carryOut(id, by: "Dorj", logger: logger) { command, _ in
                runs.withLock { $0.append(command) }
                return .null
            }
        }
        let next = try request(desk)
        await #expect(throws: Failure.self) {
            try await desk.carryOut(next, by: "Dorj", logger: logger) { command, _ in
                runs.withLock { $0.append(command) }
                throw Problem.approvalUnknown()
            }
        }
        #expect(runs.withLock { $0 } == ["record.erase", "record.erase"])
        #expect(try desk.list() == [])
    }

    @Test func aTokenIsForWhoAskedForItAndOnce() async throws {
        let desk = try desk()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let id = try desk.request(.token, command: "token.create", input: ["role": "auditor"], by: "Bat").id
        let answer = try await desk.carryOut(id, by: "Dorj", logger: logger) { _, _ in ["id": 7, "token": "secret"] }
        #expect(answer == ["id": 7])
        let now = clock.now()
        #expect(desk.tokensWaiting(for: "Dorj", at: now) == [] && desk.tokensWaiting(for: "bat", at: now) == [id])
        expect(.approvalUnknown) { _ = try desk.token(of: id, for: "Dorj", at: now) }
        expect(.approvalUnknown) { _ = try desk.token(of: id, for: "", at: now) }
        #expect(try desk.token(of: id, for: "BAT", at: now) == "secret")
        expect(.approvalUnknown) { _ = try desk.token(of: id, for: "Bat", at: now) }
        // One that nobody fetched is forgotten after a day.
        let other = try desk.request(.token, command: "token.create", input: ["role": "auditor"], by: "Bat").id
        _ = try await desk.carryOut(other, by: "Dorj", logger: logger) { _, _ in ["token": "secret"] }
        expect(.approvalUnknown) { _ = try desk.token(of: other, for: "Bat", at: now + ApprovalDesk.timeLimit) }
    }

    @Test func aRequestThatAsksForVeryMuchIsRefused() throws {
        let desk = try desk()
        let large: JSONValue = ["issuers": .string(String(repeating: "x", count: ApprovalDesk.byteLimit))]
        expect(.approvalTooLarge) {
            _ = try desk.request(.certificate, command: "issuer.enrol", input: large, by: "Bat")
        }
        #expect(try desk.list() == [])
        let fitting: JSONValue = ["issuers": .string(String(repeating: "x", count: ApprovalDesk.byteLimit - 100))]
        #expect(try desk.request(.certificate, command: "issuer.enrol", input: fitting, by: "Bat").event != nil)
    }

    @Test func whatIsDangerousIsKnown() {
        func kind(_ command: String, _ input: JSONValue = .null) -> ApprovalKind? {
            ApprovalKind(
                command: command, input: input, isMerchant: { $0 == "37900846788" },
                tokenRole: { [1: "operator", 2: "notary", 3: "auditor"][$0] })
        }
        #expect(kind("record.erase") == .erase)
        #expect(kind("issuer.hand-over") == .handOver)
        #expect(kind("console.forget") == .password)
        #expect(kind("issuer.suspend", ["id": "NT012"]) == .suspend)
        #expect(kind("issuer.suspend", ["id": "nt 012", "suspended": false]) == .suspend)
        #expect(kind("issuer.suspend", ["id": "37900846788"]) == nil)
        #expect(kind("issuer.enrol", ["issuers": [["tin": "37900846788"], ["code": "NT012"]]]) == .certificate)
        #expect(kind("issuer.enrol", ["issuers": [["tin": "37900846788"]]]) == nil)
        for role in ["operator", "auditor", "root", "Operator"] {
            #expect(kind("token.create", ["role": .string(role)]) == .token, "\(role)")
        }
        #expect(kind("token.create", ["role": "till"]) == nil)
        #expect(kind("token.rotate", ["id": 1]) == .token)
        #expect(kind("token.rotate", ["id": 2]) == .token, "a notary's token opens every act of the office")
        #expect(kind("token.create", ["role": "notary"]) == .token)
        #expect(kind("token.rotate", ["id": 3]) == .token)
        #expect(kind("token.rotate", ["id": "2"]) == .token)
        for harmless in ["receipt.file", "compact.now", "token.list", "issuer.list", "deed.status"] {
            #expect(kind(harmless) == nil, "\(harmless)")
        }
    }
}
