extension Problem {
    /// Signing with one's own key: in a file or in a token.
    static let signing: [Problem] = [
        signingFileUnreadable, signingKeyFileOpen, signingKeyUnreadable, signingPassphraseNeeded,
        signingPassphraseWrong,
        signingKeyWeak, signingKeyUnsuitable, signingCertificateUnreadable, signingCertificateMismatch,
        signingCertificateExpired, signingCertificateNotYetValid, signingCertificateUsage, signingContentRefused,
        signingFailed, timestampSignatureUnusable, timestampMalformed, timestampRefused, timestampForOther,
        tokenURIMalformed, tokenModuleUnloadable, tokenModuleUnusable, tokenNotFound, tokenAmbiguous, tokenPINNeeded,
        tokenPINWrong, tokenPINLastTry, tokenPINLocked, tokenPINUnset, tokenKeyNotFound, tokenKeyAmbiguous,
        tokenKeyUnsuitable, tokenPublicKeyMissing, tokenCertificateNotFound, tokenKeyExists, tokenMechanismMissing,
        tokenReadOnly, tokenGone, tokenFailed, tokenPINFileOpen, logKeyOther, logKeyAddressUnusable,
    ]

    public static let signingFileUnreadable = mistaken(
        "signing-file-unreadable",
        mn: "{file} файлыг уншиж чадсангүй: {reason}", en: "{file} cannot be read: {reason}",
        doMn: "Файлын зам, эрхийг шалгана уу", doEn: "check the path and the permissions of the file")
    public static let signingKeyFileOpen = mistaken(
        "signing-key-file-open",
        mn: "Нууц үггүй түлхүүрийн файл {file} бусдад уншигдахаар байна",
        en: "the key file {file} has no passphrase and others can read it",
        doMn: "chmod 600 {file} ажиллуулна уу", doEn: "run chmod 600 {file}")
    public static let signingKeyUnreadable = mistaken(
        "signing-key-unreadable",
        mn: "{file} нь PEM хэлбэрийн хувийн түлхүүр биш байна", en: "{file} holds no private key in PEM",
        doMn: "PKCS#8, EC эсвэл RSA түлхүүрийн PEM файл өгнө үү; .p12 файлыг openssl pkcs12 -nodes-оор задална",
        doEn: "give a PEM file with a PKCS #8, EC or RSA key; take a .p12 file apart with openssl pkcs12")
    public static let signingPassphraseNeeded = mistaken(
        "signing-passphrase-needed",
        mn: "{file} түлхүүр нууц үгээр хамгаалагдсан байна", en: "the key {file} is protected by a passphrase",
        doMn: "Нууц үгийг нь өгнө үү", doEn: "give its passphrase")
    public static let signingPassphraseWrong = mistaken(
        "signing-passphrase-wrong",
        mn: "{file} түлхүүрийн нууц үг буруу байна", en: "the passphrase of the key {file} is wrong",
        doMn: "Нууц үгээ шалгаад дахин оролдоно уу",
        doEn: "check the passphrase and the keyboard layout, then try again")
    public static let signingKeyWeak = mistaken(
        "signing-key-weak",
        mn: "Түлхүүр сул байна: RSA 2048 бит, EC 256 бит (нэртэй муруй) хэрэгтэй",
        en: "the key is too weak: RSA needs 2048 bits (at most 8192), EC a named curve of 256",
        doMn: "Хүчтэй түлхүүртэй шинэ гэрчилгээ авна уу", doEn: "get a certificate with a stronger key")
    public static let signingKeyUnsuitable = mistaken(
        "signing-key-unsuitable",
        mn: "Энэ төрлийн түлхүүрээр баримтад гарын үсэг зурахгүй; RSA эсвэл EC байх ёстой",
        en: "a key of this sort does not sign documents here: it must be RSA or EC",
        doMn: "RSA эсвэл EC түлхүүр сонгоно уу", doEn: "choose an RSA or EC key")
    public static let signingCertificateUnreadable = mistaken(
        "signing-certificate-unreadable",
        mn: "{file} дотор гэрчилгээ алга", en: "{file} holds no certificate",
        doMn: "Гэрчилгээгээ PEM хэлбэрээр өгнө үү", doEn: "give the certificate in PEM, with its chain if it has one")
    public static let signingCertificateMismatch = mistaken(
        "signing-certificate-mismatch",
        mn: "Гэрчилгээ энэ түлхүүрийнх биш байна", en: "no certificate given belongs to the key",
        doMn: "Түлхүүртэйгээ хамт олгогдсон гэрчилгээг өгнө үү",
        doEn: "give the certificate that was issued for this key")
    public static let signingCertificateExpired = mistaken(
        "signing-certificate-expired",
        mn: "Таны гэрчилгээний хугацаа дууссан: {certificate}", en: "your certificate has expired: {certificate}",
        doMn: "Гэрчилгээгээ сунгуулна уу", doEn: "renew the certificate")
    public static let signingCertificateNotYetValid = mistaken(
        "signing-certificate-not-yet-valid",
        mn: "Таны гэрчилгээний хугацаа эхлээгүй байна: {certificate}",
        en: "your certificate is not valid yet: {certificate}",
        doMn: "Компьютерийн цагийг шалгана уу", doEn: "check the clock of this computer")
    public static let signingCertificateUsage = mistaken(
        "signing-certificate-usage",
        mn: "{certificate} гэрчилгээ гарын үсэг зурах зориулалтгүй байна",
        en: "the certificate of {certificate} is not meant for signing",
        doMn: "Гарын үсгийн гэрчилгээгээ сонгоно уу (нэвтрэх, шифрлэх гэрчилгээ биш)",
        doEn: "choose the certificate for signatures, not the one for encryption or a CA's")
    public static let signingContentRefused = mistaken(
        "signing-content-refused",
        mn: "Эдгээр байтад ийм байдлаар гарын үсэг зурахгүй: өөр гарын үсэг болгон ашиглаж болох юм",
        en: "these bytes are not signed in this way: the result could be passed off as another signature",
        doMn: "Зөвхөн нэвтрэлтийн даалгаварт ашиглана уу", doEn: "use this for the challenge of a login only")
    public static let signingFailed = Problem(
        "signing-failed", status: 500,
        text: Wording(mn: "Гарын үсэг зурж чадсангүй: {detail}", en: "signing failed: {detail}"),
        remedy: Wording(mn: "Дахин оролдоно уу", en: "try again; if it stays, report the text above"))

