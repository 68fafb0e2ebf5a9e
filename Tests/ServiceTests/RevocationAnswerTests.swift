import Foundation
import Logging
import Signatures
import Testing

@testable import Service

private let pki = RevocationPKI.shared
private let responder = "http://127.0.0.1:1/ocsp"
private let second = "http://127.0.0.1:2/ocsp"

@Suite(.timeLimit(.minutes(15))) struct RevocationAnswerTests {
    /// The root's list is there, and the issuing CA's if `isListed`; and a responder.
    private func kept(isListed: Bool = false, also line: String = "") throws -> KeptTrust {
        try KeptTrust(
            try pki.trust(
                [try pki.crl(of: "root", until: 86_400 * 9)]
                    + (isListed ? [try pki.crl(from: -600, until: 86_400 * 9)] : []),
                addresses: "ocsp \(responder) intermediates/issuing.pem", line))
    }

    private func answer(_ kept: KeptTrust, _ options: [String] = ["-nmin", "60"]) {
        kept.carrier.reply(responder) { try pki.ocsp($0, options) }
    }

    @Test func answerTellsAndIsRememberedForHalfOfItsTime() async throws {
        let kept = try kept()
        let cms = try pki.sign()
        #expect(await kept.refusal(cms) == .crlMissing)
        answer(kept)
        #expect(await kept.refusal(cms) == nil)
        #expect(await kept.refusal(try pki.sign(Array("act".utf8))) == nil)
        #expect(kept.carrier.count(responder) == 2)
        kept.clock.pass(29 * 60)
        #expect(await kept.refusal(cms) == nil)
        #expect(kept.carrier.count(responder) == 2)
        kept.clock.pass(90)
        // It is asked again, and what it said before is good until it ends.
        kept.carrier.fail(responder)
        #expect(await kept.refusal(cms) == nil)
        #expect(kept.carrier.count(responder) == 3)
        kept.clock.pass(30 * 60)
        #expect(await kept.refusal(cms) == .crlMissing)
    }

    @Test func answerIsNotReliedOnForMoreThanAnHour() async throws {
        let kept = try kept()
        answer(kept, ["-ndays", "7"])
        let cms = try pki.sign()
        #expect(await kept.refusal(cms) == nil)
        kept.clock.pass(3601)
        #expect(await kept.refusal(cms) == nil)
        #expect(kept.carrier.count(responder) == 2)
    }

    @Test func answerWithoutAnEndIsAskedForEachTime() async throws {
        let kept = try kept()
        answer(kept, [])
        let cms = try pki.sign()
        for count in 1...2 {
            #expect(await kept.refusal(cms) == nil)
            #expect(kept.carrier.count(responder) == count)
        }
    }

    @Test func equalQuestionsAreAskedOnce() async throws {
        let kept = try kept()
        kept.carrier.reply(responder) { request in
            try await Task.sleep(for: .milliseconds(300))
            return try pki.ocsp(request)
        }
        let cms = try pki.sign()
        await withTaskGroup(of: SignatureFailure.Code?.self) { group in
            for _ in 0..<20 { group.addTask { await kept.refusal(cms) } }
            for await refusal in group { #expect(refusal == nil) }
        }
        #expect(kept.carrier.count(responder) == 1)
    }

    @Test func nothingIsAskedAboutOtherIssuersOrWhatDoesNotHold() async throws {
        let kept = try kept(isListed: true)
        answer(kept)
        #expect(await kept.refusal(try pki.sign(by: "other/notary")) == .intermediateMissing)
        #expect(await kept.refusal([0x30, 0x00]) == .malformed)
        #expect(await kept.refusal(try pki.sign(by: "expired")) == .expired)
        #expect(kept.carrier.count(responder) == 0)
    }

    @Test func responderGoesBeforeTheList() async throws {
        let kept = try kept(isListed: true)
        let cms = try pki.sign()
        #expect(kept.check(cms) == nil)
        kept.carrier.reply(responder) { try pki.ocsp($0, valid: [], revoked: [.init()]) }
        #expect(await kept.refusal(cms) == .revoked)
        // Remembered as well.
        #expect(await kept.refusal(cms) == .revoked)
        #expect(kept.carrier.count(responder) == 1)
    }

    @Test func responderThatFailsIsSparedWhileAListTells() async throws {
        let kept = try kept(isListed: true)
        let cms = try pki.sign()
        for _ in 0..<3 { #expect(await kept.refusal(cms) == nil) }
        #expect(kept.carrier.count(responder) == 1)
        kept.clock.pass(31)
        answer(kept)
        let material = await kept.keeper.material(for: cms, at: kept.time)
        #expect(material.count == 1 && kept.carrier.count(responder) == 2)
        // Where nothing else tells it is asked all the same.
        let alone = try self.kept()
        for count in 1...3 {
            #expect(await alone.refusal(cms) == .crlMissing)
            #expect(alone.carrier.count(responder) == count)
        }
    }

    @Test(arguments: ["page", "later", "other", "signer", "old"])
    func uselessAnswerIsNotRememberedAndTheListCounts(_ kind: String) async throws {
        let bad: ScriptedCarrier.Reply = { request in
            switch kind {
            case "page": return Array("<html></html>".utf8)
            // RFC 6960 section 4.2.1: tryLater.
            case "later": return [0x30, 0x03, 0x0a, 0x01, 0x03]
            case "other": return try pki.ocsp(try ocspRequest(for: "notary-1"))
            // One whom the CA gave no such right.
            case "signer": return try pki.ocsp(request, signer: "notary-1")
            default: return try pki.ocsp(request, ["-nmin", "1"])
            }
        }
        let expected: SignatureFailure.Code =
            switch kind {
            case "signer": .ocspUnusable
            case "old": .ocspOutOfDate
            default: .crlMissing
            }
        let cms = try pki.sign()
        let (alone, listed) = (try kept(), try kept(isListed: true))
        for kept in [alone, listed] {
            if kind == "old" { kept.clock.pass(3600) }
            kept.carrier.reply(responder, bad)
        }
        #expect(await alone.refusal(cms) == expected)
        #expect(await listed.refusal(cms) == nil)
        answer(alone, ["-ndays", "1"])
        #expect(await alone.refusal(cms) == nil)
    }

    @Test func responderThatDoesNotKnowRefuses() async throws {
        let kept = try kept(isListed: true)
        kept.carrier.reply(responder) { try pki.ocsp($0, valid: []) }
        #expect(await kept.refusal(try pki.sign()) == .ocspUnknown)
        answer(kept)
        #expect(await kept.refusal(try pki.sign()) == nil)
    }

    @Test func firstOfSeveralRespondersIsEnough() async throws {
        let kept = try kept(also: "ocsp \(second) intermediates/issuing.pem")
        answer(kept)
        kept.carrier.reply(second) { _ in
            try await Task.sleep(for: .seconds(3600))
            return []
        }
        #expect(await kept.refusal(try pki.sign()) == nil)
    }

    @Test func listIsFetchedWhereNoResponderAnswers() async throws {
        let list = "http://127.0.0.1:1/issuing.crl"
        let kept = try kept(also: "crl \(list)")
        kept.carrier.give(list, try pki.crl())
        #expect(await kept.refusal(try pki.sign()) == nil)
        #expect(kept.carrier.count(list) == 1 && kept.carrier.count(responder) == 1)
        // With the list at hand nobody asks for it.
        #expect(await kept.refusal(try pki.sign()) == nil)
        #expect(kept.carrier.count(list) == 1 && kept.carrier.count(responder) == 1)
    }

    @Test func silentResponderLeavesTimeForTheList() async throws {
        let list = "http://127.0.0.1:1/issuing.crl"
        let kept = try KeptTrust(
            try pki.trust(
                [try pki.crl(of: "root")], addresses: "crl \(list)", "ocsp \(responder) intermediates/issuing.pem"),
            patience: .seconds(2))
        kept.carrier.reply(responder) { _ in
            try await Task.sleep(for: .seconds(3600))
            return []
        }
        kept.carrier.give(list, try pki.crl())
        #expect(await kept.refusal(try pki.sign()) == nil)
    }

    @Test func rememberedAnswersAreLimited() async throws {
        let carrier = ScriptedCarrier()
        carrier.reply(responder) { try pki.ocsp($0) }
        let desk = OCSPDesk(
            carrier: carrier, clock: MovedClock(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            answerLimit: 2)
        let store = try TrustStore(folder: pki.path("nocrl"))
        for name in ["notary-1", "notary-2", "leaving", "notary-1"] {
            let need = try #require(try store.revocationNeeds(cms: try pki.sign(by: name), at: unixTime()).first)
            let question = OCSPDesk.Question(need: need, urls: [responder], isUrgent: true)
            #expect(await desk.answer(to: question, within: .seconds(600), tells: { _ in true }) != nil)
            #expect(desk.count <= 2)
        }
        #expect(carrier.count(responder) == 4)
    }
}

/// The request that a verifier of a notary's signature would send.
private func ocspRequest(for name: String) throws -> [UInt8] {
    let needs = try TrustStore(folder: pki.path("nocrl")).revocationNeeds(cms: try pki.sign(by: name), at: unixTime())
    return try #require(needs.first).ocspRequest()
}
