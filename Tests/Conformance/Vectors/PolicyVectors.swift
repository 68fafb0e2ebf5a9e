import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct PolicyVectors {
    /// Why a policy that its authors accept is refused here; `nil` if there is no reason.
    ///
    /// The cases are older than the final tlog-policy text, which allows comments only on lines of their own ("comment
    /// lines (lines starting with "#", possibly preceded by whitespace)") and no two witnesses with one public key
    /// ("Duplicate witnesses, i.e., multiple witness lines with the same public key, are not allowed").
    private func objection(to policy: String) -> String? {
        var keys: Set<Substring> = []
        for line in policy.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            if words.contains(where: { $0.hasPrefix("#") }) { return "comment" }
            guard first == "witness", words.count > 2 else { continue }
            let key = words[2].split(separator: "+", maxSplits: 2).last ?? words[2]
            guard keys.insert(key).inserted else { return "another witness's key" }
        }
        return nil
    }

    @Test(.vectors("tlog-policy")) func policiesToAcceptAreAcceptedUnlessTheFinalTextForbidsThem() throws {
        var objections: [String: String] = [:]
        for given in try Vectors.object("tlog-policy", "cases.json").cases("accept") {
            let name = try given.string("name")
            let policy = try given.string("policy")
            guard let objection = objection(to: policy) else {
                #expect(succeeds { _ = try Policy(parsing: utf8(policy)) }, "\(name)")
                continue
            }
            objections[name] = objection
            let error = #expect(throws: TransparencyError.self, "\(name)") { try Policy(parsing: utf8(policy)) }
            #expect(error?.code == .malformed, "\(name)")
            #expect(error?.reason.contains(objection) == true, "\(name): \(error?.reason ?? "")")
        }
        // Case by case, for those that were there when this was written.
        let known = [
            "whitespace and comments": "comment", "group numerical": "another witness's key",
            "group all": "another witness's key", "group any": "another witness's key", "tidy": nil,
        ]
        for (name, objection) in objections where known.keys.contains(name) {
            #expect(known[name] == objection, "\(name)")
        }
    }

    @Test(.vectors("tlog-policy")) func policiesToAcceptPassOnceTheirObjectionIsRemoved() throws {
        for given in try Vectors.object("tlog-policy", "cases.json").cases("accept") {
            let policy = try given.string("policy")
            guard objection(to: policy) == "comment" else { continue }
            let tidied = policy.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.prefix { $0 != "#" }
            }
            #expect(succeeds { _ = try Policy(parsing: utf8(tidied.joined(separator: "\n"))) })
        }
    }

    @Test(.vectors("tlog-policy")) func policiesToRejectAreRejected() throws {
        for given in try Vectors.object("tlog-policy", "cases.json").cases("reject") {
            let policy = try given.string("policy")
            let name = try given.string("name")
            #expect(!succeeds { _ = try Policy(parsing: utf8(policy)) }, "\(name)")
            // Also with the newline at the end and the quorum line that some lack, so that they fail for their own reason.
            var whole = policy.hasSuffix("\n") ? policy : policy + "\n"
            guard name != "no quorum" else { continue }
            if !whole.contains("quorum ") { whole += "quorum none\n" }
            #expect(!succeeds { _ = try Policy(parsing: utf8(whole)) }, "\(name), completed")
        }
    }
}