    public static let timestampSignatureUnusable = mistaken(
        "timestamp-signature-unusable",
        mn: "Цагийн тэмдэг нэмэх гарын үсэг нэг хүний бүтэн CMS биш байна",
        en: "the signature to be timestamped is not a whole CMS of one signer",
        doMn: "Гарын үсгээ дахин зурна уу", doEn: "sign again")
    public static let timestampMalformed = mistaken(
        "timestamp-malformed",
        mn: "Цагийн тэмдгийн хариу гэмтсэн эсвэл гарын үсэг нь буруу байна",
        en: "the answer of the timestamp authority is damaged, or its signature does not hold",
        doMn: "Цагийн тэмдгийг дахин хүснэ үү",
        doEn: "ask for the timestamp again, and check the address of the authority")
    public static let timestampRefused = mistaken(
        "timestamp-refused",
        mn: "Цагийн тэмдгийн байгууллага татгалзлаа: {detail}", en: "the timestamp authority refused: {detail}",
        doMn: "Тэр байгууллагад хандана уу", doEn: "ask the authority, or use another")
    public static let timestampForOther = mistaken(
        "timestamp-for-other",
        mn: "Цагийн тэмдэг өөр гарын үсэг эсвэл өөр хүсэлтийнх байна",
        en: "the timestamp is for another signature or answers another request",
        doMn: "Энэ гарын үсэгт цагийн тэмдгийг дахин хүснэ үү", doEn: "ask for a timestamp of this signature again")

