public import CanonicalJSON
import Catalogue

/// A registered act in the terms of the state's exchange system: `insertNotaryRequestData` of WS101105_insertNotaryInfo (KHUR, citizen-1.5.0).
///
/// One person and one property an act, as the state's record has it: the first party, and the property if there is one. The numbers of
/// `status` and `statusEmpId` are not published; `status` is 1 while the act is in force and 0 when it is not, which is an assumption.
public struct StateNotice: Sendable, Hashable {
    public let json: JSONValue

    /// - Parameter physicalPath: where the evidence is.
    public init(_ history: ActHistory, status: ActStatus, physicalPath: String) {
        let content = history.content
        let number = history.act.number
        var object: JSONObject = [
            "bookDate": .string(StateNotice.dateTime(history.act.time)), "bookNumber": .string(number.description),
            "createEmpCode": .string(number.notary.text),
            "createdDate": .string(StateNotice.dateTime(history.act.time)),
            "employeeCode": .string((history.changes.last?.notary ?? number.notary).text),
            "physicalPath": .string(physicalPath), "serviceId": JSONValue(content.type.serviceId),
            "serviceName": .string(content.type.label.mn), "status": status.isInForce ? 1 : 0,
            "statusDate": .string(StateNotice.dateTime(history.changes.last?.time ?? history.act.time)),
            "statusName": .string(status.code),
        ]
        object["propertyNumber"] = content.propertyNumber.map { .string($0) }
        if let party = content.parties.first {
            if case .registerNumber(let regnum) = party.identity { object["regnum"] = .string(regnum.text) }
            switch party.name {
            case .person(_, let lastName, let firstName):
                object["firstName"] = .string(firstName)
                object["lastName"] = lastName.map { .string($0) }
            case .organisation(let name): object["firstName"] = .string(name)
            }
        }
        json = .object(object)
    }

    /// `xs:dateTime` with Mongolia's offset.
    private static func dateTime(_ time: ActTime) -> String {
        let seconds = Int((time.unixMilliseconds + 8 * 3_600_000) / 1000 % 86_400)
        let day = CivilDate(unixMilliseconds: time.unixMilliseconds)?.description ?? "9999-12-31"
        return "\(day)T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))+08:00"
    }
}

extension ActType {
    /// Its place in the notaries' instruction, 1…13.
    public var serviceId: Int { (ActType.allCases.firstIndex(of: self) ?? 0) + 1 }
}
