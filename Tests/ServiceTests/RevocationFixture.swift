import Filing
import Foundation
import LedgerEngine
import Logging
import Signatures
import Synchronization

@testable import Service

/// A TEST notary PKI made once for the whole run by `tools/make-test-pki`.
struct RevocationPKI: Sendable {
    static let shared = RevocationPKI()

    let folder: String

    init() {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        folder = NSTemporaryDirectory() + "revocation-\(UUID().uuidString)"
        try! openssl([root.appendingPathComponent("tools/make-test-pki").path, folder], program: "/bin/bash")
        atexit { try? FileManager.default.removeItem(atPath: RevocationPKI.shared.folder) }
    }

    func read(_ path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }

    func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func newFolder() throws -> String {
        let place = path("folder-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        return place
    }

    /// A trust folder with these CRLs and addresses.
    func trust(_ lists: [[UInt8]] = [], addresses: String...) throws -> String {
        let place = try newFolder() + "/trust"
        try FileManager.default.copyItem(atPath: path("nocrl"), toPath: place)
        for (position, list) in lists.enumerated() { try write(list, "\(place)/crls/\(position).crl") }
        try write(Array(addresses.map { $0 + "\n" }.joined().utf8), place + "/addresses")
        return place
    }

    func sign(_ content: [UInt8] = Array("act".utf8), by name: String = "notary-2") throws -> [UInt8] {
        let place = try newFolder()
        try write(content, place + "/content")
        try openssl([
            "cms", "-sign", "-binary", "-cades", "-in", place + "/content", "-signer", path(name + ".pem"), "-inkey",
            path(name + ".key"), "-outform", "DER", "-out", place + "/cms",
        ])
        return try read(place + "/cms")
    }

    struct Revoked {
        var name = "notary-2"
        var reason = "keyCompromise"
    }

    /// A CA's database as `openssl ca` and `openssl ocsp` read it; revocations are a minute old.
    private func index(_ valid: [String], _ revoked: [Revoked]) throws -> String {
        func serial(_ name: String) throws -> String {
            let line = try openssl(["x509", "-in", path(name + ".pem"), "-noout", "-serial"])
            return line.trimmingCharacters(in: .whitespacesAndNewlines).replacingOccurrences(of: "serial=", with: "")
        }
        let lines =
            try valid.map { "V\t360101000000Z\t\t\(try serial($0))\tunknown\t/CN=\($0)" }
            + revoked.map {
                "R\t360101000000Z\t\(stamp(unixTime() - 60).dropFirst(2)),\($0.reason)\t\(try serial($0.name))\tunknown\t/CN=\($0.name)"
            }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A CRL in DER; times in seconds from now.
    func crl(
        of authority: String = "issuing", revoking revoked: [Revoked] = [], from: Int64 = -60, until: Int64 = 86_400,
        extensions: [String] = []
    ) throws -> [UInt8] {
        let place = try newFolder()
        try write(Array(try index([], revoked).utf8), place + "/index")
        let settings = """
            [ca]
            default_ca = this
            [this]
            database = \(place)/index
            certificate = \(path(authority + ".pem"))
            private_key = \(path(authority + ".key"))
            default_md = sha256
            crl_extensions = crl
            [crl]
            authorityKeyIdentifier = keyid:always
            \(extensions.joined(separator: "\n"))
            """
        try write(Array(settings.utf8), place + "/cnf")
        try openssl([
            "ca", "-config", place + "/cnf", "-gencrl", "-out", place + "/pem", "-crl_lastupdate",
            stamp(unixTime() + from), "-crl_nextupdate", stamp(unixTime() + until),
        ])
        try openssl(["crl", "-in", place + "/pem", "-outform", "DER", "-out", place + "/der"])
        return try read(place + "/der")
    }

    /// The answer of a responder, which knows these certificates, to a request.
    func ocsp(
        _ request: [UInt8], valid: [String] = ["notary-1", "notary-2", "leaving"], revoked: [Revoked] = [],
        signer: String = "ocsp-responder", _ options: [String] = ["-nmin", "60"]
    ) throws -> [UInt8] {
        let place = try newFolder()
        try write(Array(try index(valid, revoked).utf8), place + "/index")
        try write(request, place + "/request")
        try openssl(
            [
                "ocsp", "-index", place + "/index", "-CA", path("issuing.pem"), "-rsigner", path(signer + ".pem"),
                "-rkey", path(signer + ".key"), "-reqin", place + "/request", "-respout", place + "/response",
            ] + options)
        return try read(place + "/response")
    }
}

func unixTime() -> Int64 { Int64(Date().timeIntervalSince1970) }

/// `yyyyMMddHHmmssZ`.
private func stamp(_ seconds: Int64) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMddHHmmss'Z'"
    return formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
}

private struct CommandFailed: Error {
    let output: String
}

@discardableResult
private func openssl(_ arguments: [String], program: String = "/usr/bin/openssl") throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CommandFailed(output: "\(arguments): \(printed)") }
    return printed
}