    public static let tokenURIMalformed = mistaken(
        "key-token-uri-malformed",
        mn: "PKCS#11 хаяг буруу: {reason}", en: "the PKCS #11 URI cannot be used: {reason}",
        doMn: "pkcs11:token=НЭР;object=ТҮЛХҮҮР хэлбэрээр бичнэ үү; PIN-г хаягт бүү бичээрэй",
        doEn: "write pkcs11:token=NAME;object=KEY, and give the PIN apart from it")
    public static let tokenModuleUnloadable = mistaken(
        "key-token-module-unloadable",
        mn: "{module} модулийг ачаалж чадсангүй: {detail}", en: "the module {module} cannot be loaded: {detail}",
        doMn: "Токены драйверын бүтэн замыг өгнө үү; картад Debian-ийн opensc-pkcs11, туршилтад softhsm2 багц хэрэгтэй",
        doEn: "give the whole path of the token's driver; for smart cards install the Debian package opensc-pkcs11, for"
            + " a token in software softhsm2")
    public static let tokenModuleUnusable = mistaken(
        "key-token-module-unusable",
        mn: "{module} нь ажиллах PKCS#11 модуль биш байна: {detail}",
        en: "{module} is no PKCS #11 module, or it does not start: {detail}",
        doMn: "Модулийн зам, тохиргооны файлыг нь шалгана уу", doEn: "check the path and the module's own settings")
    public static let tokenNotFound = mistaken(
        "key-token-not-found",
        mn: "Токен олдсонгүй: {token}", en: "there is no such token: {token}",
        doMn: "Токеноо залгаж, нэрийг нь pkcs11-tool --list-slots тушаалаар шалгана уу",
        doEn: "plug the token in and check its label with pkcs11-tool --list-slots")
    public static let tokenAmbiguous = mistaken(
        "key-token-ambiguous",
        mn: "{token}: хэд хэдэн токен таарч байна", en: "several tokens fit: {token}",
        doMn: "Токены serial дугаарыг хаягт нэмнэ үү", doEn: "add the token's serial number to the URI: serial=…")
    public static let tokenPINNeeded = mistaken(
        "key-token-pin-needed",
        mn: "Токен PIN шаардаж байна: {token}", en: "the token needs its PIN: {token}",
        doMn: "PIN кодоо өгнө үү", doEn: "give the PIN")
    public static let tokenPINWrong = mistaken(
        "key-token-pin-wrong",
        mn: "Токены PIN буруу байна: {token}", en: "the PIN of the token is wrong: {token}",
        doMn: "PIN кодоо шалгаж дахин оролдоно уу; хэд буруу оруулбал токен түгжигдэнэ",
        doEn: "check the PIN and try again; a few wrong ones lock the token")
    public static let tokenPINLastTry = mistaken(
        "key-token-pin-last-try",
        mn: "Токены PIN буруу, ганц оролдлого үлдлээ: {token}",
        en: "the PIN of the token is wrong and one attempt is left: {token}",
        doMn: "PIN кодоо мэдэхгүй бол оролдолгүй токен олгогчид хандана уу",
        doEn: "if you are not sure of the PIN, do not try again but ask the issuer of the token")
    public static let tokenPINLocked = mistaken(
        "key-token-pin-locked",
        mn: "Токены PIN түгжигдсэн: {token}", en: "the PIN of the token is locked: {token}",
        doMn: "PUK кодоор нээх эсвэл токен олгогчид хандана уу",
        doEn: "unlock it with the PUK, or ask the issuer of the token")
    public static let tokenPINUnset = mistaken(
        "key-token-pin-unset",
        mn: "Токены PIN тавигдаагүй эсвэл солих шаардлагатай: {token}",
        en: "the token has no PIN yet, or wants it changed first: {token}",
        doMn: "Токены өөрийнх нь програмаар PIN тавина уу", doEn: "set the PIN with the token's own program")
    public static let tokenKeyNotFound = mistaken(
        "key-token-key-not-found",
        mn: "{token} дотор ийм хувийн түлхүүр алга: {key}", en: "the token {token} holds no such private key: {key}",
        doMn: "Түлхүүрийн нэр, id-г pkcs11-tool --login --list-objects тушаалаар шалгана уу",
        doEn: "check the key's label and id with pkcs11-tool --login --list-objects")
    public static let tokenKeyAmbiguous = mistaken(
        "key-token-key-ambiguous",
        mn: "{token} дотор хэд хэдэн түлхүүр таарч байна: {key}", en: "several keys of the token {token} fit: {key}",
        doMn: "Түлхүүрийн id-г хаягт нэмнэ үү", doEn: "add the key's id to the URI: id=%01")
    public static let tokenKeyUnsuitable = mistaken(
        "key-token-key-unsuitable",
        mn: "{key} түлхүүрийг энд ашиглах боломжгүй: {reason}", en: "the key {key} cannot be used here: {reason}",
        doMn: "Өөр түлхүүр сонгоно уу", doEn: "choose another key")
    public static let tokenPublicKeyMissing = mistaken(
        "key-token-public-key-missing",
        mn: "{key} түлхүүрийн нээлттэй хэсэг токенд алга", en: "the public half of the key {key} is not in the token",
        doMn: "Нээлттэй түлхүүрийг нь ижил id-тайгаар токенд бичнэ үү",
        doEn: "write the public key into the token under the same id")
    public static let tokenCertificateNotFound = mistaken(
        "key-token-certificate-not-found",
        mn: "{token} дотор {key} түлхүүрийн гэрчилгээ алга",
        en: "the token {token} holds no certificate for the key {key}",
        doMn: "Гэрчилгээгээ файлаар өгнө үү", doEn: "give the certificate as a file")
    public static let tokenKeyExists = mistaken(
        "key-token-key-exists",
        mn: "{token} дотор {key} нэртэй түлхүүр аль хэдийн байна",
        en: "the token {token} already holds a key named {key}",
        doMn: "Өөр нэр сонгоно уу", doEn: "choose another label")
    public static let tokenMechanismMissing = mistaken(
        "key-token-mechanism-missing",
        mn: "{token} токен энэ алгоритмыг мэдэхгүй: {detail}",
        en: "the token {token} does not know the algorithm: {detail}",
        doMn: "Ed25519 (CKM_EDDSA) мэддэг токен эсвэл файл дахь түлхүүр ашиглана уу",
        doEn: "use a token that knows it (Ed25519 is CKM_EDDSA), or a key in a file")
    public static let tokenReadOnly = mistaken(
        "key-token-read-only",
        mn: "{token} токенд бичих боломжгүй", en: "the token {token} is write-protected",
        doMn: "Бичих хамгаалалтыг авна уу",
        doEn: "lift the write protection, or make the key with the token's own program")
    public static let tokenGone = Problem(
        "key-token-gone", status: 503,
        text: Wording(
            mn: "Токентой холбоо тасарлаа: {token} ({detail})",
            en: "the token does not answer any more: {token} ({detail})"),
        remedy: Wording(mn: "Токеноо дахин залгаад оролдоно уу", en: "plug the token in again, then try again"))
    public static let tokenFailed = Problem(
        "key-token-failed", status: 500,
        text: Wording(mn: "Токен алдаа буцаалаа: {token} ({detail})", en: "the token failed: {token} ({detail})"),
        remedy: Wording(
            mn: "Токены драйверын заавраас CKR дугаарыг хайна уу",
            en: "look the CKR number up in the manual of the token's driver"))

