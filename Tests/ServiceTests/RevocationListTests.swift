import Catalogue
import Filing
import Foundation
import Signatures
import Testing

@testable import Service

private let pki = RevocationPKI.shared
private let root = "http://127.0.0.1:1/root.crl"
private let issuing = "http://127.0.0.1:1/issuing.crl"

@Suite(.timeLimit(.minutes(15))) struct RevocationListTests {
    private func kept(_ lists: [[UInt8]] = [], cache: String? = nil) throws -> KeptTrust {
        try KeptTrust(try pki.trust(lists, addresses: "crl \(root)", "crl \(issuing)"), cache: cache)
    }

    @Test func listsAreFetchedServeAndAreKept() async throws {
        let kept = try kept()
        let cms = try pki.sign()
        #expect(kept.check(cms) == .crlMissing)
        let (list, other) = (try pki.crl(), try pki.crl(of: "root"))
        kept.carrier.give(issuing, list)
        kept.carrier.give(root, other)
        _ = await kept.keeper.fetchDue()
        #expect(kept.check(cms) == nil)
        #expect(kept.keeper.listStates().map(\.source).sorted() == [issuing, root])
        #expect(kept.keeper.listStates().allSatisfy { $0.thisUpdate < unixTime() && $0.nextUpdate! > unixTime() })
        // A service that starts without a network has them.
        let again = try self.kept(cache: kept.cache)
        #expect(again.check(cms) == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: kept.cache)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func listsInPEMAreTaken() async throws {
        let kept = try kept([try pki.crl(of: "root")])
        let text =
            "-----BEGIN X509 CRL-----\n\(Data(try pki.crl()).base64EncodedString(options: .lineLength64Characters))\n-----END X509 CRL-----\n"
        kept.carrier.give(issuing, Array("a line before\n".utf8) + Array(text.utf8))
        _ = await kept.keeper.fetchDue()
        #expect(kept.check(try pki.sign()) == nil)
    }

    @Test(arguments: ["older", "future", "foreign", "delta", "certificate", "page", "nothing", "broken", "cut"])
    func whatIsNoBetterListChangesNothing(_ kind: String) async throws {
        let kept = try kept()
        let good = try pki.crl(from: -3600)
        kept.carrier.give(issuing, good)
        kept.carrier.give(root, try pki.crl(of: "root"))
        _ = await kept.keeper.fetchDue()
        let before = kept.keeper.listStates()
        let revoked = [RevocationPKI.Revoked()]
        let bad: [UInt8] =
            switch kind {
            case "older": try pki.crl(revoking: revoked, from: -7200)
            case "future": try pki.crl(revoking: revoked, from: 10 * 3600)
            case "foreign": try pki.crl(of: "other/issuing", revoking: revoked)
            case "delta": try pki.crl(revoking: revoked, extensions: ["2.5.29.27 = critical, ASN1:INTEGER:1"])
            case "certificate": try pki.read(pki.path("issuing.pem"))
            case "page": Array("<html>Please log in</html>".utf8)
            case "nothing": []
            case "broken": try pki.crl(revoking: revoked).dropLast() + [0]
            default: try pki.crl(revoking: revoked).dropLast(9)
            }
        kept.carrier.give(issuing, bad)
        kept.clock.pass(7 * 3600)
        _ = await kept.keeper.fetchDue()
        #expect(kept.carrier.count(issuing) == 2)
        #expect(kept.keeper.listStates() == before)
        #expect(kept.check(try pki.sign()) == nil)
        let state = try #require(kept.keeper.addressStates().last)
        #expect(state.failures == 1 && state.fault != nil)
        #expect(try self.kept(cache: kept.cache).keeper.listStates() == before)
    }

    @Test func newerListLiftsASuspension() async throws {
        let held = try pki.crl(revoking: [.init(reason: "certificateHold")], from: -7200)
        let kept = try kept([held, try pki.crl(of: "root")])
        let cms = try pki.sign()
        #expect(kept.check(cms) == .revoked)
        kept.carrier.give(issuing, try pki.crl(from: -3600))
        _ = await kept.keeper.fetchDue()
        #expect(kept.check(cms) == nil)
        // And one fetched before does not win over a newer one in the folder.
        let newer = try pki.crl(revoking: [.init()], from: -60)
        let other = try self.kept([newer, try pki.crl(of: "root")], cache: kept.cache)
        #expect(other.check(cms) == .revoked)
        #expect(other.keeper.listStates().allSatisfy { $0.source.hasSuffix(".crl") && !$0.source.hasPrefix("http") })
    }

    @Test func listsOfOtherSeriesStay() async throws {
        func point(_ name: String) -> [String] {
            ["issuingDistributionPoint = critical, @\(name)", "[\(name)]", "fullname = URI:http://crl.example/\(name)"]
        }
        let (one, two) = (try pki.crl(from: -7200, extensions: point("one")), try pki.crl(extensions: point("two")))
        let plain = try pki.crl(from: -3600)
        #expect(CRLSeries(der: one) != CRLSeries(der: two) && CRLSeries(der: one) != CRLSeries(der: plain))
        #expect(CRLSeries(der: plain) == CRLSeries(der: try pki.crl(revoking: [.init()])))
        #expect(CRLSeries(der: plain) != CRLSeries(der: try pki.crl(of: "root")))
        for count in [0, 1, 2, 20, plain.count / 2] { #expect(CRLSeries(der: Array(plain.prefix(count))) == nil) }
        let kept = try kept([one, plain])
        kept.carrier.give(issuing, two)
        _ = await kept.keeper.fetchDue()
        #expect(kept.trust.current?.crlCount == 3)
        kept.carrier.give(root, try pki.crl(extensions: point("one")))
        kept.clock.pass(60)
        _ = await kept.keeper.fetchDue()
        #expect(kept.trust.current?.crlCount == 3)
    }

    @Test func askedAgainInTimeAndLessOftenAfterFailures() async throws {
        let kept = try kept([try pki.crl(of: "root")])
        kept.carrier.give(root, try pki.crl(of: "root", until: 86_400 * 30))
        kept.carrier.give(issuing, try pki.crl(until: 2 * 3600))
        // Half of two hours, less what making the list took.
        #expect((30...59).contains(await kept.keeper.fetchDue() / 60_000))
        kept.clock.pass(3000)
        #expect(await kept.keeper.fetchDue() > 0)
        #expect(kept.carrier.count(issuing) == 1)
        kept.clock.pass(601)
        _ = await kept.keeper.fetchDue()
        #expect(kept.carrier.count(issuing) == 2)
        #expect(kept.carrier.count(root) == 1)
        kept.carrier.fail(issuing)
        kept.clock.pass(3600)
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            let pause = await kept.keeper.fetchDue()
            #expect(pause == UInt64(minutes) * 60_000, "after \(minutes)")
            kept.clock.pass(Double(minutes) * 60)
        }
        // Not later than six hours after it came.
        #expect(kept.carrier.count(root) == 1)
        kept.clock.pass(3600)
        _ = await kept.keeper.fetchDue()
        #expect(kept.carrier.count(root) == 2)
        #expect(kept.keeper.addressStates().last?.fault == "nothing listens there")
    }

    @Test func planKeepsItsBounds() {
        #expect(FetchPlan.pause(now: 1_000_000_000, until: 1_000_000 + 600) == 300_000)
        #expect(FetchPlan.pause(now: 1_000_000_000, until: 1_000_000 + 10) == 60_000)
        #expect(FetchPlan.pause(now: 1_000_000_000, until: 0) == 60_000)
        #expect(FetchPlan.pause(now: 1_000_000_000, until: -5) == 60_000)
        #expect(FetchPlan.pause(now: 1_000_000_000, until: 1_000_000 + 86_400) == 6 * 3_600_000)
        #expect(FetchPlan.pause(now: 0, until: .max) == 6 * 3_600_000)
        #expect(FetchPlan.rest(failures: 0) == 60_000 && FetchPlan.rest(failures: .max) == 3_600_000)
    }

    @Test func whoNeedsAListHasItFetched() async throws {
        let kept = try kept([try pki.crl(of: "root")])
        let cms = try pki.sign()
        #expect(await kept.refusal(cms) == .crlMissing)
        kept.carrier.give(issuing, try pki.crl())
        // So soon after a failure not again, ...
        #expect(await kept.refusal(cms) == .crlMissing)
        #expect(kept.carrier.count(issuing) == 1)
        kept.clock.pass(10)
        // ... and all who wait wait for the same answer.
        await withTaskGroup(of: SignatureFailure.Code?.self) { group in
            for _ in 0..<20 { group.addTask { await kept.refusal(cms) } }
            for await refusal in group { #expect(refusal == nil) }
        }
        #expect(kept.carrier.count(issuing) == 2)
    }

    @Test func listThatHasEndedIsAskedForAgainByWhoNeedsIt() async throws {
        let kept = try kept([try pki.crl(of: "root", until: 86_400 * 9)])
        kept.carrier.give(issuing, try pki.crl(until: 3600))
        #expect(await kept.refusal(try pki.sign()) == nil)
        kept.clock.pass(7200)
        let cms = try pki.sign()
        #expect(kept.check(cms) == .crlOutOfDate)
        kept.carrier.give(issuing, try pki.crl(from: 0, until: 86_400))
        #expect(await kept.refusal(cms) == nil)
    }

    @Test func waitingEnds() async throws {
        let kept = try KeptTrust(
            try pki.trust(addresses: "crl \(issuing)", "ocsp http://127.0.0.1:1/ocsp intermediates/issuing.pem"),
            patience: .milliseconds(300))
        for url in [issuing, "http://127.0.0.1:1/ocsp"] {
            kept.carrier.reply(url) { _ in
                try await Task.sleep(for: .seconds(3600))
                return []
            }
        }
        #expect(await kept.refusal(try pki.sign()) == .crlMissing)
    }

    @Test func listServesThoughItCannotBeKept() async throws {
        let cache = try pki.newFolder() + "/file"
        try pki.write([1], cache)
        let kept = try kept([try pki.crl(of: "root")], cache: cache)
        kept.carrier.give(issuing, try pki.crl())
        _ = await kept.keeper.fetchDue()
        #expect(kept.check(try pki.sign()) == nil)
        try kept.keeper.reload()
        #expect(kept.check(try pki.sign()) == nil)
    }

    @Test func folderIsReadAgainWhole() async throws {
        let folder = try pki.trust()
        let kept = try KeptTrust(folder)
        let cms = try pki.sign()
        #expect(await kept.refusal(cms) == .crlMissing)
        try pki.write(try pki.crl(of: "root"), folder + "/crls/root.crl")
        try pki.write(Array("crl \(issuing)\n".utf8), folder + "/addresses")
        try kept.keeper.reload()
        kept.carrier.give(issuing, try pki.crl())
        #expect(await kept.refusal(cms) == nil)
        let before = kept.keeper.listStates()
        try pki.write(Array("crl ftp://nowhere\n".utf8), folder + "/addresses")
        #expect(throws: Failure.self) { try kept.keeper.reload() }
        #expect(kept.check(cms) == nil && kept.keeper.listStates() == before)
        // Without the address its list does not serve any more.
        try pki.write([], folder + "/addresses")
        try kept.keeper.reload()
        #expect(kept.check(cms) == .crlMissing)
    }

    @Test func selfSignedCertificateAmongIntermediatesIsNoRoot() throws {
        let folder = try pki.trust([try pki.crl(), try pki.crl(of: "root")])
        try FileManager.default.copyItem(
            atPath: pki.path("other/root.pem"), toPath: folder + "/intermediates/stranger.pem")
        let kept = try KeptTrust(folder)
        #expect(kept.trust.current?.rootCount == 1)
        #expect(kept.check(try pki.sign()) == nil)
        #expect(kept.check(try pki.sign(by: "other/notary")) == .intermediateMissing)
    }

    @Test func oneFileIsATrustFolderToo() async throws {
        let file = try pki.newFolder() + "/trust.pem"
        try pki.write(try pki.read(pki.path("root.pem")) + pki.read(pki.path("issuing.pem")), file)
        let kept = try KeptTrust(file)
        #expect(kept.trust.current?.rootCount == 1 && kept.trust.current?.intermediateCount == 1)
        #expect(await kept.refusal(try pki.sign()) == .crlMissing)
        #expect(await kept.keeper.fetchDue() == 60_000)
    }

    @Test func listsOfFormerAddressesAreForgotten() async throws {
        let kept = try kept()
        kept.carrier.give(issuing, try pki.crl())
        kept.carrier.give(root, try pki.crl(of: "root"))
        _ = await kept.keeper.fetchDue()
        let folder = CRLFolder(path: kept.cache)
        try pki.write([], kept.cache + "/notes.txt")
        try folder.forget(allBut: [root])
        #expect(try FileManager.default.contentsOfDirectory(atPath: kept.cache).count == 2)
        #expect(folder.list(from: root, limit: 1 << 20) != nil && folder.list(from: issuing, limit: 1 << 20) == nil)
    }
}
