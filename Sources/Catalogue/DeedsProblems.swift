extension Problem {
    static let deeds: [Problem] =
        [
            actUnreadable, actKeyUnknown, actFieldMissing, actFieldOfWrongType, actTextInvalid, actCountInvalid,
            actDateInvalid, actDigestInvalid, actTypeUnknown, partyRoleUnknown, partyIdentityUnclear,
            registerNumberInvalid, registerNumberOfOtherScript, registerNumberDateInvalid, organisationNumberInvalid,
            taxNumberInvalid, foreignNumberInvalid, civilIdInvalid, partyNameUnclear, partyRoleUnsuited,
            partyCountInvalid, actFieldUnsuited, actChoiceUnknown, actAmountInvalid, actNumberOutOfRange,
            actValidityPast, actValidityOutOfRange, actSaltMissing,
            notaryCodeInvalid, actNumberInvalid, accessCodeInvalid, actNotFound, actRevokedAlready,
            tooManyAttempts, deedRecordInvalid, actWarned, actChangedMeanwhile, claimantNotPrincipal, actNotClosed,
            actTypeChanged, actExpired, successorInvalid, officeHandedOver, statementUnknown, pdfNotDocument,
            eraseWholeAct, actBeingErased, actSaltWeak, actSaltUsed,
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
        doMn: "regnum, civilId, organisationNumber, tin, foreignId-ийн нэгийг өгнө үү",
        doEn: "give one of regnum, civilId, organisationNumber, tin and foreignId")
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
    public static let civilIdInvalid = act(
        "civil-id-invalid",
        mn: "{path}: иргэний бүртгэлийн дугаар 12 цифртэй", en: "{path}: a civil id is 12 digits",
        doMn: "Иргэний үнэмлэхээс шалгана уу", doEn: "compare it with the identity card")
    public static let partyNameUnclear = act(
        "party-name-unclear",
        mn: "{path}: иргэн бол lastName, firstName; хуулийн этгээд бол name-ийг өгнө",
        en: "{path}: a person has lastName and firstName, an organisation has name",
        doMn: "Нэрийг дугаарынх нь төрөлд тохируулан бичнэ үү", doEn: "write the name that suits the kind of number")
    public static let partyRoleUnsuited = act(
        "party-role-unsuited",
        mn: "{path}: энэ төрлийн үйлдэлд ийм оролцогч байдаггүй",
        en: "{path}: acts of this kind have no party in this role",
        doMn: "Дараахаас сонгоно уу: {known}", doEn: "choose one of: {known}")
    public static let partyCountInvalid = act(
        "party-count-invalid",
        mn: "«{roleMn}» {count} байна; {least}-аас {most} хүртэл байх ёстой",
        en: "there are {count} parties in the role {role}; {least} to {most} are allowed",
        doMn: "Оролцогчдыг засна уу", doEn: "add or remove parties")
    public static let actFieldUnsuited = act(
        "act-field-unsuited",
        mn: "{path} энд хэрэглэгдэхгүй", en: "{path} has no place here",
        doMn: "Хасаад дахин илгээнэ үү", doEn: "leave it out")
    public static let actChoiceUnknown = act(
        "act-choice-unknown",
        mn: "{path}: сонголт танигдахгүй байна", en: "{path}: this is none of the choices",
        doMn: "Дараахаас сонгоно уу: {known}", doEn: "choose one of: {known}")
    public static let actAmountInvalid = act(
        "act-amount-invalid",
        mn: "{path}: мөнгөн дүн 2 хүртэл орны бутархайтай, 0-ээс 10 их наяд төгрөг байна",
        en: "{path}: an amount is 0 to ten trillion tugrik with at most two decimals",
        doMn: "Дүнг 112000000.00 хэлбэрээр бичнэ үү", doEn: "write the amount like 112000000.00")
    public static let actNumberOutOfRange = act(
        "act-value-out-of-range",
        mn: "{path}: {least}-аас {most} хүртэлх бүхэл тоо байна", en: "{path}: a whole number of {least} to {most}",
        doMn: "Тоог засна уу", doEn: "correct the number")
    public static let actValidityOutOfRange = act(
        "act-validity-out-of-range",
        mn: "Хүчинтэй хугацаа {least}-аас {most} хүртэл байж болно",
        en: "an act of this kind may be valid until a day from {least} to {most}",
        doMn: "validUntil өдрийг засна уу", doEn: "correct the day in validUntil")
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
    public static let actSaltWeak = act(
        "act-salt-weak",
        mn: "{path}: давс санамсаргүй 32 байт биш тул хувийн мөрүүдийг хамгаалахгүй",
        en: "{path}: this salt is not 32 random bytes, so it would not keep the private lines from being guessed",
        doMn: "Давсыг хасна уу: мэдэгдэл гаргахад систем өөрөө үүсгэнэ; эсвэл санамсаргүй байт өгнө",
        doEn: "leave the salt out and the statement is made with a fresh one, or send 32 random bytes")
    public static let actSaltUsed = act(
        "act-salt-used",
        mn: "Энэ давсыг өөр үйлдэлд хэрэглэсэн байна",
        en: "this salt seals another act or change already",
        doMn: "Давсыг хасаж мэдэгдлийг шинээр үүсгээд гарын үсэг зурна уу",
        doEn: "leave the salt out, make the statement again and sign that")
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

    public static let actWarned = Problem(
        "act-warned", status: 409,
        text: Wording(
            mn: "Өмнө бүртгэсэн үйлдэлтэй давхцаж байна: {acts}",
            en: "acts that are registered stand in the way: {acts}"),
        remedy: Wording(
            mn: "Тэдгээрийг шалгаад, үргэлжлүүлэх бол acknowledge-д дугаарыг нь нэрлэнэ үү",
            en: "look at them; to register all the same, name their numbers in acknowledge"))
    public static let actChangedMeanwhile = Problem(
        "act-changed-meanwhile", status: 409,
        text: Wording(
            mn: "{act} үйлдэлд энэ хооронд өөр өөрчлөлт орсон", en: "the act {act} was changed meanwhile"),
        remedy: Wording(
            mn: "Мэдэгдлийг шинээр үүсгээд гарын үсэг зурна уу", en: "make the statement again, and sign that"))
    public static let claimantNotPrincipal = Problem(
        "claimant-not-principal", status: 403,
        text: Wording(
            mn: "Хүсэлт гаргагч нь {act} үйлдлийг хийлгэсэн этгээд биш",
            en: "who asks is not the principal of the act {act}"),
        remedy: Wording(
            mn: "Дугаарыг үйлдэлтэй тулгана уу", en: "compare the number with the act"))
    public static let actNotClosed = Problem(
        "act-not-closed", status: 409,
        text: Wording(mn: "{act} үйлдэл хаалттай биш", en: "the act {act} is not closed"),
        remedy: Wording(mn: "Зөвхөн нээгээгүй гэрээслэлийг нээнэ", en: "only a will that was not opened is opened"))
    public static let actTypeChanged = act(
        "act-type-changed",
        mn: "Өөрчлөлтөөр үйлдлийн төрөл солигдохгүй: {type}", en: "a change keeps the type of the act: {type}",
        doMn: "Өөр төрлийн үйлдлийг шинээр бүртгэнэ үү", doEn: "register an act of another type as a new one")
    public static let actExpired = Problem(
        "act-expired", status: 409,
        text: Wording(mn: "{act} үйлдлийн хугацаа дууссан", en: "the act {act} has expired"),
        remedy: Wording(mn: "Шинэ үйлдэл бүртгэнэ үү", en: "register a new act"))

    public static let successorInvalid = Problem(
        "successor-invalid", status: 409,
        text: Wording(mn: "{id} энэ албыг хүлээн авах боломжгүй", en: "{id} cannot take this office over"),
        remedy: Wording(
            mn: "Ажиллаж байгаа өөр нотариатчийг нэрлэнэ үү; нэгэнт шилжүүлсэн албыг дахин шилжүүлэхгүй",
            en: "name another notary who is active; an office that was handed over is not handed over again"))
    public static let officeHandedOver = Problem(
        "office-handed-over", status: 409,
        text: Wording(
            mn: "{id} нотариатчийн алба {successor}-д шилжсэн", en: "the office of {id} was handed over to {successor}"),
        remedy: Wording(
            mn: "Шинэ кодоор бүртгүүлнэ үү", en: "enrol the notary anew under another code"))

    public static let statementUnknown = act(
        "statement-unknown",
        mn: "{path} нь үйлдлийн мэдэгдэл биш", en: "{path} is no act statement",
        doMn: "Мэдэгдлийг tamga deed statement эсвэл нотариатын консолоос авна уу",
        doEn: "get the statement from tamga deed statement or from the notary's console")

    public static let pdfNotDocument = act(
        "pdf-not-document",
        mn: "Илгээсэн PDF нь үйлдлийн баримт биш: SHA-256 нь зөрж байна",
        en: "the PDF is not the act's document: its SHA-256 is another",
        doMn: "Үйлдлийн document.sha256-д гарын үсэгтэй PDF-ийн утгыг бичнэ үү",
        doEn: "give the digest of the signed PDF in document.sha256")

    public static let eraseWholeAct = Problem(
        "erase-whole-act", status: 409,
        text: Wording(
            mn: "Энэ бичилт {act} үйлдлийн өөрчлөлт тул дангаар нь устгахгүй",
            en: "this entry is a change of the act {act}, and is not erased alone"),
        remedy: Wording(
            mn: "үйлдлийг бүртгэсэн {index} дугаар бичилтийг устгавал бүх өөрчлөлт нь хамт устана",
            en: "erase the entry of its registration, {index}: all changes go with it"))
    public static let actBeingErased = Problem(
        "act-being-erased", status: 409,
        text: Wording(
            mn: "{act} үйлдлийн агуулгыг яг одоо устгаж байгаа тул өөрчлөлтийг бүртгэсэнгүй",
            en: "the content of the act {act} is being erased now, and the change was not recorded"),
        remedy: Wording(
            mn: "устгасан үйлдлийг өөрчлөхгүй; дэлгэрэнгүйг оператороос асууна уу",
            en: "an erased act is not changed; ask the operator about it"))

    /// A mistake in an act as it was filed.
    private static func act(_ code: String, mn: String, en: String, doMn: String, doEn: String) -> Problem {
        Problem(code, status: 422, text: Wording(mn: mn, en: en), remedy: Wording(mn: doMn, en: doEn))
    }
}
