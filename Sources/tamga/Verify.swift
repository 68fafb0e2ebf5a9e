import ArgumentParser
import CanonicalJSON
import Catalogue
import Deeds
import Evidence
import Filing
import LedgerMerkle
import LedgerTransparency
import Receipts
import Signatures

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check an evidence file: no network, no data folder.",
        discussion: """
              tamga verify receipt.tlog-proof --key "$(cat verifier.key)"
              tamga verify act.tlog-proof --key "$(cat verifier.key)" --document deed.pdf --trust ./trust --explain
              tamga verify act.tlog-proof --key "$(cat verifier.key)" --trust ./trust --validation ./lists
              tamga verify receipt.tlog-proof --policy policy.txt --expect total=5600 --json
              tamga verify act.tlog-proof --with receipt.tlog-proof --key "$(cat verifier.key)"

            A policy file names the logs and witnesses that you trust, a line each: `log KEY` and `quorum none`, or with witnesses
            `witness w1 KEY` and `quorum w1`. `tamga inspect` shows the names of the fields.

            --with checks a second evidence file as well, and whether act and fee receipt name each other; files that do not belong
            together count as changed.
            A list of revoked certificates that is too large for the evidence is named in it by its SHA-256. Without it the check says so, and where
            it is: the ledger's service gives it out (GET /v1/validation/SHA256).

            Money is compared in tugrik. Exit codes:
              0 matches · 1 document changed · 2 wrong usage · 3 evidence damaged · 4 not in ledger · 5 cannot tell now
            """)

    @Argument(help: "The evidence file, or - for standard input.") var evidence: String
    @Option(help: "The document that the act is about.") var document: String?
    @Option(help: "A value that the record must have; may be given several times.", transform: Self.expectation)
    var expect: [ExpectedValue] = []
    @Option(
        name: .customLong("with"),
        help: "The evidence of the act's fee receipt, or of the receipt's act: whether they name each other.")
    var other: String?
    @Option(help: "The ledger's verifier key, or the file that has it: DIR/verifier.key.") var key: String?
    @Option(help: "A policy file (C2SP tlog-policy): the logs and witnesses that you trust.") var policy: String?
    @Option(help: "Trusted roots for issuers' signatures: a PEM file or a folder.") var trust: String?
    @OptionGroup var validation: ValidationOption
    @Flag(help: "The result as JSON.") var json = false
    @Option(help: "The language: mn or en.", transform: Self.language) var lang: Language = .en
    @Flag(help: "Show every step from the document to the signature, and the times with whose clock they are.")
    var explain = false

    func validate() throws {
        guard (key == nil) != (policy == nil) else { throw ValidationError("give either --key or --policy") }
        guard validation.validation.isEmpty || trust != nil else { throw ValidationError("--validation needs --trust") }
    }

    func run() throws {
        let verifier: Verifier
        let bytes: [UInt8]
        var digest: Digest?
        var otherBytes: [UInt8]?
        do {
            let checker = try trust.map {
                DeedSignatureChecker(
                    trust: try TrustStore(folder: $0), document: try document.flatMap(Self.pdf),
                    validation: try validation.files())
            }
            let schema = RecordSchema.receipts.merging(DeedField.schema).merging(Issuer.schema)
                .merging(Erasure.schema).merging(LedgerEvent.schema).merging(AccessLog.schema)
            verifier = Verifier(policy: try readPolicy(), schema: schema, signatureChecker: checker)
            // One byte more than evidence can have: the verifier says what a larger file is.
            bytes = try Files.read(evidence, atMost: EvidenceFile.maximumByteCount + 1)
            otherBytes = try other.map { try Files.read($0, atMost: EvidenceFile.maximumByteCount + 1) }
            digest = try document.map { try Files.digest($0) }
        } catch {
            // Nothing was checked: what was named on the command line cannot be used.
            let failure = Failure(from: error)
            Terminal.complain(failure.map { "\($0.message(lang)); \($0.remedy(lang))" } ?? "\(error)")
            throw ExitCode(2)
        }
        let verification = verifier.verify(bytes, document: digest, expecting: expect)
        let pair = otherBytes.map { VerifiedPair(verification, and: verifier.verify($0)) }
        if json {
            print((pair?.json(in: lang) ?? verification.json(in: lang)).text)
        } else {
            print(Explanation(verification, in: lang).text(withLadder: explain))
            if let pair { print(pair.text(in: lang)) }
        }
        throw ExitCode(pair?.exitCode ?? verification.exitCode)
    }

    /// The bytes of a PDF, which may have the notary's signature inside; `nil` for any other file.
    private static func pdf(_ path: String) throws -> [UInt8]? {
        guard try Files.read(path, atMost: 5).elementsEqual("%PDF-".utf8) else { return nil }
        let bytes = try Files.read(path, atMost: SignedPDF.sizeLimit + 1)
        return bytes.count <= SignedPDF.sizeLimit ? bytes : nil
    }

    private func readPolicy() throws -> Policy {
        do {
            if let key {
                // A verifier key has two plus signs, a path hardly ever one.
                let text =
                    key.contains("+") ? key : String(decoding: try Files.read(key, limit: 1 << 16), as: UTF8.self)
                return Policy.trusting(try VerifierKey(parsing: text.trimmingSpace))
            }
            return try Policy(parsing: try Files.read(policy ?? "", limit: 1 << 20))
        } catch let error as TransparencyError {
            throw Problem.trustedKeyUnusable(["source": policy ?? "--key", "reason": error.reason])
        }
    }

    private static func language(_ text: String) throws -> Language {
        guard let language = Language(rawValue: text) else { throw ValidationError("--lang is mn or en") }
        return language
    }

    private static func expectation(_ text: String) throws -> ExpectedValue {
        guard let expected = ExpectedValue(parsing: text) else {
            throw ValidationError("\"\(text)\" is not NAME=VALUE")
        }
        return expected
    }
}

extension String {
    /// Without white space at both ends: a key line read from a file may bring its line end.
    var trimmingSpace: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
