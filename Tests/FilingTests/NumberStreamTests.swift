import LedgerStorage
import Testing

@testable import Filing

@Suite struct NumberStreamTests {
    private func expectBack(_ numbers: [UInt64]) throws {
        for level in [nil, Int32(9)] {
            var bytes: [UInt8] = []
            NumberStream.append(numbers, to: &bytes, level: level)
            var reader = PackedReader(bytes)
            #expect(try NumberStream.read(&reader, count: numbers.count) == numbers)
            #expect(reader.isAtEnd)
            for length in bytes.indices {
                var reader = PackedReader(Array(bytes[..<length]))
                #expect(throws: StorageError.self) { try NumberStream.read(&reader, count: numbers.count) }
            }
        }
    }

    @Test func everyFormGivesTheNumbersBack() throws {
        try expectBack([])
        try expectBack([5])
        try expectBack([.max, 0])
        try expectBack([0, .max, 1 << 63, 3])
        try expectBack([UInt64](repeating: 77, count: 50))
        try expectBack((0..<100).map { 1000 + $0 * 50 })
        try expectBack((0..<200).map { $0 == 90 ? 123_456 : 0 })
        try expectBack((0..<300).map { [10, 200, 3_000_000][$0 % 3] })
        try expectBack((0..<64).map { 1 << $0 })
    }

    @Test(arguments: 1...64)
    func everyWidthOfBitsGivesTheNumbersBack(_ width: Int) throws {
        var random = SplitMix(state: UInt64(width))
        let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
        try expectBack((0..<37).map { _ in random.next() & mask } + [mask, 0])
    }
}
