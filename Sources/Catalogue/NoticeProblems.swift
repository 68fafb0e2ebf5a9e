/// What goes wrong when people are told of acts, and when an operator's act needs a second person.
extension Problem {
    static let notices: [Problem] = [
        .notifyInvalid, .notifyAddressInvalid, .notifyTooMany, .notifyContactUnknown, .noticeNotKept,
        .mailServerInvalid, .mailPasswordUnusable,
        .approvalUnknown, .approvalOfOneself, .approvalNotWaiting, .approvalExpired, .approvalTooMany,
        .approvalNameInvalid, .approvalWaits, .approvalTooLarge,
    ]

    // MARK: Notices

    public static let notifyInvalid = Problem(
        "notify-invalid", status: 400,
        text: Wording(
            mn: "{path}: мэдэгдэл хүлээн авагчийн бичилт буруу байна",
            en: "{path}: this is not how a person to notify is written"),
        remedy: Wording(
            mn:
                "[{\"party\": 0, \"email\": \"…\", \"language\": \"mn\"}] хэлбэрээр бичнэ үү; party нь оролцогчийн дугаар, 0-ээс эхэлнэ",
            en:
                "write [{\"party\": 0, \"email\": \"…\", \"language\": \"mn\"}]; party is the party's place in the act, from 0"
        ))
    public static let notifyAddressInvalid = Problem(
        "notify-address-invalid", status: 400,
        text: Wording(mn: "{path}: цахим шуудангийн хаяг биш байна", en: "{path}: this is no e-mail address"),
        remedy: Wording(
            mn: "bat@example.mn хэлбэрээр, латин үсгээр бичнэ үү; кирилл домэйныг xn--… хэлбэрээр бичнэ",
            en: "write it in Latin letters, such as bat@example.mn; a domain of other letters in its form xn--…"))
    public static let notifyTooMany = Problem(
        "notify-too-many", status: 400,
        text: Wording(
            mn: "Нэг үйлдэлд хамгийн ихдээ {limit} хүнд мэдэгдэнэ", en: "an act has at most {limit} people to notify"),
        remedy: Wording(mn: "жагсаалтыг богиносгоно уу", en: "make the list shorter"))
    public static let notifyContactUnknown = Problem(
        "notify-contact-unknown", status: 404,
        text: Wording(
            mn: "{act} үйлдлийн мэдэгдэл ийм хаягт очдоггүй: өмнө нь хассан байж магадгүй",
            en: "no such address is told of {act}: perhaps it was removed before"),
        remedy: Wording(mn: "жагсаалтыг шинэчилж үзнэ үү", en: "look at the list again"))
    public static let noticeNotKept = Problem(
        "notice-not-kept", status: 503,
        text: Wording(
            mn: "Нэр нь орсон хүмүүст илгээх мэдэгдлийг хадгалж чадсангүй",
            en: "the notice to the people named could not be written down"),
        remedy: Wording(
            mn: "ижил хүсэлтийг дахин илгээнэ үү: юу ч давхардахгүй",
            en: "send the same request again: nothing is done twice"))
    public static let mailServerInvalid = Problem(
        "mail-server-invalid", status: 400,
        text: Wording(
            mn: "Шуудангийн тохиргоо буруу байна: {reason}", en: "the mail settings cannot be used: {reason}"),
        remedy: Wording(
            mn: "жишээ нь: --mail-server smtp://mail.example.mn:587 --mail-from tamga@example.mn",
            en: "for example: --mail-server smtp://mail.example.mn:587 --mail-from tamga@example.mn"))
    public static let mailPasswordUnusable = Problem(
        "mail-password-unusable", status: 400,
        text: Wording(
            mn: "{path} нууц үгийн файлыг ашиглах боломжгүй: {reason}",
            en: "the password file {path} cannot be used: {reason}"),
        remedy: Wording(
            mn: "нэг мөр нууц үгтэй, бусад хэрэглэгч уншиж чадахгүй файл өгнө үү (chmod 600)",
            en: "give a file of one line that other users cannot read (chmod 600)"))

    // MARK: Approvals

    public static let approvalWaits = Problem(
        "approval-waits", status: 409,
        text: Wording(
            mn: "Хоёр дахь операторын зөвшөөрөл хэрэгтэй: {id} дугаар хүсэлт хүлээж байна",
            en: "this needs a second operator: request {id} waits"),
        remedy: Wording(
            mn: "өөр оператор /operator/approvals хуудсанд 24 цагийн дотор зөвшөөрнө",
            en: "another operator approves it at /operator/approvals within 24 hours"))
    public static let approvalUnknown = Problem(
        "approval-unknown", status: 404,
        text: Wording(mn: "{id} дугаартай хүсэлт алга", en: "there is no request {id}"),
        remedy: Wording(mn: "хүлээгдэж буй хүсэлтийн жагсаалтыг үзнэ үү", en: "look at the list of waiting requests"))
    public static let approvalOfOneself = Problem(
        "approval-of-oneself", status: 403,
        text: Wording(
            mn: "Өөрийн гаргасан {id} хүсэлтийг өөрөө зөвшөөрөх боломжгүй",
            en: "nobody can approve a request of their own: {id}"),
        remedy: Wording(mn: "өөр оператор зөвшөөрнө", en: "another operator has to approve it"))
    public static let approvalNotWaiting = Problem(
        "approval-not-waiting", status: 409,
        text: Wording(
            mn: "{id} хүсэлт шийдэгдсэн байна ({state}), дахин гүйцэтгэхгүй",
            en: "request {id} was decided before ({state}) and is not carried out again"),
        remedy: Wording(
            mn: "төлөв approved бол үр дүнг нь шалгаад бүртгэнэ; дахин хийх бол шинэ хүсэлт гаргана уу",
            en: "if it is approved, look whether it was done and say so; to do it again, make a new request"))
    public static let approvalExpired = Problem(
        "approval-expired", status: 409,
        text: Wording(
            mn: "{id} хүсэлтийн {hours} цагийн хугацаа дууссан",
            en: "request {id} was not approved within {hours} hours"),
        remedy: Wording(mn: "шинэ хүсэлт гаргана уу", en: "make a new request"))
    public static let approvalTooMany = Problem(
        "approval-too-many", status: 429,
        text: Wording(mn: "{limit} хүсэлт хүлээгдэж байна", en: "{limit} requests are waiting already"),
        remedy: Wording(mn: "эхлээд тэднийг шийднэ үү", en: "decide about those first"))
    public static let approvalTooLarge = Problem(
        "approval-too-large", status: 413,
        text: Wording(
            mn: "Хоёр хүний зөвшөөрөл шаардах хүсэлт {limit} KiB-ээс их байна",
            en: "a request that needs a second operator has at most {limit} KiB"),
        remedy: Wording(
            mn: "хэсэгчлэн илгээнэ үү: борлуулагчдыг нотариатчаас тусад нь бүртгэнэ",
            en: "send it in parts; enrol merchants apart from notaries"))
    public static let approvalNameInvalid = Problem(
        "approval-name-invalid", status: 400,
        text: Wording(mn: "Операторын нэр хоосон эсвэл хэт урт байна", en: "the operator's name is empty or too long"),
        remedy: Wording(
            mn: "нэрээ бичсэн операторын токеноор хандана уу", en: "use an operator's token that bears a person's name")
    )
}
