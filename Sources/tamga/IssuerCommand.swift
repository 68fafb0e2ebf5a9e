import ArgumentParser
import CanonicalJSON
import Catalogue
import Signatures

struct IssuerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issuer", abstract: "Enrol, suspend and list who may file.",
        subcommands: [
            AddMerchant.self, AddNotary.self, Suspend.self, Resume.self, ForgetPassword.self, List.self,
        ])

    struct AddMerchant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enrol a merchant, or many from a file.",
            discussion: """
                  tamga issuer add-merchant --data ./ledger --tin 37900846788 --name "Талх ХХК" --vat-payer
                  tamga issuer add-merchant --data ./ledger --from merchants.json
                  tamga issuer add-merchant --data ./ledger --tin 37900846788 --name "Талх ХХК" --way front \
                      --posapi http://192.168.1.5:7080

                Ways: alone, where Tamga issues the numbers and nothing reaches the tax authority; front, where Tamga passes the till's requests
                to the merchant's own PosAPI and files what it answers; beside, where that PosAPI pushes its receipts here.

                The file is a JSON array of {"tin","name","vatPayer"?,"cityTaxPayer"?,"way"?,"posapi"?,"registerNumber"?,"customers"?,
                "bankAccounts"?,"branches"?: [{"branchNo","name","districtCode"?,"tills"?: [{"posNo","name"?}]}]}. A bad row is reported and does not stop the others. What is not stated stays as it was.
                """)

        @OptionGroup var data: DataOption
        @Option(help: "The taxpayer number, 11 or 12 digits.") var tin: String?
        @Option(help: "The merchant's name.") var name: String?
        @Flag(inversion: .prefixedNo, help: "Registered for VAT.") var vatPayer: Bool?
        @Flag(inversion: .prefixedNo, help: "Pays the capital city tax.") var cityTaxPayer: Bool?
        @Option(help: "How the receipts come in: alone, front or beside.") var way: String?
        @Option(help: "With --way front: where the merchant's own PosAPI is, such as http://192.168.1.5:7080.")
        var posapi: String?
        @Option(help: "The number in the state register, for tills of PosAPI 2.x.") var registerNumber: String?
        @Option(name: .customLong("from"), help: "A JSON file of merchants.") var file: String?

        func validate() throws {
            guard (file == nil) == (tin != nil && name != nil) else {
                throw ValidationError("give either --tin and --name, or --from FILE.json")
            }
        }

        func run() async throws {
            var issuers: JSONValue
            if let file {
                do {
                    let bytes = try Files.read(file, limit: 64 << 20)
                    issuers = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: 64 << 20))
                } catch let error as JSONError {
                    throw Problem.fileUnreadable(["path": file, "reason": "\(error)"])
                }
            } else {
                var issuer: JSONObject = ["tin": .string(tin ?? ""), "name": .string(name ?? "")]
                issuer["vatPayer"] = vatPayer.map { .bool($0) }
                issuer["cityTaxPayer"] = cityTaxPayer.map { .bool($0) }
                issuer["way"] = way.map { .string($0) }
                issuer["posapi"] = posapi.map { .string($0) }
                issuer["registerNumber"] = registerNumber.map { .string($0) }
                issuers = [.object(issuer)]
            }
            if issuers.array == nil { issuers = .array([issuers]) }
            try report(await Workplace.run("issuer.enrol", ["issuers": issuers], on: data))
        }
    }

    struct AddNotary: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enrol a notary with the certificate that signs their statements.",
            discussion: """
                  tamga issuer add-notary --data ./ledger --code NT012 --name "Д.Бат" --certificate notary.pem --tin 90010000041

                Fee receipts are filed under the TIN, which is enrolled by itself with add-merchant.
                """)

        @OptionGroup var data: DataOption
        @Option(help: "The notary's code: letters and digits, such as NT012.") var code: String
        @Option(help: "The notary's name.") var name: String
        @Option(help: "The notary's signing certificate, PEM or DER.") var certificate: String
        @Option(help: "The TIN under which the notary's fee receipts are filed.") var tin: String?

        func run() async throws {
            let bytes = try Files.read(certificate, limit: 1 << 20)
            let fingerprint = try CertificateFile.fingerprint(bytes, path: certificate)
            var issuer: JSONObject = [
                "code": .string(code), "name": .string(name), "certificate": .string(fingerprint),
            ]
            issuer["tin"] = tin.map { .string($0) }
            try report(await Workplace.run("issuer.enrol", ["issuers": [.object(issuer)]], on: data))
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an issuer file nothing more; a notary reads nothing more, either.",
            discussion:
                "A notary's tokens are refused everywhere, and the sessions in the console end, until the suspension is lifted."
        )
        @OptionGroup var data: DataOption
        @Option(help: "The TIN or the notary's code.") var id: String

        func run() async throws {
            try report(
                .array([await Workplace.run("issuer.suspend", ["id": .string(id), "suspended": true], on: data)]))
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a suspended issuer file again.")
        @OptionGroup var data: DataOption
        @Option(help: "The TIN or the notary's code.") var id: String

        func run() async throws {
            try report(
                .array([await Workplace.run("issuer.suspend", ["id": .string(id), "suspended": false], on: data)]))
        }
    }

    struct ForgetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a merchant's or notary's console password away, and end the sessions.")
        @OptionGroup var data: DataOption
        @Option(help: "The merchant's TIN or the notary's code.") var id: String

        func run() async throws {
            try report(.array([await Workplace.run("console.forget", ["id": .string(id)], on: data)]))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show who is enrolled.")
        @OptionGroup var data: DataOption
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let issuers = try await Workplace.run("issuer.list", [:], on: data)
            if json { return print(issuers.text) }
            for issuer in issuers.array ?? [] {
                let state = issuer["suspended"]?.bool == true ? "suspended" : "enrolled"
                print(
                    "\(issuer["id"]?.string ?? "")\t\(issuer["role"]?.string ?? "")\t\(state)\t\(issuer["name"]?.string ?? "")"
                        + (issuer["way"]?.string.map { "\t\($0)" } ?? "")
                        + (issuer["successor"]?.string.map { "\thanded over to \($0)" } ?? "")
                )
            }
        }
    }
}

/// Prints what became of each row; fails when one was refused.
private func report(_ results: JSONValue) throws {
    var isRefused = false
    for result in results.array ?? [] {
        let index = result["index"]?.integer.map { " at index \($0)" } ?? ""
        print("\(result["id"]?.string ?? ""): \(result["outcome"]?.string ?? "")\(index)")
        if let message = result["message"]?.string {
            isRefused = true
            Terminal.complain(message)
        }
    }
    if isRefused { throw ExitCode(1) }
}
