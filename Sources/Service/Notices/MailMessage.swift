import Evidence
import Foundation
import LedgerTransparency
import Registry

/// A notice as a mail (RFC 5322, MIME): plain text in UTF-8, every byte of it ASCII. The same notice is the same bytes, whenever it is sent.
struct MailMessage {
    let bytes: [UInt8]

    init(_ notice: Notice, to: MailAddress, from: MailAddress, publicURL: String) {
        let text = NoticeText(notice, publicURL: publicURL)
        let id = notice.messageID.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        var lines = [
            "From: <\(from)>", "To: <\(to)>",
            "Subject: " + MailMessage.encoded(text.subject).joined(separator: "\r\n "),
            "Date: " + MailMessage.date(notice.created), "Message-ID: <\(id)@\(from.domain)>",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            "Content-Language: " + (notice.language == .mn ? "mn, en" : "en, mn"),
            // No mailer answers it with "I am on holiday" (RFC 3834).
            "Auto-Submitted: auto-generated", "",
        ]
        let body = text.body.replacing("\n", with: "\r\n")
        lines += MailMessage.wrapped(Base64.encode(Array(body.utf8)))
        bytes = Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// A text as encoded words (RFC 2047), none longer than 75 characters, none with a part of a character.
    static func encoded(_ text: String) -> [String] {
        var words: [String] = []
        var part: [UInt8] = []
        func end() {
            if !part.isEmpty { words.append("=?utf-8?B?\(Base64.encode(part))?=") }
            part = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            // 39 bytes are 52 characters, 12 about them, and the header's name before the first.
            if part.count + bytes.count > 39 { end() }
            part += bytes
        }
        end()
        return words
    }

    /// Base 64 in lines of 76 characters.
    private static func wrapped(_ text: String) -> [String] {
        let characters = Array(text.utf8)
        return stride(from: 0, to: characters.count, by: 76).map { start in
            String(decoding: characters[start..<min(start + 76, characters.count)], as: UTF8.self)
        }
    }

    /// `Sun, 22 Nov 2026 18:33:23 +0800` (RFC 5322, 3.3).
    static func date(_ unixMilliseconds: Int64) -> String {
        let time = UlaanbaatarTime(unixMilliseconds: UInt64(clamping: unixMilliseconds))
        // 2026-11-22T18:33:23.000+08:00
        guard let text = time.rfc3339, let month = Int(text.dropFirst(5).prefix(2)) else { return date(0) }
        let days = (max(0, unixMilliseconds) / 1000 + 8 * 3600) / 86_400
        let year = text.prefix(4)
        return "\(weekdays[Int(days % 7)]), \(text.dropFirst(8).prefix(2)) \(months[month - 1]) \(year) "
            + "\(text.dropFirst(11).prefix(8)) +0800"
    }

    /// From that of 1970-01-01 on.
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
