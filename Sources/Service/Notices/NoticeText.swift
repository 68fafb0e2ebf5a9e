import Catalogue
import Evidence
import Registry

/// What a notice says. The act's number and the time, and nothing of parties, kinds of act or property: who reads along learns only that there is an
/// act. A will's notice is word for word that of any other act.
struct NoticeText {
    let subject: String
    let body: String

    /// - Parameter publicURL: where the service is reached, without a trailing slash.
    init(_ notice: Notice, publicURL: String) {
        let words = NoticeText.words(notice.event)
        let details = [
            "act": notice.act, "notary": String(notice.act.prefix { $0 != "-" }), "url": "\(publicURL)/act",
        ]
        let time = UlaanbaatarTime(unixMilliseconds: UInt64(clamping: notice.time))
        let languages: [Language] = notice.language == .mn ? [.mn, .en] : [.en, .mn]
        // In both languages, the reader's first: a notary may not know which one somebody reads.
        body = languages.map { language in
            let happened = (language == .mn ? words.mn : words.en) + "."
            return happened + "\n\n"
                + NoticeText.rest.filled(details.merging(["time": time.text(language)]) { $1 }, in: language) + "\n"
        }.joined(separator: "\n----------------------------------------\n\n")
        subject = languages.map { $0 == .mn ? words.mn : words.en }.joined(separator: " / ")
    }

    private static func words(_ event: NoticeEvent) -> Wording {
        switch event {
        case .registered:
            Wording(
                mn: "Таны нэр орсон нотариатын үйлдэл бүртгэгдлээ",
                en: "A notarial act in which you are named was registered")
        case .changed:
            Wording(
                mn: "Таны нэр орсон нотариатын үйлдэлд өөрчлөлт бүртгэгдлээ",
                en: "A notarial act in which you are named was changed")
        case .revoked:
            Wording(
                mn: "Таны нэр орсон нотариатын үйлдэл хүчингүй боллоо",
                en: "A notarial act in which you are named was revoked")
        case .looked:
            Wording(
                mn: "Таны нэр орсон нотариатын үйлдлийг үзлээ",
                en: "A notarial act in which you are named was looked at")
        }
    }

    private static let rest = Wording(
        mn: """
            Үйлдлийн дугаар: {act}
            Огноо: {time}

            Өөрт байгаа дугаар, кодоороо эндээс үзнэ үү:
            {url}

            Та энэ тухай мэдэхгүй, эсвэл өөрөө хүсээгүй бол дугаарыг нь хэлж, {notary} кодтой нотариатч эсвэл Монголын
            Нотариатчдын танхимаас яаралтай лавлана уу.

            Энэ захидал автоматаар явсан тул хариу бичих шаардлагагүй. Бид таны код, нууц үгийг захидлаар хэзээ ч
            асуухгүй.
            """,
        en: """
            Number of the act: {act}
            Time: {time}

            Look at it with the number and the code that you hold:
            {url}

            If you know nothing of this, or it was not you who wanted it, ask the notary with the code {notary} or the
            Mongolian Chamber of Notaries at once, and tell them the number.

            This mail was sent by a machine: there is no need to answer. We never ask for your code or a password by mail.
            """)
}
