import Catalogue
import Testing

@testable import Service

/// Forms with files, read as they come.
@Suite struct MultipartTests {
    private static let type = "multipart/form-data; boundary=--xYz"

    /// The events of a body that comes in pieces, bytes of a part put together.
    private func events(_ body: [UInt8], piece: Int) throws -> (events: [MultipartReader.Event], isDone: Bool) {
        var reader = try MultipartReader(type: MultipartTests.type)
        var events: [MultipartReader.Event] = []
        for start in stride(from: 0, to: body.count, by: piece) {
            for event in try reader.feed(Array(body[start..<min(start + piece, body.count)])) {
                if case .bytes(let more) = event, case .bytes(let before) = events.last {
                    events[events.count - 1] = .bytes(before + more)
                } else {
                    events.append(event)
                }
            }
        }
        return (events, reader.isDone)
    }

    private func part(_ head: String, _ content: [UInt8]) -> [UInt8] {
        Array("----xYz\r\nContent-Disposition: form-data; \(head)\r\n\r\n".utf8) + content + [0x0d, 0x0a]
    }

    @Test func partsComeBackInPiecesOfAnySize() throws {
        // Full of beginnings of boundaries.
        let content =
            Array("\r\n----xY\r\n\r\r\n----\r\n----xYy\r\n--".utf8) + (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        let body =
            part("name=\"key\"", Array("0a0b".utf8)) + part("name=\"one\"; filename=\"\"", [])
            + part("name=\"two\"; filename=\"a b.pdf\"\r\nContent-Type: application/pdf", content)
            + Array("----xYz--\r\nand more".utf8)
        let expected: [MultipartReader.Event] = [
            .begin(name: "key", fileName: nil), .bytes(Array("0a0b".utf8)), .end,
            .begin(name: "one", fileName: ""), .end,
            .begin(name: "two", fileName: "a b.pdf"), .bytes(content), .end,
        ]
        for piece in [1, 2, 3, 7, 64, 1000, body.count] {
            let found = try events(body, piece: piece)
            #expect(found.events == expected && found.isDone, "pieces of \(piece)")
        }
        for cut in 0..<body.count - 10 {
            #expect(try !events(Array(body.prefix(cut)), piece: 50).isDone, "\(cut) bytes")
        }
    }

    @Test func memoryStaysThatOfAPiece() throws {
        var reader = try MultipartReader(type: MultipartTests.type)
        _ = try reader.feed(Array("----xYz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n".utf8))
        for _ in 0..<100 {
            // All but what may be the beginning of a boundary is handed on at once.
            let count = try reader.feed([UInt8](repeating: 0x0d, count: 1000)).reduce(0) { sum, event in
                if case .bytes(let bytes) = event { sum + bytes.count } else { sum }
            }
            #expect(count >= 990)
        }
    }

    @Test func whatIsNoFormIsRefused() throws {
        for type in [
            "", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x",
        ] {
            #expect(throws: Failure.self) { try MultipartReader(type: type) }
        }
        let bad = [
            [UInt8](repeating: 0x61, count: 5000), Array("----xYzjunk".utf8),
            Array("----xYz\r\n".utf8) + [UInt8](repeating: 0x61, count: 5000),
            Array("----xYz\r\nContent-Type: a/b\r\n\r\n".utf8),
            Array("----xYz\r\nContent-Disposition: form-data; name=\"".utf8) + [0xff] + Array("\"\r\n\r\n".utf8),
            (0...MultipartReader.partLimit).flatMap { part("name=\"\($0)\"", []) },
        ]
        for (number, body) in bad.enumerated() {
            #expect(throws: Failure.self, "\(number)") { try events(body, piece: 100) }
        }
    }
}
