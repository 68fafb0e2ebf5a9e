import Foundation

/// A notary PKI made once for the whole run by `tools/make-test-pki`, and `openssl cms` to sign with it.
struct TestPKI: Sendable {
    static let shared = TestPKI()

    let folder: String

    init() {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("tamga-pki-\(UUID().uuidString)")
        folder = place.path
        try! run("/bin/bash", [root.appendingPathComponent("tools/make-test-pki").path, folder])
        atexit { try? FileManager.default.removeItem(atPath: TestPKI.shared.folder) }
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func bytes(_ name: String) -> [UInt8] { try! Array(Data(contentsOf: URL(fileURLWithPath: path(name)))) }

    /// Signs `content` as `openssl cms -sign` does, detached and in DER unless `options` say otherwise.
    func sign(
        _ content: [UInt8], by signers: [String] = ["notary-1"], form: String = "DER", _ options: [String] = ["-cades"]
    ) throws -> [UInt8] {
        let place = path("scratch-\(UUID().uuidString)")
        defer {
            try? FileManager.default.removeItem(atPath: place)
            try? FileManager.default.removeItem(atPath: place + ".cms")
        }
        try Data(content).write(to: URL(fileURLWithPath: place))
        var arguments = ["cms", "-sign", "-binary", "-in", place, "-out", place + ".cms", "-outform", form]
        for signer in signers { arguments += ["-signer", path(signer + ".pem"), "-inkey", path(signer + ".key")] }
        try run("/usr/bin/openssl", arguments + options)
        return try Array(Data(contentsOf: URL(fileURLWithPath: place + ".cms")))
    }

    /// A new empty folder inside the PKI's.
    func newFolder() throws -> String {
        let place = path("folder-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        return place
    }
}

struct CommandFailed: Error {
    let command: String
    let output: String
}

/// Runs a program to its end and gives what it printed; fails with that.
@discardableResult
func run(_ program: String, _ arguments: [String], in folder: String? = nil) throws -> String {
    let process = Process()
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw CommandFailed(
            command: ([program] + arguments).joined(separator: " "), output: String(decoding: printed, as: UTF8.self))
    }
    return String(decoding: printed, as: UTF8.self)
}

/// Now, in Unix seconds: the certificates of the PKI are valid from the moment it was made.
func now() -> Int64 { Int64(Date().timeIntervalSince1970) }
