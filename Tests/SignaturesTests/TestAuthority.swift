import Foundation

@testable import Signatures

/// What the CAs, responders and timestamp authorities of the test PKI give out, each call in a folder of its own.
extension TestPKI {
    /// A certificate that its CA revoked.
    struct Revoked {
        var name: String
        /// Unix seconds.
        var since: Int64
        var reason: String?
    }

    private func serial(_ name: String) throws -> String {
        let line = try run("/usr/bin/openssl", ["x509", "-in", path(name + ".pem"), "-noout", "-serial"])
        return line.trimmingCharacters(in: .whitespacesAndNewlines).replacingOccurrences(of: "serial=", with: "")
    }

    /// A CA's database as `openssl ca` and `openssl ocsp` read it.
    private func index(_ valid: [String], _ revoked: [Revoked]) throws -> String {
        var lines = try valid.map { "V\t360101000000Z\t\t\(try serial($0))\tunknown\t/CN=\($0)" }
        for one in revoked {
            let reason = one.reason.map { ",\($0)" } ?? ""
            lines.append(
                "R\t360101000000Z\t\(stamp(one.since).dropFirst(2))\(reason)\t\(try serial(one.name))\tunknown\t/CN=\(one.name)"
            )
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A CRL in DER.
    func crl(
        of authority: String = "issuing", revoking revoked: [Revoked] = [], from: Int64 = now() - 60,
        until: Int64 = now() + 86_400, digest: String = "sha256", extensions: [String] = []
    ) throws -> [UInt8] {
        let place = try newFolder()
        try Data(try index([], revoked).utf8).write(to: URL(fileURLWithPath: place + "/index"))
        let settings = """
            [ca]
            default_ca = this
            [this]
            database = \(place)/index
            certificate = \(path(authority + ".pem"))
            private_key = \(path(authority + ".key"))
            default_md = \(digest)
            crl_extensions = crl
            [crl]
            authorityKeyIdentifier = keyid:always
            \(extensions.joined(separator: "\n"))
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: place + "/cnf"))
        try run(
            "/usr/bin/openssl",
            [
                "ca", "-config", place + "/cnf", "-gencrl", "-out", place + "/pem", "-crl_lastupdate", stamp(from),
                "-crl_nextupdate", stamp(until),
            ])
        try run("/usr/bin/openssl", ["crl", "-in", place + "/pem", "-outform", "DER", "-out", place + "/der"])
        return try read(place + "/der")
    }

    /// An OCSP answer in DER to a request in DER, valid for an hour unless `options` say otherwise.
    func ocsp(
        _ request: [UInt8], valid: [String] = [], revoked: [Revoked] = [], signer: String = "ocsp-responder",
        authority: String = "issuing", _ options: [String] = ["-nmin", "60"]
    ) throws -> [UInt8] {
        let place = try newFolder()
        try Data(try index(valid, revoked).utf8).write(to: URL(fileURLWithPath: place + "/index"))
        try Data(request).write(to: URL(fileURLWithPath: place + "/request"))
        try run(
            "/usr/bin/openssl",
            [
                "ocsp", "-index", place + "/index", "-CA", path(authority + ".pem"), "-rsigner", path(signer + ".pem"),
                "-rkey", path(signer + ".key"), "-reqin", place + "/request", "-respout", place + "/response",
            ] + options)
        return try read(place + "/response")
    }

    /// A timestamp token in DER over bytes, from the authority `name`.
    func token(
        over bytes: [UInt8], by name: String = "tsa", imprint: String = "sha256", digest: String = "sha256",
        named: String = "sha256", certificates: Bool = true
    ) throws -> [UInt8] {
        let place = try newFolder()
        try Data(bytes).write(to: URL(fileURLWithPath: place + "/data"))
        let settings = """
            [tsa]
            default_tsa = this
            [this]
            serial = \(place)/serial
            signer_cert = \(path(name + ".pem"))
            signer_key = \(path(name + ".key"))
            certs = \(path("issuing.pem"))
            signer_digest = \(digest)
            default_policy = 2.25.1
            digests = sha1, sha256, sha384, sha512
            ess_cert_id_alg = \(named)
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: place + "/cnf"))
        try run(
            "/usr/bin/openssl",
            ["ts", "-query", "-data", place + "/data", "-" + imprint, "-out", place + "/query"]
                + (certificates ? ["-cert"] : []))
        try run(
            "/usr/bin/openssl",
            [
                "ts", "-reply", "-config", place + "/cnf", "-queryfile", place + "/query", "-token_out", "-out",
                place + "/token",
            ])
        return try read(place + "/token")
    }

    /// Issues one more certificate; gives its name for `sign` and the others.
    func issue(
        _ subject: String, by authority: String = "issuing", days: Int = 30, digest: String = "sha256",
        _ extensions: [String]
    ) throws -> String {
        let place = try newFolder() + "/certificate"
        try Data(extensions.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: place + ".ext"))
        try run(
            "/usr/bin/openssl",
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                place + ".key", "-subj", "/CN=\(subject)", "-out", place + ".csr",
            ])
        try run(
            "/usr/bin/openssl",
            [
                "x509", "-req", "-in", place + ".csr", "-CA", path(authority + ".pem"), "-CAkey",
                path(authority + ".key"), "-set_serial", "\(UInt32.random(in: 1 << 20 ... .max))", "-days", "\(days)",
                "-extfile", place + ".ext", "-\(digest)", "-out", place + ".pem",
            ])
        return String(place.dropFirst(folder.count + 1))
    }

    /// The DER of a certificate or CRL in a PEM file.
    func der(_ name: String) throws -> [UInt8] {
        let base64 = String(decoding: bytes(name), as: UTF8.self).split(separator: "\n")
            .drop { !$0.hasPrefix("-----BEGIN") }.filter { !$0.hasPrefix("-----") }.joined()
        return Array(Data(base64Encoded: base64)!)
    }

    private func read(_ place: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: place)))
    }

    /// `yyyyMMddHHmmssZ`.
    private func stamp(_ seconds: Int64) -> String {
        let digits = utcText(seconds).filter(\.isNumber)
        return digits + "Z"
    }
}
