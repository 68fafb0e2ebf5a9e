import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct ProofFileVectors {
    @Test(.vectors("tlog-proof")) func filesAreWrittenByteForByteAndReadBack() throws {
        for given in try Vectors.object("tlog-proof", "cases.json").cases("marshal") {
            let name = try given.string("name")
            let hashes = try given.value("hashes", as: [String].self).map {
                try #require(Digest(Base64.decode($0) ?? []))
            }
            let proof = try TlogProof(
                extra: given.optional("extra_utf8", as: String.self).map(utf8), index: try given.integer("index"),
                hashes: hashes, checkpoint: utf8(try given.string("checkpoint")))
            let expected = utf8(try given.string("want"))
            #expect(proof.encoded == expected, "\(name)")
            #expect(try TlogProof(parsing: expected) == proof, "\(name)")
        }
    }

    @Test(.vectors("tlog-proof")) func malformedFilesAreRefused() throws {
        for given in try Vectors.object("tlog-proof", "cases.json").cases("unmarshal_errors") {
            let input = given.has("input") ? try given.string("input") : try expand(try given.string("input_rule"))
            let name = try given.string("name")
            #expect(!succeeds { _ = try TlogProof(parsing: utf8(input)) }, "\(name)")
        }
    }

    /// A long input is given as a sum of quoted texts, each perhaps times a count: `'index 0\n' + 'a'*66560`.
    private func expand(_ rule: String) throws -> String {
        var text = ""
        for term in rule.split(separator: " + ") {
            let match = try #require(term.wholeMatch(of: /'([^']*)'(\*[0-9]+)?/))
            let unit = String(match.output.1.replacing("\\n", with: "\n"))
            let count = match.output.2.flatMap { Int($0.dropFirst()) } ?? 1
            text += String(repeating: unit, count: count)
        }
        return text
    }
}
