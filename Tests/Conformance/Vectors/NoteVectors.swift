import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct NoteVectors {
    private func sections() throws -> Fields {
        try Vectors.object("signed-note", "vectors.json")
    }

    @Test(.vectors("signed-note")) func verifierKeys() throws {
        for given in try sections().cases("vkeys") {
            let name = try given.string("name")
            let text = try given.string("vkey")
            let material = text.split(separator: "+", maxSplits: 2).last.flatMap { Base64.decode($0) }
            let isSupported = material?.first.flatMap(KeyAlgorithm.init) != nil
            let good = succeeds {
                let key = try VerifierKey(parsing: text)
                #expect(key.description == text)
            }
            if !given.flag("want_err") && !isSupported {
                // ML-DSA-44 (0x06): right, but a type that this library does not know. It says so.
                let error = #expect(throws: TransparencyError.self) { try VerifierKey(parsing: text) }
                #expect(error?.code == .wrongAlgorithm, "\(name)")
            } else {
                #expect(good != given.flag("want_err"), "\(name)")
            }
        }
    }

    @Test(.vectors("signed-note")) func notes() throws {
        for given in try sections().cases("notes") {
            let key = try VerifierKey(parsing: try given.string("vkey"))
            let bytes = utf8(try given.string("note"))
            let good = succeeds {
                let note = try SignedNote(parsing: bytes)
                #expect(note.encoded == bytes)
                #expect(try note.verified(by: [key]).count == 1)
            }
            let source = try given.string("src")
            #expect(good == given.flag("verifies"), "\(source)")
            guard good else { continue }
            // The same note with any one byte of its text or signature changed is refused.
            for index in bytes.indices {
                var changed = bytes
                changed[index] ^= 1
                #expect(!succeeds { _ = try SignedNote(parsing: changed).verified(by: [key]) }, "byte \(index)")
            }
        }
    }

    @Test(.vectors("signed-note")) func timesOfCosignatures() throws {
        for given in try sections().cases("cosignature_v1_timestamp") {
            // The vector is a whole blob: 4 bytes of key id, then time and signature.
            let blob = Base64.decode(try given.string("sig_base64"))
            let cosignature = blob.flatMap { Cosignature(Array($0.dropFirst(4))) }
            if given.flag("want_err") {
                #expect(cosignature == nil)
            } else {
                #expect(cosignature?.unixSeconds == (try given.integer("unix")))
            }
        }
    }

    @Test(.vectors("signed-note")) func lengthsOfOrigins() throws {
        for given in try sections().cases("checkpoint_origin_length") {
            let origin = try self.origin(given)
            let root = Base64.encode(TreeHash.empty.bytes)
            let good = succeeds { _ = try Checkpoint(parsing: utf8("\(origin)\n0\n\(root)\n")) }
            #expect(good == given.flag("valid"), "\(origin)")
            #expect(Checkpoint.isOrigin(origin) == given.flag("valid"), "\(origin)")
        }
    }

    /// An origin is given as itself, as a text and a count, or as a description such as "é*127 + a (255 bytes)".
    private func origin(_ given: Fields) throws -> String {
        if let pair = given.optional("origin_utf8_repeat", as: [Any].self) {
            let unit = try #require(pair.first as? String)
            return String(repeating: unit, count: try #require(pair.last as? Int))
        }
        let text = try given.string("origin")
        guard let match = text.wholeMatch(of: /(.)\*(\d+)(?: \+ (.+))? \((\d+) bytes\)/) else { return text }
        let (_, unit, count, tail, bytes) = match.output
        let origin = String(repeating: String(unit), count: try #require(Int(count))) + (tail ?? "")
        #expect(origin.utf8.count == Int(bytes))
        return origin
    }
}