    public static let tokenPINFileOpen = mistaken(
        "key-token-pin-file-open",
        mn: "Токены PIN-ий файл {file} бусдад уншигдахаар байна",
        en: "the file with the token's PIN, {file}, can be read by others",
        doMn: "chmod 600 {file} ажиллуулна уу", doEn: "run chmod 600 {file}")
    public static let logKeyOther = mistaken(
        "log-key-other",
        mn: "{token} дахь {key} нь энэ бүртгэлийн түлхүүр биш байна",
        en: "the key {key} in the token {token} is not the ledger's: its public half is not that of the verifier key",
        doMn: "Энэ бүртгэлийн түлхүүртэй токеныг холбож, ledger.conf-ийн log-key хаягийг шалгана уу",
        doEn: "connect the token that holds this ledger's key, and check the address at log-key in ledger.conf")
    public static let logKeyAddressUnusable = mistaken(
        "log-key-address-unusable",
        mn: "Бүртгэлийн түлхүүрийн хаяг буруу: {reason}",
        en: "the address of the ledger's key cannot be used: {reason}",
        doMn: "pkcs11:token=НЭР;object=ТҮЛХҮҮР?module-path=/зам/модуль.so&pin-source=file:/зам/pin хэлбэрээр бичнэ үү; "
            + "PIN-г хаягт бүү бичээрэй",
        doEn:
            "write pkcs11:token=NAME;object=KEY?module-path=/path/of/module.so&pin-source=file:/path/of/pin; never the PIN"
            + " itself")

