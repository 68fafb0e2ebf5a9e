public import CanonicalJSON
import Catalogue

extension Merchant {
    /// A branch of a merchant, with its tills.
    public struct Branch: Hashable, Sendable {
        /// 3 digits (`branchNo`).
        public var number: String
        public var name: String
        /// Four digits of aimag or district and sum or khoroo; `nil` when nobody stated it.
        public var district: String?
        public var tills: [Till]

        public init(number: String, name: String, district: String? = nil, tills: [Till] = []) {
            self.number = number
            self.name = name
            self.district = district
            self.tills = tills
        }
    }

    /// A till of a branch.
    public struct Till: Hashable, Sendable {
        /// The merchant's own number of it (`posNo`).
        public var number: String
        /// What people call it; "" when nobody said.
        public var name: String

        public init(number: String, name: String = "") {
            self.number = number
            self.name = name
        }
    }

    /// Whether a till is among those enrolled; any is while none was.
    func knows(till: String, ofBranch branch: String) -> Bool {
        guard !branches.isEmpty else { return true }
        guard let branch = branches.first(where: { $0.number == branch }) else { return false }
        return branch.tills.isEmpty || branch.tills.contains { $0.number == till }
    }

    /// Reads `[{branchNo, name, districtCode?, tills?: [{posNo, name?}]}]`.
    ///
    /// - Throws: `merchants-file` with the place and the reason.
    static func branches(_ value: JSONValue?, at place: String) throws(Failure) -> [Branch] {
        var branches: [Branch] = []
        for (index, element) in (value?.array ?? []).enumerated() {
            let place = "\(place).branches[\(index)]"
            let number = try text(element["branchNo"], "branchNo", at: place)
            guard number.utf8.count <= 3, number.isDecimalDigits else {
                throw Problem.merchantsFile(["place": place, "reason": "branchNo"])
            }
            var branch = Branch(
                number: number.leftPadded(to: 3), name: try text(element["name"], "name", at: place))
            if let district = element["districtCode"], district != .null, district.string != "" {
                branch.district = try text(district, "districtCode", at: place)
            }
            for (index, till) in (element["tills"]?.array ?? []).enumerated() {
                let number = try text(till["posNo"], "posNo", at: "\(place).tills[\(index)]")
                guard number.utf8.count <= ReceiptLimits.short else {
                    throw Problem.merchantsFile(["place": "\(place).tills[\(index)]", "reason": "posNo"])
                }
                branch.tills.append(Till(number: number, name: till["name"]?.string ?? ""))
            }
            guard !branches.contains(where: { $0.number == branch.number }) else {
                throw Problem.merchantsFile(["place": place, "reason": "branchNo \(branch.number)"])
            }
            branches.append(branch)
        }
        return branches
    }
}

extension Merchant.Branch {
    /// In the form of an enrolment file.
    public var json: JSONValue {
        var object: JSONObject = ["branchNo": .string(number), "name": .string(name)]
        object["districtCode"] = district.map { .string($0) }
        object["tills"] = .array(
            tills.map { till in
                till.name.isEmpty
                    ? ["posNo": .string(till.number)] : ["posNo": .string(till.number), "name": .string(till.name)]
            })
        return .object(object)
    }
}
