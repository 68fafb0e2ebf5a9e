extension Problem {
    static let deeds: [Problem] =
        [
            actUnreadable, actKeyUnknown, actFieldMissing, actFieldOfWrongType, actTextInvalid, actCountInvalid,
            actDateInvalid, actDigestInvalid, actTypeUnknown, partyRoleUnknown, partyIdentityUnclear,
            registerNumberInvalid, registerNumberOfOtherScript, registerNumberDateInvalid, organisationNumberInvalid,
            taxNumberInvalid, foreignNumberInvalid, attorneyPartiesMissing, actValidityPast, actSaltMissing,
            notaryCodeInvalid, actNumberInvalid, accessCodeInvalid, actNotFound, actRevokedAlready, actOfOtherNotary,
            tooManyAttempts, deedRecordInvalid,
        ] + signatures

    public static let actUnreadable = act(
        "act-unreadable",
        mn: "Үйлдлийн мэдээлэл зөв JSON биш байна: {reason}",
        en: "the act is not the JSON object it should be: {reason}",
        doMn: "Мэдээллээ засаад дахин илгээнэ үү", doEn: "correct the text and send it again")
    public static let actKeyUnknown = act(
        "act-key-unknown",
        mn: "{path} гэсэн нэр танигдахгүй байна", en: "{path} is no name that an act knows",
        doMn: "Нэрийн бичиглэлийг шалгах эсвэл хасна уу; болох нэрс: {known}",
        doEn: "check its spelling or leave it out; known here: {known}")
    public static let actFieldMissing = act(
        "act-field-missing",
        mn: "{path} дутуу байна", en: "{path} is missing", doMn: "Бөглөөд дахин илгээнэ үү", doEn: "fill it in")
    public static let actFieldOfWrongType = act(
        "act-field-of-wrong-type",
        mn: "{path} буруу төрлийн утгатай байна; {expected} байх ёстой", en: "{path} is not of type {expected}",
        doMn: "Утгыг засна уу", doEn: "correct the value")
    public static let actTextInvalid = act(
        "act-text-invalid",
        mn: "{path} хоосон, {limit} байтаас урт, эсвэл удирдах тэмдэгт агуулсан байна",
        en: "{path} is empty, longer than {limit} bytes, or holds control or private-use characters",
        doMn: "Нэг мөр энгийн бичвэр оруулна уу", doEn: "give one line of plain text")
    public static let actCountInvalid = act(
        "act-count-invalid",
        mn: "{path} тоо хэмжээ буруу: {least}-аас {most} хүртэл байна",
        en: "{path} has the wrong count: {least} to {most} are allowed",
        doMn: "Жагсаалтыг засна уу", doEn: "shorten or fill the list")
    public static let actDateInvalid = act(
        "act-date-invalid",
        mn: "{path} нь хуанлид байхгүй өдөр эсвэл yyyy-MM-dd хэлбэргүй байна",
        en: "{path} is no day of the calendar written as yyyy-MM-dd",
        doMn: "Өдрийг 2026-11-21 хэлбэрээр бичнэ үү", doEn: "write the day like 2026-11-21")
    public static let actDigestInvalid = act(
        "act-digest-invalid",
        mn: "{path} нь 64 оронтой арван зургаатын тоо биш байна", en: "{path} is not 64 hexadecimal digits",
        doMn: "SHA-256 утгыг бүтнээр нь өгнө үү", doEn: "give the whole value, such as sha256sum prints")
    public static let actTypeUnknown = act(
        "act-type-unknown",
        mn: "Үйлдлийн төрөл танигдахгүй байна", en: "this type of act is not known",
        doMn: "Дараахаас сонгоно уу: {known}", doEn: "choose one of: {known}")
    public static let partyRoleUnknown = act(
        "party-role-unknown",
        mn: "{path}: оролцогчийн үүрэг танигдахгүй байна", en: "{path}: this role of a party is not known",
        doMn: "Дараахаас сонгоно уу: {known}", doEn: "choose one of: {known}")
    public static let partyIdentityUnclear = act(
        "party-identity-unclear",
        mn: "{path}: оролцогч яг нэг дугаартай байх ёстой", en: "{path}: a party has exactly one number",
        doMn: "registerNumber, organisationNumber, tin, foreignId-ийн нэгийг өгнө үү",
        doEn: "give one of registerNumber, organisationNumber, tin and foreignId")
    public static let registerNumberInvalid = act(
        "register-number-invalid",
        mn: "{path}: регистрийн дугаар 2 кирилл үсэг, 8 цифрээс бүрдэнэ",
        en: "{path}: a register number is 2 Cyrillic letters and 8 digits",
        doMn: "Иргэний үнэмлэхээс шалгана уу", doEn: "compare it with the identity card")
    public static let registerNumberOfOtherScript = act(
        "register-number-of-other-script",
        mn: "{path}: регистрийн дугаарт кирилл бус үсэг байна",
        en: "{path}: the register number has a letter that is"
            + " not Cyrillic and looks like no Cyrillic one",
        doMn: "Кирилл гараар бичнэ үү", doEn: "type it with a Cyrillic keyboard")
    public static let registerNumberDateInvalid = act(
        "register-number-date-invalid",
        mn: "{path}: регистрийн дугаар дахь төрсөн өдөр хуанлид байхгүй эсвэл ирээдүйд байна",
        en: "{path}: the birthday in the register number is no day of the calendar, or lies ahead",
        doMn: "Иргэний үнэмлэхээс шалгана уу", doEn: "compare it with the identity card")
    public static let organisationNumberInvalid = act(
        "organisation-number-invalid",
        mn: "{path}: хуулийн этгээдийн регистр 7 цифртэй", en: "{path}: an organisation's register number is 7 digits",
        doMn: "Улсын бүртгэлийн гэрчилгээнээс шалгана уу", doEn: "compare it with the certificate of registration")
    public static let taxNumberInvalid = act(
        "tax-number-invalid",
        mn: "{path}: татвар төлөгчийн дугаар 11–14 цифртэй", en: "{path}: a taxpayer number is 11 to 14 digits",
        doMn: "Дугаарыг шалгана уу", doEn: "check the number")
    public static let foreignNumberInvalid = act(
        "foreign-number-invalid",
        mn: "{path}: гадаад иргэний дугаар 4–20 латин үсэг, цифртэй",
        en: "{path}: a foreigner's number is 4 to 20 Latin letters and digits",
        doMn: "Паспорт эсвэл оршин суух үнэмлэхээс шалгана уу", doEn: "compare it with the passport or residence card")
    public static let attorneyPartiesMissing = act(
        "attorney-parties-missing",
        mn: "Итгэмжлэлд итгэмжлэл олгогч, төлөөлөгч хоёр хоёулаа байх ёстой",
        en: "a power of attorney needs a principal and a representative",
        doMn: "Дутуу оролцогчийг нэмнэ үү", doEn: "add the party that is missing")
    public static let actValidityPast = act(
        "act-validity-past",
        mn: "Хүчинтэй хугацаа нь аль хэдийн дууссан байна", en: "the act would have ended before it is registered",
        doMn: "validUntil өдрийг шалгана уу", doEn: "check the day in validUntil")
    public static let actSaltMissing = act(
        "act-salt-missing",
        mn: "Мэдэгдэл үүсгэхэд salt (64 оронтой санамсаргүй тоо) хэрэгтэй",
        en: "an act statement needs a salt: 32 random bytes as 64 hexadecimal digits",
        doMn: "Мэдэгдлийг tamga deed statement тушаалаар үүсгэнэ үү",
        doEn: "let tamga deed statement make the statement")
    public static let notaryCodeInvalid = act(
        "notary-code-invalid",
        mn: "Нотариатын код O-оос бусад 2–4 латин үсэг, 3–5 цифрээс бүрдэнэ (жишээ: NT012)",
        en: "a notary's code is 2 to 4 Latin letters other than O and 3 to 5 digits, such as NT012",
        doMn: "Кодыг шалгана уу", doEn: "check the code")
    public static let actNumberInvalid = act(
        "act-number-invalid",
        mn: "{path}: үйлдлийн дугаар NT012-2026-000017 хэлбэртэй",
        en: "{path}: an act number looks like NT012-2026-000017",
        doMn: "Дугаарыг зурааснуудтай нь бүтнээр нь бичнэ үү", doEn: "type the whole number with its hyphens")
    public static let accessCodeInvalid = act(
        "access-code-invalid",
        mn: "Код 12 тэмдэгттэй; аль нэг тэмдэгт буруу байна",
        en: "an access code has 12 characters and one is mistyped",
        doMn: "Баримт дээрх кодоос шалгаж дахин бичнэ үү", doEn: "compare it with the code on the document")
    public static let actNotFound = Problem(
        "act-not-found", status: 404,
        text: Wording(
            mn: "Ийм дугаар, кодтой үйлдэл олдсонгүй", en: "there is no act with this number and access code"),
        remedy: Wording(
            mn: "Дугаар, кодоо баримтаас шалгана уу", en: "compare both with the document"))
    public static let actRevokedAlready = Problem(
        "act-revoked-already", status: 409,
        text: Wording(mn: "{act} үйлдэл аль хэдийн хүчингүй болсон", en: "the act {act} was revoked before"),
        remedy: Wording(mn: "Дахин хүчингүй болгох шаардлагагүй", en: "nothing more is needed"))
    public static let actOfOtherNotary = Problem(
        "act-of-other-notary", status: 403,
        text: Wording(
            mn: "{act} үйлдлийг өөр нотариатч бүртгэсэн", en: "the act {act} was registered by another notary"),
        remedy: Wording(mn: "Бүртгэсэн нотариатчдаа хандана уу", en: "ask the notary who registered it"))
    public static let tooManyAttempts = Problem(
        "too-many-attempts", status: 429,
        text: Wording(mn: "Хэт олон удаа оролдлоо", en: "there were too many attempts"),
        remedy: Wording(mn: "{seconds} секундийн дараа дахин оролдоно уу", en: "try again in {seconds} seconds"))
    public static let deedRecordInvalid = Problem(
        "deed-record-invalid", status: 422,
        text: Wording(
            mn: "Бүртгэлийн {field} талбар дутуу эсвэл буруу байна",
            en: "the field {field} of the deed record is missing or wrong"),
        remedy: Wording(
            mn: "Үйлдлийг эх мэдээллээс нь дахин бүртгэх; хадгалагдсан бол tamga audit ажиллуулна уу",
            en: "file the act again from its source; if it was stored so, run tamga audit"))

    /// A mistake in an act as it was filed.
    private static func act(_ code: String, mn: String, en: String, doMn: String, doEn: String) -> Problem {
        Problem(code, status: 422, text: Wording(mn: mn, en: en), remedy: Wording(mn: doMn, en: doEn))
    }
}
