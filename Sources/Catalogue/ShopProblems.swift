/// Shops: batches, PosAPIs behind and beside this ledger, old tills, and what comes over a network.
extension Problem {
    static let shops: [Problem] = [
        .batchBroken, .batchTooMany, .batchAddressInvalid, .batchNotSent, .batchVerdictsForeign, .batchVerdictsInUse,
        .batchRowChanged, .relayAddressMissing,
        .relayAddressInvalid, .relayNotReached, .relayOutcomeUnknown, .relayPrintedGone, .relayIntentUnknown,
        .relayNotOpen, .wayNotAlone, .registerNumberTaken, .sellerUnknown, .batchVerdictsInput,
        .pushPayment, .pushNotExpected, .receiptBeside, .receiptNumberTaken, .posapiRefused, .posapi2MerchantUnclear,
        .rateExceeded, .quotaExceeded, .tlsUnusable,
    ]

    public static let batchBroken = Problem(
        "batch-broken", status: 400,
        text: Wording(
            mn: "Багц {row}-р мөрөөс цааш уншигдсангүй: {reason}",
            en: "the batch cannot be read from row {row} on: {reason}"),
        remedy: Wording(
            mn: "хариу ирээгүй мөрүүдийг ижил түлхүүртэй нь дахин илгээнэ үү",
            en: "send the rows without a verdict again, with the same keys"))
    public static let batchTooMany = Problem(
        "batch-too-many", status: 503,
        text: Wording(mn: "Хэт олон багц зэрэг илгээгдэж байна", en: "too many batches are under way"),
        remedy: Wording(mn: "нэг секундын дараа дахин илгээнэ үү", en: "send again in a second"))
    public static let batchAddressInvalid = Problem(
        "batch-address-invalid", status: 400,
        text: Wording(mn: "{address} хаяг руу илгээхгүй", en: "nothing is sent to {address}"),
        remedy: Wording(
            mn: "https://ledger.example.mn хэлбэрээр бичнэ үү; http:// нь зөвхөн энэ машинд",
            en:
                "write it as https://ledger.example.mn; http:// is for this machine only, since it shows the token to others"
        ))
    public static let batchNotSent = Problem(
        "batch-not-sent", status: 503,
        text: Wording(mn: "Илгээж чадсангүй: {reason}", en: "the rows could not be sent: {reason}"),
        remedy: Wording(
            mn: "холболтоо шалгаад ижил тушаалыг дахин өгнө үү: нэг ч мөр давхардахгүй",
            en: "check the connection and give the same command again: no row is filed twice"))
    public static let batchVerdictsForeign = Problem(
        "batch-verdicts-foreign", status: 400,
        text: Wording(
            mn: "{path} файл багцын хариуны файл биш", en: "{path} does not hold the verdicts of a batch"),
        remedy: Wording(mn: "--out-оор өөр файл нэрлэнэ үү", en: "name another file with --out"))
    public static let batchVerdictsInUse = Problem(
        "batch-verdicts-in-use", status: 409,
        text: Wording(mn: "{path} файлыг өөр програм бичиж байна", en: "{path} is being written by another call"),
        remedy: Wording(mn: "дуусахыг нь хүлээнэ үү", en: "wait until that one has ended"))
    public static let batchRowChanged = Problem(
        "batch-row-changed", status: 409,
        text: Wording(
            mn: "{row}-р мөр бүртгэгдсэнээсээ хойш өөрчлөгдсөн", en: "row {row} was filed and has been changed since"),
        remedy: Wording(
            mn: "шинэ багц бол {path} файлыг зөөгөөд дахин эхлүүлнэ үү",
            en: "if it is a new batch, move {path} away and begin again; else put the row back"))
    public static let relayAddressMissing = Problem(
        "relay-address-missing", status: 503,
        text: Wording(
            mn: "{tin} борлуулагчийн PosAPI-ийн хаяг тохируулаагүй байна",
            en: "nobody has said where the PosAPI of merchant {tin} is"),
        remedy: Wording(
            mn: "«tamga issuer add-merchant --tin {tin} --name НЭР --way front --posapi http://…» тушаал өгнө үү",
            en: "name it with: tamga issuer add-merchant --tin {tin} --name NAME --way front --posapi http://…"))
    public static let relayAddressInvalid = Problem(
        "relay-address-invalid", status: 400,
        text: Wording(mn: "{address} нь PosAPI-ийн хаяг биш", en: "{address} is not the address of a PosAPI"),
        remedy: Wording(
            mn: "http://192.168.1.5:7080 хэлбэрээр бичнэ үү", en: "write it as http://192.168.1.5:7080, without a path")
    )
    public static let relayNotReached = Problem(
        "relay-not-reached", status: 503,
        text: Wording(
            mn: "PosAPI-тай холбогдсонгүй, баримт үүсээгүй: {reason}",
            en: "the PosAPI cannot be reached, there is no receipt: {reason}"),
        remedy: Wording(mn: "PosAPI-г шалгаад дахин илгээнэ үү", en: "check the PosAPI and send again"))
    public static let relayOutcomeUnknown = Problem(
        "relay-outcome-unknown", status: 504,
        text: Wording(
            mn: "PosAPI хариу өгсөнгүй (№ {id}): баримт үүссэн эсэх тодорхойгүй. PosAPI-ийн цонхноос шалгана уу",
            en:
                "the PosAPI did not answer (no. {id}): nobody knows whether there is a receipt. Look it up in the PosAPI's page"
        ),
        remedy: Wording(
            mn: "олдсон бол, эс бол: «tamga relay resolve --id {id}»; ижил хүсэлт давхар баримт үүсгэхгүй",
            en: "then say so: tamga relay resolve --id {id}; the same request makes no second receipt"))
    public static let relayNotOpen = Problem(
        "relay-not-open", status: 409,
        text: Wording(
            mn: "№ {id} хүсэлт замдаа яваа, эсвэл дугаар нь мэдэгдсэн",
            en: "request {id} is still under way, or has its number already"),
        remedy: Wording(mn: "түр хүлээгээд «tamga relay list»-ээр харна уу", en: "wait, and see: tamga relay list"))
    public static let registerNumberTaken = Problem(
        "register-number-taken", status: 409,
        text: Wording(
            mn: "{number} регистрийн дугаар {tin} борлуулагчийнх", en: "register number {number} is merchant {tin}'s"),
        remedy: Wording(mn: "дугаараа шалгана уу", en: "check the number: each belongs to one merchant"))
    public static let sellerUnknown = Problem(
        "seller-unknown", status: 400,
        text: Wording(
            mn: "{field}: {number} регистрийн дугаартай борлуулагч бүртгэлгүй",
            en: "{field}: no merchant is enrolled with register number {number}"),
        remedy: Wording(
            mn: "«tamga issuer add-merchant --register-number {number}» тушаал өгнө үү",
            en: "enrol it: tamga issuer add-merchant --register-number {number} --tin TIN --name NAME"))
    public static let batchVerdictsInput = Problem(
        "batch-verdicts-input", status: 400,
        text: Wording(mn: "{path} бол багц өөрөө", en: "{path} is the batch itself"),
        remedy: Wording(mn: "--out-оор өөр файл нэрлэнэ үү", en: "name another file with --out"))
    public static let wayNotAlone = Problem(
        "way-not-alone", status: 409,
        text: Wording(
            mn: "{tin} борлуулагчийн ДДТД-г өөрийнх нь PosAPI олгодог",
            en: "the receipts of merchant {tin} are numbered by the merchant's own PosAPI"),
        remedy: Wording(
            mn: "PosAPI-аар дамжуулна уу: front бол POST /rest/receipt, beside бол PosAPI өөрөө илгээнэ",
            en: "file through it: POST /rest/receipt for front, the PosAPI's push for beside"))
    public static let relayPrintedGone = Problem(
        "relay-printed-gone", status: 410,
        text: Wording(
            mn: "Давтан хариу: сугалаа, QR хадгалагддаггүй, PosAPI-аас хэвлэнэ үү",
            en: "answered before: lottery and QR are not kept, print them from the PosAPI"),
        remedy: Wording(mn: "", en: ""))
    public static let relayIntentUnknown = Problem(
        "relay-intent-unknown", status: 404,
        text: Wording(mn: "{id} дугаартай нээлттэй хүсэлт алга", en: "no open request has the number {id}"),
        remedy: Wording(mn: "«tamga relay list»-ээр харна уу", en: "see which are open with: tamga relay list"))
    public static let pushPayment = Problem(
        "push-payment", status: 400,
        text: Wording(
            mn: "Tamga төлбөр хийхгүй: PAYMENT төрлийг хүлээж авахгүй",
            en: "Tamga carries out no payments: the type PAYMENT is not taken"),
        remedy: Wording(
            mn: "PosAPI-ийн тохиргоонд SEND_ONLY сонгоно уу", en: "choose SEND_ONLY in the settings of the PosAPI"))
    public static let pushNotExpected = Problem(
        "push-not-expected", status: 409,
        text: Wording(
            mn: "{tin} борлуулагч өөрийн PosAPI-тай гэж бүртгэгдээгүй",
            en: "merchant {tin} is not enrolled as one with a PosAPI of its own"),
        remedy: Wording(
            mn: "«tamga issuer add-merchant --way beside» тушаал өгнө үү",
            en: "say so with: tamga issuer add-merchant --way beside"))
    public static let receiptBeside = Problem(
        "receipt-beside", status: 409,
        text: Wording(
            mn: "{tin} борлуулагчийн касс өөрийн PosAPI руу илгээх ёстой",
            en: "the tills of merchant {tin} send to their own PosAPI"),
        remedy: Wording(
            mn: "кассын хаягийг PosAPI руу заана уу, эсвэл --way front сонгоно уу",
            en: "point the till to that PosAPI, or choose --way front"))
    public static let receiptNumberTaken = Problem(
        "receipt-number-taken", status: 409,
        text: Wording(
            mn: "{id} дугаартай өөр баримт бүртгэлтэй байна", en: "another receipt is filed under the number {id}"),
        remedy: Wording(
            mn: "PosAPI-ийн тохиргоог шалгана уу", en: "check the PosAPI: a number belongs to one receipt"))
    public static let posapiRefused = Problem(
        "posapi-refused", status: 400,
        text: Wording(mn: "{reason}", en: "refused: {reason}"),
        remedy: Wording(mn: "баримтаа шалгаад дахин илгээнэ үү", en: "mend the bill and send it again"))
    public static let posapi2MerchantUnclear = Problem(
        "posapi2-merchant-unclear", status: 400,
        text: Wording(
            mn: "Аль борлуулагчийн касс болох нь тодорхойгүй байна",
            en: "it is not clear for which merchant this till works"),
        remedy: Wording(
            mn: "хаягт ?lib=РЕГИСТР нэмнэ үү; регистрийн дугаарыг --register-number-ээр бүртгэнэ",
            en: "add ?lib=NUMBER to the address, a TIN or the register number enrolled with --register-number"))
    public static let rateExceeded = Problem(
        "rate-exceeded", status: 429,
        text: Wording(
            mn: "Хэт олон хүсэлт: {seconds} секундын дараа дахин илгээнэ үү",
            en: "too many requests: send again in {seconds} s"),
        remedy: Wording(
            mn: "олон баримтыг багцаар илгээнэ үү", en: "send many receipts as a batch, POST /v1/receipts:batch"))
    public static let quotaExceeded = Problem(
        "quota-exceeded", status: 429,
        text: Wording(
            mn: "Өдрийн {limit} баримтын хязгаар хэтэрсэн", en: "the limit of {limit} receipts a day is reached"),
        remedy: Wording(
            mn: "операторт хандана уу; маргааш дахин нээгдэнэ", en: "ask the operator; it opens again tomorrow"))
    public static let tlsUnusable = Problem(
        "tls-unusable", status: 500,
        text: Wording(
            mn: "{certificate} гэрчилгээ, түлхүүрийг ашиглах боломжгүй: {reason}",
            en: "the certificate {certificate} and its key cannot be used: {reason}"),
        remedy: Wording(
            mn: "--tls-certificate, --tls-key-д PEM файл нэрлэнэ үү",
            en: "name PEM files with --tls-certificate (the whole chain) and --tls-key"))
}
