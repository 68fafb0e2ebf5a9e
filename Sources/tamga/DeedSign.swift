import ArgumentParser
import CanonicalJSON
import Catalogue
import Deeds
import LedgerMerkle
import Signatures

struct DeedSign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a statement with a key file or a key in a PKCS#11 token.",
        discussion: """
            Works without a ledger and without a network. The statement may come in its open form, which people read: then its
            private lines are put under digests here, and that is what is signed.
              tamga deed sign statement.txt --key notary.key --certificate notary.pem --out statement.p7s
              tamga deed sign statement.txt --module /usr/lib/softhsm/libsofthsm2.so --token NOTARY --key-label sign \\
                --pin-file pin --out statement.p7s
            A certificate that is not in the token comes from --certificate. The PIN and the passphrase come from files, never from
            the command line; - reads them from standard input.
            """)

    @Argument(help: "The statement, open or closed.") var statement: String
    @Option(help: "Where to write the signature, a detached CAdES-B in DER.") var out: String
    @Option(help: "The notary's certificate, PEM; further certificates in it go along as the chain.")
    var certificate: String?
    @Option(help: "The private key, PEM.") var key: String?
    @Option(help: "The file with the passphrase of the key.") var passphraseFile: String?
    @Option(help: "The PKCS#11 module of the token, an absolute path.") var module: String?
    @Option(help: "The label of the token.") var token: String?
    @Option(help: "The label of the key in the token.") var keyLabel: String?
    @Option(help: "A PKCS#11 URI (RFC 7512) in the place of both labels.") var uri: String?
    @Option(help: "The file with the PIN of the token; not for a token with a PIN pad.") var pinFile: String?
    @Option(help: "A timestamp answer for --timestamp-request, to be put on the signature in --out.")
    var timestamp: String?
    @Option(help: "Write a timestamp request (RFC 3161) for the signature in --out, and keep it for --timestamp.")
    var timestampRequest: String?

    func validate() throws {
        if timestamp != nil {
            guard timestampRequest != nil else {
                throw ValidationError("--timestamp needs the --timestamp-request that it answers")
            }
            return
        }
        guard (key != nil) != (module != nil) else { throw ValidationError("give --key or --module, and not both") }
        if key != nil, certificate == nil { throw ValidationError("--key needs --certificate") }
        if module != nil, uri == nil, token == nil || keyLabel == nil {
            throw ValidationError("--module needs --token and --key-label, or --uri")
        }
    }

    func run() throws {
        if let timestamp, let timestampRequest { return try addTimestamp(timestamp, answering: timestampRequest) }
        let text = try text()
        let signer = try signer()
        let cms = try signer.sign(Array(text.utf8))
        try Files.write(cms, to: out)
        print("signed by \(signer.certificate.subject); \(cms.count) bytes in \(out)")
        if let timestampRequest {
            let request = try SignatureTimestampRequest(for: cms)
            try Files.write(request.der, to: timestampRequest)
            print(
                "timestamp request in \(timestampRequest): send it to a timestamp authority, then give its answer with --timestamp"
            )
        }
    }

    /// What is signed: the closed form.
    private func text() throws -> String {
        let bytes = try Files.read(statement, limit: 1 << 20)
        guard let text = String(validating: bytes, as: UTF8.self),
            [ActStatement.header, ActStatement.changeHeader].contains(where: { text.hasPrefix($0 + "\n") })
        else { throw Problem.statementUnknown(["path": statement]) }
        return ActStatement.isClosed(text) ? text : ActStatement.closing(text)
    }

    private func signer() throws -> Signer {
        if let key, let certificate {
            return try Signer(keyFile: key, certificateFile: certificate, passphrase: try secret(passphraseFile))
        }
        let address = try uri.map { try TokenAddress(uri: $0) } ?? TokenAddress(token: token, object: keyLabel)
        let token = try TokenKey(module: module ?? "", address: address, pin: try secret(pinFile))
        return try Signer(token: token, certificateFile: certificate)
    }

    /// A secret from a file, without the line end that editors add.
    private func secret(_ path: String?) throws -> SignerSecret? {
        guard let path else { return nil }
        var bytes = try Files.read(path, limit: 1 << 10)
        while let last = bytes.last, last == 0x0a || last == 0x0d { bytes.removeLast() }
        return SignerSecret(emptying: &bytes)
    }

    private func addTimestamp(_ answer: String, answering request: String) throws {
        let cms = try Files.read(out, limit: 64 << 10)
        let stamped = try SignatureTimestampRequest(
            cms: cms, der: try Files.read(request, limit: 16 << 10)
        ).adding(try Files.read(answer, limit: 64 << 10))
        try Files.write(stamped, to: out)
        print("the timestamp is on the signature in \(out)")
    }
}
