import Catalogue
import LedgerMerkle
import Testing

@testable import Evidence

@Suite struct RecordTests {
    private func record(_ fields: [Record.Field]) throws -> Record {
        try Record(kind: .receipt, secret: Fixture.secret, fields: fields)
    }

    private func code(_ fields: [Record.Field]) -> String? {
        do {
            _ = try record(fields)
            return nil
        } catch {
            return (error as? Failure)?.problem.code
        }
    }

    @Test func fieldsAreInTheOrderOfTheirBytes() throws {
        let names = ["б", "a", "B", "aa", "\u{ff}", "z"]
        let record = try record(names.shuffled().map { Record.Field(name: $0, value: [1]) })
        #expect(record.fields.map(\.name) == ["B", "a", "aa", "z", "\u{ff}", "б"])
    }

    @Test func namesThatLookTheSameAreDifferentFields() throws {
        let composed = "\u{e9}"
        let decomposed = "e\u{301}"
        let record = try record([.init(name: composed, value: [1]), .init(name: decomposed, value: [2])])
        #expect(record.fields.count == 2)
        #expect(record[composed] == [1])
        let shown = record.disclosure(showing: [decomposed]).fields.filter { $0.value != nil }
        #expect(shown.map(\.value) == [[2]])
    }

    @Test func anEmptyValueIsAnAbsentField() throws {
        let with = try Record(kind: .receipt, secret: Fixture.secret, fields: ["a": "1", "b": ""])
        let without = try Record(kind: .receipt, secret: Fixture.secret, fields: ["a": "1"])
        #expect(with.commitment == without.commitment)
        #expect(with["b"] == nil)
    }

    @Test func limitsAreRefusedWithTheirReason() {
        let long = String(repeating: "n", count: 256)
        #expect(code([.init(name: long, value: [1])]) == "record-name-invalid")
        #expect(code([.init(name: String(long.dropLast()), value: [1])]) == nil)
        #expect(code([.init(name: "", value: [1])]) == "record-name-invalid")
        #expect(code([.init(name: "a", value: [1]), .init(name: "a", value: [1])]) == "record-name-repeated")
        let value = [UInt8](repeating: 1, count: Record.maximumValueByteCount)
        #expect(code([.init(name: "a", value: value)]) == nil)
        #expect(code([.init(name: "a", value: value + [1])]) == "record-value-too-large")
        #expect(code([.init(name: "a", value: value), .init(name: "b", value: value)]) == "record-too-large")
        let many = (0...Record.maximumFieldCount).map { Record.Field(name: "\($0)", value: [1]) }
        #expect(code(many) == "record-too-many-fields")
        #expect(code(many.dropLast()) == nil)
    }

    @Test func theCommitmentDependsOnKindNameValueAndSecret() throws {
        let base = try Record(kind: .receipt, secret: Fixture.secret, fields: ["a": "1"]).commitment
        let otherSecret = try #require(RecordSecret([UInt8](repeating: 9, count: 32)))
        #expect(try Record(kind: .deedAct, secret: Fixture.secret, fields: ["a": "1"]).commitment != base)
        #expect(try Record(kind: .receipt, secret: Fixture.secret, fields: ["b": "1"]).commitment != base)
        #expect(try Record(kind: .receipt, secret: Fixture.secret, fields: ["a": "2"]).commitment != base)
        #expect(try Record(kind: .receipt, secret: otherSecret, fields: ["a": "1"]).commitment != base)
    }

    @Test func aSecretNeverPrintsItself() {
        #expect("\(Fixture.secret)" == "(record secret)")
        #expect(RecordSecret([1, 2, 3]) == nil)
    }

    @Test func anEntryOfAnotherVersionOrLengthIsRefused() throws {
        var entry = Fixture.disclosure.entry(recorded: 5).encoded
        for count in entry.indices {
            #expect(throws: FormatError.self) { try Entry(decoding: Array(entry.prefix(count))) }
        }
        #expect(throws: FormatError.self) { try Entry(decoding: entry + [0]) }
        entry[0] = 2
        #expect(throws: FormatError.self) { try Entry(decoding: entry) }
    }

    @Test func anEntryOfAnyKindAndTimeReadsBack() throws {
        for kind in UInt8.min...UInt8.max {
            let entry = Entry(kind: RecordKind(rawValue: kind), recorded: .max, commitment: .zero)
            #expect(try Entry(decoding: entry.encoded) == entry)
            #expect(entry.kind.isKnown == (1...10).contains(kind))
        }
    }
}