    /// A mistake in what a person gave to sign with.
    private static func mistaken(_ code: String, mn: String, en: String, doMn: String, doEn: String) -> Problem {
        Problem(code, status: 422, text: Wording(mn: mn, en: en), remedy: Wording(mn: doMn, en: doEn))
    }
}

extension Problem {
    /// PDF files that carry their signature inside.
    static let signedPDFs: [Problem] = [
        pdfTooLarge, pdfNotOne, pdfEndMalformed, pdfEncrypted, pdfUnsigned, pdfOfSeveral, pdfSignatureMalformed,
        pdfRangeMalformed, pdfRangeNotFromStart, pdfRangeOverlapping, pdfChangedAfterSigning, pdfGapNotContents,
        pdfSubFilterUnknown, pdfContentsMalformed, pdfReferencesMalformed, pdfSignatureNotReferenced,
    ]

    public static let pdfTooLarge = unusable(
        "pdf-too-large",
        mn: "PDF {size} байт байна; дээд хэмжээ нь {limit}",
        en: "the PDF has {size} bytes, more than the {limit} allowed",
        doMn: "Зургийг нь багасгаж дахин үүсгэнэ үү", doEn: "make it smaller before signing, for instance its images")
    public static let pdfNotOne = unusable(
        "pdf-not-one",
        mn: "Энэ файл PDF биш байна", en: "the file is no PDF: it must begin with %PDF-1 or %PDF-2",
        doMn: "PDF файл сонгоно уу", doEn: "choose the signed PDF itself, as the signing program wrote it")
    public static let pdfEndMalformed = unusable(
        "pdf-end-malformed",
        mn: "PDF файл startxref, %%EOF-оор төгсөхгүй байна: {reason}",
        en: "the PDF does not end as it must, in startxref and %%EOF: {reason}",
        doMn: "Гарын үсэг зурсан програмын үүсгэсэн файлыг өөрчлөлгүй илгээнэ үү",
        doEn: "send the file unchanged, as the signing program wrote it")
    public static let pdfEncrypted = unusable(
        "pdf-encrypted",
        mn: "PDF шифрлэгдсэн байна", en: "the PDF is encrypted",
        doMn: "Нууц үггүй PDF-д гарын үсэг зурна уу", doEn: "sign a PDF without password or restrictions")
    public static let pdfUnsigned = unusable(
        "pdf-unsigned",
        mn: "PDF дотор гарын үсэг алга", en: "the PDF holds no signature",
        doMn: "PDF-д гарын үсэг зурах эсвэл гарын үсгийг тусад нь илгээнэ үү",
        doEn: "sign the PDF, or send a detached signature beside it")
    public static let pdfOfSeveral = unusable(
        "pdf-of-several",
        mn: "PDF дотор хэд хэдэн гарын үсэг эсвэл тэмдэглэгээ байна; яг нэг байх ёстой",
        en: "the PDF holds several signatures, or marks of them; exactly one is allowed",
        doMn: "Нэг гарын үсэгтэй PDF илгээнэ үү; гарын үсэгтэй PDF-г хавсаргаж болохгүй",
        doEn: "send a PDF with one signature, without timestamps of the document and without signed PDFs attached")
    public static let pdfSignatureMalformed = unusable(
        "pdf-signature-malformed",
        mn: "PDF гарын үсгийн толь (dictionary) буруу: {reason}",
        en: "the PDF's signature dictionary is unsound: {reason}",
        doMn: "Өөр програмаар гарын үсэг зурна уу", doEn: "sign with another program")
    public static let pdfRangeMalformed = unusable(
        "pdf-range-malformed",
        mn: "PDF-ийн ByteRange буруу: {reason}", en: "the PDF's ByteRange is malformed: {reason}",
        doMn: "Өөр програмаар гарын үсэг зурна уу", doEn: "sign with another program")
    public static let pdfRangeNotFromStart = unusable(
        "pdf-range-not-from-start",
        mn: "PDF гарын үсэг файлын эхнээс эхлээгүй байна",
        en: "the PDF's signature does not cover the file from its start",
        doMn: "Бүтэн файлд гарын үсэг зурна уу", doEn: "sign the whole file")
    public static let pdfRangeOverlapping = unusable(
        "pdf-range-overlapping",
        mn: "PDF-ийн ByteRange давхцсан байна", en: "the parts of the PDF's ByteRange overlap",
        doMn: "Өөр програмаар гарын үсэг зурна уу", doEn: "sign with another program")
    public static let pdfChangedAfterSigning = unusable(
        "pdf-changed-after-signing",
        mn: "PDF-д гарын үсэг зурсны дараа {count} байт нэмэгдсэн байна",
        en: "{count} bytes of the PDF lie behind what was signed: something was added after signing",
        doMn: "Гарын үсэг зурсны дараа өөрчлөөгүй файлыг илгээнэ үү",
        doEn: "send the file as it was right after signing, or sign it anew")
    public static let pdfGapNotContents = unusable(
        "pdf-gap-not-contents",
        mn: "PDF-ийн гарын үсэгт хамрагдаагүй хэсэг нь яг гарын үсэг өөрөө биш байна",
        en: "what the PDF's ByteRange leaves out is not exactly the signature itself",
        doMn: "Бүтэн файлд гарын үсэг зурна уу", doEn: "sign the whole file with another program")
    public static let pdfSubFilterUnknown = unusable(
        "pdf-subfilter-unknown",
        mn: "PDF гарын үсгийн хэлбэр {subFilter} танигдахгүй",
        en: "the PDF's signature is of the form {subFilter}; only ETSI.CAdES.detached and adbe.pkcs7.detached are read",
        doMn: "PAdES (ETSI.CAdES.detached) хэлбэрээр гарын үсэг зурна уу",
        doEn: "sign in the form PAdES (ETSI.CAdES.detached)")
    public static let pdfContentsMalformed = unusable(
        "pdf-contents-malformed",
        mn: "PDF доторх гарын үсэг бүтэн CMS биш байна: {reason}",
        en: "the signature inside the PDF is not one CMS in DER followed by zeros: {reason}",
        doMn: "Өөр програмаар гарын үсэг зурна уу", doEn: "sign with another program")
    public static let pdfReferencesMalformed = unusable(
        "pdf-references-malformed",
        mn: "PDF-ийн объектын хүснэгт (xref) буруу: {reason}",
        en: "the PDF's cross-reference table is unsound: {reason}",
        doMn: "PDF-г дахин үүсгэж гарын үсэг зурна уу", doEn: "make the PDF anew, then sign it")
    public static let pdfSignatureNotReferenced = unusable(
        "pdf-signature-not-referenced",
        mn: "PDF-ийн хүснэгт (xref) энэ гарын үсгийг заагаагүй байна: харагч програм өөрийг харуулна",
        en: "the PDF's cross-reference table does not lead to this signature: a viewer would use another object",
        doMn: "PDF-г дахин үүсгэж гарын үсэг зурна уу", doEn: "make the PDF anew, then sign it")

    /// A PDF whose signature is not taken.
    private static func unusable(_ code: String, mn: String, en: String, doMn: String, doEn: String) -> Problem {
        Problem(code, status: 422, text: Wording(mn: mn, en: en), remedy: Wording(mn: doMn, en: doEn))
    }
}
