import Evidence

@testable import Filing

/// Stored records of every odd sort, and bytes that are none.
enum OddRecords {
    static func all() throws -> [[UInt8]] {
        var records: [[UInt8]] = [[], [1], [2], [0xfe, 2, 0, 0], [1, 2], [UInt8](repeating: 1, count: 37)]
        for fields in values { records.append(try stored(["value": fields])) }
        records.append(try stored(Dictionary(uniqueKeysWithValues: values.enumerated().map { ("f\($0)", $1) })))
        records.append(try stored([:], kind: 200))
        records.append(
            try stored(
                ["a": "1"],
                attachments: [
                    RecordAttachment(kind: .cmsSignature, bytes: [0x30, 3, 2, 1, 1]),
                    RecordAttachment(kind: RecordAttachment.Kind(rawValue: 77), bytes: []),
                    RecordAttachment(kind: .cmsSignature, bytes: [UInt8](repeating: 9, count: 3000)),
                ]))
        // Names that repeat, run backwards or are no UTF-8; an empty value: no reader takes them, but they are bytes.
        records.append(raw(fields: [("b", [1]), ("a", [2]), ("a", [3]), ("", [4]), ("e", [])]))
        records.append(raw(fields: [("x", [0xff, 0xfe]), ("y", [0, 1, 2, 3])]))
        records.append(records[10] + [0])
        records.append(Array(records[10].dropLast()))
        let residue = Residue(try StoredRecord(decoding: records[10]))
        records.append(residue.encoded)
        return records
    }

    /// A record of 17,000 members in one object: more columns than a block may have.
    static func wide() throws -> [UInt8] {
        let members = (0..<17_000).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
        return try stored(["wide": "{\(members)}"])
    }

    private static let values = [
        "0", "-0", "-1", "007", "1.50", "1.5", "0.000001", "0.0000001", "1e5", "999999999999", "9999999999999",
        "18446744073709551616", "-999999999999.999999", ".5", "5.", "+1", " 1", "٣",
        String(repeating: "0", count: 33), String(repeating: "1", count: 34), String(repeating: "7", count: 18),
        String(repeating: "7", count: 19), "1770881502000+08:00", "1770881502000+07:00", "x770881502000+08:00",
        "512345******1234", "51234x******1234", "512345*****12345",
        String(repeating: "ab", count: 32), String(repeating: "AB", count: 32), String(repeating: "ab", count: 16),
        "Талх", "Өндөг үнэ", "Ѐѿ", "\u{480}", "\u{1}\u{2}\u{3}", "\u{7f}", "😀", "e\u{301}", "Т\u{1}",
        "[]", "{}", "[", "{", "[}", "{]", "[1", "[1,", "[1,]", "[,1]", "[1]]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "[ 1 ]", "{\"a\": 1}", "[1,2,3]", "[[1],[2,3],[]]", "[[],[]]", "[null,true,false]", "[\"\",\"\\\"\",\"\\\\\"]",
        "{\"a\":{\"b\":{\"c\":[{\"d\":1},{\"d\":\"2\"},{}]}}}", "{\"a\":1,\"a\":2}", "[{\"a\":1},{\"b\":2},{\"a\":3}]",
        "[\"unfinished", "[\"\\", "[1]x", "[1.5,2,2.25,-3]", "[{\"id\":\"037900846788001095330000010012619\"}]",
        String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
        String(repeating: "[", count: 14) + "1" + String(repeating: "]", count: 14),
        String(repeating: "{\"a\":", count: 40) + "1" + String(repeating: "}", count: 40),
    ]

    static func stored(
        _ fields: [String: String], kind: UInt8 = 2, attachments: [RecordAttachment] = []
    ) throws -> [UInt8] {
        guard let secret = RecordSecret([UInt8](repeating: 3, count: 32)) else { return [] }
        let record = try Record(kind: RecordKind(rawValue: kind), secret: secret, fields: fields)
        return try StoredRecord(record, attachments: attachments).encoded
    }

    private static func raw(fields: [(String, [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = [1, 2] + [UInt8](repeating: 3, count: 32) + [0, UInt8(fields.count)]
        for (name, value) in fields {
            bytes += [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(value.count)] + value
        }
        return bytes + [0]
    }
}
