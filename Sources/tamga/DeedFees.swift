import ArgumentParser
import CanonicalJSON
import Catalogue

/// The fee of an act that is registered.
struct FeeOptions: ParsableArguments {
    @Option(help: "The fee in tugrik: its receipt is filed with the act.") var fee: String?
    @Option(help: "With --fee: how it is paid, such as CASH or PAYMENT_CARD.") var payment: String?
    @Option(help: "With --fee: the payer's consumer number, 8 digits.") var consumer: String?
    @Option(help: "With --fee: the paying company's TIN.") var customer: String?
    @Option(
        help:
            "With --fee: BRANCH/TILL/DISTRICT where it is sold, such as 001/1/2403; without, the first that is enrolled."
    )
    var till: String?
    @Option(help: "The number of the fee receipt that is filed already.") var feeReceipt: String?
    @Option(help: "Where to write the evidence of the receipt.") var feeOut: String?

    func validate() throws {
        guard fee == nil || feeReceipt == nil else { throw ValidationError("give either --fee or --fee-receipt") }
        if fee == nil, [payment, consumer, customer, till].contains(where: { $0 != nil }) {
            throw ValidationError("--payment, --consumer, --customer and --till go with --fee")
        }
        if fee == nil, feeReceipt == nil, feeOut != nil {
            throw ValidationError("--fee-out goes with --fee or --fee-receipt")
        }
        if let till, till.split(separator: "/", omittingEmptySubsequences: false).count != 3 {
            throw ValidationError("--till is BRANCH/TILL/DISTRICT")
        }
    }

    /// What is sent; `nil` without a fee.
    var json: JSONValue? {
        if let feeReceipt { return ["receipt": .string(feeReceipt)] }
        guard let fee else { return nil }
        var object: JSONObject = ["amount": .string(fee)]
        object["payment"] = payment.map { .string($0) }
        object["consumerNo"] = consumer.map { .string($0) }
        object["customerTin"] = customer.map { .string($0) }
        if let parts = till?.split(separator: "/", omittingEmptySubsequences: false).map(String.init) {
            object["branchNo"] = .string(parts[0])
            object["posNo"] = .string(parts[1])
            object["districtCode"] = .string(parts[2])
        }
        return .object(object)
    }

    /// Says which receipt the act names, and keeps its evidence.
    func report(_ answer: JSONValue) throws {
        guard let named = answer["fee"] else {
            if fee != nil || feeReceipt != nil {
                Terminal.complain("the act was registered before, without a fee receipt; none was filed now")
            }
            return
        }
        print("fee receipt \(named["receipt"]?.string ?? "")")
        guard let feeOut else { return }
        guard let evidence = answer["feeEvidence"]?.string else {
            Terminal.complain("the receipt's content is gone from the ledger: there is no evidence of it any more")
            return
        }
        try Files.write(Array(evidence.utf8), to: feeOut)
    }
}

struct DeedFees: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fees", abstract: "List fee receipts that were filed for acts that are not there.",
        discussion: """
              tamga deed fees --data ./ledger --notary NT012

            The service ended between receipt and act, or the act was refused at the last moment. Register the very same act again, or give
            the receipt back.
            """)
    @OptionGroup var data: DataOption
    @Option(help: "The notary's code.") var notary: String
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        let answer = try await Workplace.run("deed.fees", ["notary": .string(notary)], on: data)
        if json { return print(answer.text) }
        for receipt in answer["withoutAct"]?.array ?? [] {
            print(
                "\(receipt["receipt"]?.string ?? "")\t\(receipt["date"]?.string ?? "")\t\(receipt["total"]?.number?.text ?? "")"
            )
        }
    }
}
