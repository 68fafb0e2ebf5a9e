import Catalogue
import Deeds
import Filing

/// What the fields of an act's form are called.
struct DeedWords: Sendable {
    let say: Speaker

    func label(_ field: String, _ kind: ActKind?) -> String {
        let parts = field.split(separator: ".", maxSplits: 1).map(String.init)
        let member = parts.count > 1 ? parts[1] : ""
        if let row = DeedWords.row(parts.first ?? "", "parties") {
            return say("\(row + 1)-р оролцогч: ", "Party \(row + 1): ") + party(member)
        }
        if let row = DeedWords.row(parts.first ?? "", "attachments") {
            return say("\(row + 1)-р хавсралт: ", "Attachment \(row + 1): ") + document(member)
        }
        switch parts.first {
        case "document": return document(member)
        case "details": return kind?.fields.first { $0.name == member }.map { say($0.label) } ?? member
        case "principal": return say("Хүсэлт гаргагч: ", "Who asks: ") + party(member)
        case "basis": return say("Шүүхийн шийдвэр: ", "Court order: ") + basis(member)
        default: return whole(field)
        }
    }

    private static func row(_ part: String, _ list: String) -> Int? {
        part.hasPrefix("\(list)[") ? Int(part.dropFirst(list.count + 1).dropLast()) : nil
    }

    func party(_ member: String) -> String {
        switch member {
        case "role": say("Үүрэг", "Role")
        case "sort": say("Дугаарын төрөл", "Sort of number")
        case "number": say("Дугаар", "Number")
        case "lastName": say("Эцэг/эхийн нэр", "Patronymic")
        case "firstName": say("Нэр", "Given name")
        case "surname": say("Ургийн овог", "Clan name")
        case "name": say("Байгууллагын нэр", "Organisation's name")
        case "email": say("Мэдэгдэл авах и-мэйл", "E-mail for notices")
        default: say("Оролцогч", "Party")
        }
    }

    func document(_ member: String) -> String {
        switch member {
        case "name": say("Файлын нэр", "File name")
        case "size": say("Хэмжээ, байт", "Size, bytes")
        default: say("Хураангуй (SHA-256)", "Digest (SHA-256)")
        }
    }

    func basis(_ member: String) -> String {
        switch member {
        case "court": say("Шүүх", "Court")
        case "number": say("Шийдвэрийн дугаар", "Number of the order")
        default: say("Огноо", "Day")
        }
    }

    private func whole(_ field: String) -> String {
        switch field {
        case "parties": say("Оролцогчид", "Parties")
        case "attachments": say("Хавсралтууд", "Attachments")
        case "validUntil": say("Хүчинтэй эцсийн өдөр", "Last day of validity")
        case "propertyNumber": say("Эд хөрөнгийн дугаар", "Property number")
        case "reference": say("Холбогдох үйлдлийн дугаар", "Refers to act")
        case "note": say("Тэмдэглэл", "Note")
        case "place": say("Үйлдсэн газар", "Place")
        case "reason": say("Шалтгаан", "Reason")
        case "by": say("Хэний хүсэлтээр", "At whose request")
        case "act": say("Үйлдлийн дугаар", "Act number")
        case "fee.amount": say("Хөлс", "Fee")
        case "fee.receipt": say("Хөлсний баримтын ДДТД", "Fee receipt number")
        default: field
        }
    }

    /// The sorts of numbers that people have.
    func sort(_ key: String) -> String {
        switch key {
        case "regnum": say("Регистрийн дугаар (РД)", "Register number")
        case "civilId": say("Иргэний бүртгэлийн дугаар", "Civil id")
        case "organisationNumber": say("Хуулийн этгээдийн регистр", "Organisation's register number")
        case "tin": say("ТТД", "TIN")
        default: say("Гадаад иргэний баримт", "Foreigner's document")
        }
    }

    /// What is wrong, and what to do, with the names that people see.
    func text(_ problem: FieldProblem, _ kind: ActKind?) -> String {
        var details = problem.failure.details
        if details["path"] != nil { details["path"] = label(problem.field, kind) }
        if let role = details["role"].flatMap({ PartyRole(rawValue: $0) }) { details["role"] = role.label.en }
        let failure = Failure(problem: problem.failure.problem, details: details)
        return failure.message(say.language) + say(". ", "; ") + failure.remedy(say.language)
    }

    func status(_ status: ActStatus) -> String {
        switch status {
        case .inForce: say("хүчинтэй", "in force")
        case .amended: say("хүчинтэй, өөрчилсөн", "in force, amended")
        case .corrected: say("хүчинтэй, засварласан", "in force, corrected")
        case .revoked: say("хүчингүй болсон", "revoked")
        case .expired: say("хугацаа дууссан", "expired")
        case .notYetRegistered: say("бүртгээгүй", "not registered")
        }
    }

    /// The status of a warning by its code.
    func status(code: String) -> String {
        switch code {
        case PaperStatus.fromPaper.rawValue: say("цаасан бүртгэлээс", "from paper")
        case ActStatus.inForce.code: status(.inForce)
        case "revoked": say("хүчингүй болсон", "revoked")
        case "expired": say("хугацаа дууссан", "expired")
        case "amended": say("хүчинтэй, өөрчилсөн", "in force, amended")
        case "corrected": say("хүчинтэй, засварласан", "in force, corrected")
        default: code
        }
    }

    /// The time of day in Mongolia, `hh:mm`.
    func clock(_ unixMilliseconds: UInt64) -> String { String(say.time(unixMilliseconds).dropFirst(11).prefix(5)) }
}