/// Servers of CRLs and responders as closures, which count who is asked.
final class ScriptedCarrier: RevocationCarrier {
    typealias Reply = @Sendable ([UInt8]) async throws -> [UInt8]

    private struct State {
        var replies: [String: Reply] = [:]
        var counts: [String: Int] = [:]
    }

    private let state = Mutex(State())

    func reply(_ url: String, _ reply: @escaping Reply) { state.withLock { $0.replies[url] = reply } }
    func give(_ url: String, _ bytes: [UInt8]) { reply(url) { _ in bytes } }
    func fail(_ url: String) { state.withLock { $0.replies[url] = nil } }
    func count(_ url: String) -> Int { state.withLock { $0.counts[url] ?? 0 } }

    func get(_ url: String) async throws -> [UInt8] { try await ask([], of: url) }

    func ask(_ request: [UInt8], of url: String) async throws -> [UInt8] {
        let reply = state.withLock { state in
            state.counts[url, default: 0] += 1
            return state.replies[url]
        }
        guard let reply else { throw RevocationFault("nothing listens there") }
        return try await reply(request)
    }

    func shutDown() async {}
}

/// The time of day, and as much more as a test lets pass.
final class MovedClock: LedgerEngine.Clock {
    private let moved = Atomic<UInt64>(0)

    func now() -> UInt64 { UInt64(unixTime()) * 1000 + moved.load(ordering: .relaxed) }
    // A monotonic clock that stands still unless it is told to go on.
    func monotonic() -> UInt64 { 1_000_000 + moved.load(ordering: .relaxed) }
    func pass(_ seconds: Double) { moved.add(UInt64(seconds * 1000), ordering: .relaxed) }
}

/// A keeper over a trust folder, with scripted servers.
final class KeptTrust: Sendable {
    let trust = TrustKeeper(nil)
    let carrier = ScriptedCarrier()
    let clock = MovedClock()
    let keeper: RevocationKeeper
    let cache: String

    init(_ folder: String, cache: String? = nil, patience: Duration = .seconds(600)) throws {
        let cachePath = try cache ?? RevocationPKI.shared.newFolder() + "/crls"
        self.cache = cachePath
        keeper = try RevocationKeeper(
            folder: folder, cache: CRLFolder(path: cachePath), trust: trust, carrier: carrier, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, patience: patience)
    }

    var time: Int64 { Int64(clock.now() / 1000) }

    /// Why a signature is refused, after everything was asked that may be; `nil` when it holds.
    func refusal(_ cms: [UInt8]) async -> SignatureFailure.Code? {
        let material = await keeper.material(for: cms, at: time)
        return check(cms, material)
    }

    /// The same with what is there.
    func check(_ cms: [UInt8], _ material: [[UInt8]] = []) -> SignatureFailure.Code? {
        do throws(SignatureFailure) {
            let window = SigningTimeWindow(before: 100 * 86_400)
            _ = try trust.current!.verify(
                cms: cms, content: .bytes(Array("act".utf8)), at: time, material: material, window: window)
            return nil
        } catch {
            return error.code
        }
    }
}
