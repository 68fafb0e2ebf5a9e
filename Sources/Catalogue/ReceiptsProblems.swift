/// Receipts: what PosAPI clients and those who enrol merchants may meet. Where the live PosAPI's own words are known, they are used.
extension Problem {
    public static let receiptNotJSON = Problem(
        "receipt-not-json", status: 400,
        text: Wording(mn: "Илгээсэн өгөгдөл JSON биш байна: {reason}", en: "the body is not JSON: {reason}"),
        remedy: Wording(mn: "Зөв JSON илгээнэ үү", en: "send valid JSON in UTF-8"))
    public static let receiptBodyTooLarge = Problem(
        "receipt-body-too-large", status: 413,
        text: Wording(
            mn: "Баримт хэт том байна: {size} байт, дээд хэмжээ {limit}",
            en: "the receipt is too large: {size} bytes, the limit is {limit}"),
        remedy: Wording(mn: "Баримтыг хэсэглэн илгээнэ үү", en: "split the receipt"))
    public static let receiptFieldEmpty = Problem(
        "receipt-field-empty", status: 400,
        text: Wording(mn: "{field} талбарын утга хоосон", en: "field {field} is empty"),
        remedy: Wording(mn: "{field} талбарыг бөглөнө үү", en: "fill in {field}"))
    public static let receiptFieldType = Problem(
        "receipt-field-type", status: 400,
        text: Wording(mn: "{field} талбарын төрөл буруу: {found}", en: "field {field} must not be a JSON {found}"),
        remedy: Wording(mn: "{expected} төрлөөр илгээнэ үү", en: "send it as {expected}"))
    public static let receiptFieldDigits = Problem(
        "receipt-field-digits", status: 400,
        text: Wording(
            mn: "{field} талбарын утга {count} оронтой тоо байх ёстой", en: "field {field} must have {count} digits"),
        remedy: Wording(mn: "{field} талбарыг шалгана уу", en: "check {field}"))
    public static let receiptFieldLength = Problem(
        "receipt-field-length", status: 400,
        text: Wording(
            mn: "{field} талбарын утга хэт урт: дээд хэмжээ {limit} байт",
            en: "field {field} is too long: the limit is {limit} bytes"),
        remedy: Wording(mn: "{field} талбарыг богиносгоно уу", en: "shorten {field}"))
    public static let receiptFieldCount = Problem(
        "receipt-field-count", status: 400,
        text: Wording(
            mn: "{field} жагсаалт хэт олон: дээд тоо {limit}",
            en: "{field} has too many elements: the limit is {limit}"),
        remedy: Wording(mn: "Баримтыг хэсэглэн илгээнэ үү", en: "split the receipt"))
    public static let receiptFieldChoice = Problem(
        "receipt-field-choice", status: 400,
        text: Wording(
            mn: "{field} талбарын утга буруу: {value}", en: "field {field} has an unknown value: {value}"),
        remedy: Wording(mn: "Боломжит утга: {choices}", en: "choose one of: {choices}"))
    public static let receiptFieldMoney = Problem(
        "receipt-field-money", status: 400,
        text: Wording(
            mn: "{field} талбарын дүн буруу: {value}", en: "field {field} is not an amount: {value}"),
        remedy: Wording(
            mn: "0 буюу түүнээс их, хамгийн ихдээ 2 орны бутархайтай дүн илгээнэ үү",
            en: "send tugrik, 0 or more, with at most two decimals"))
    public static let receiptFieldQuantity = Problem(
        "receipt-field-quantity", status: 400,
        text: Wording(mn: "{field} талбарын тоо буруу: {value}", en: "field {field} is not a quantity: {value}"),
        remedy: Wording(
            mn: "Эерэг тоо, хамгийн ихдээ 32 тэмдэгтээр илгээнэ үү",
            en: "send a positive decimal of at most 32 characters"))
    public static let receiptFieldTime = Problem(
        "receipt-field-time", status: 400,
        text: Wording(mn: "{field} талбарын огноо буруу: {value}", en: "field {field} is not a date: {value}"),
        remedy: Wording(mn: "{form} хэлбэрээр илгээнэ үү", en: "send it as {form}"))
    public static let receiptDistrictUnknown = Problem(
        "receipt-district-unknown", status: 400,
        text: Wording(
            mn: "districtCode талбарын утга буруу: {value}", en: "districtCode {value} names no aimag or district"),
        remedy: Wording(
            mn: "Аймаг, дүүргийн 4 оронтой кодыг илгээнэ үү",
            en: "send the four digits of aimag or district and sum or khoroo"))

    public static let receiptSum = Problem(
        "receipt-sum", status: 400,
        text: Wording(
            mn: "{field} дүн зөрүүтэй байна: илгээсэн {given}, задаргааны нийлбэр {sum}",
            en: "{field} is {given}, but its parts sum to {sum}"),
        remedy: Wording(
            mn: "Нийт дүн задаргаатайгаа тэнцэх ёстой", en: "totals must equal the sum of their parts exactly"))
    public static let receiptPaymentsSum = Problem(
        "receipt-payments-sum", status: 400,
        text: Wording(
            mn: "Төлбөрийн нийлбэр баримтын дүнтэй тэнцэхгүй байна: төлсөн {sum}, баримт {given}",
            en: "the payments sum to {sum}, but the receipt is about {given}"),
        remedy: Wording(
            mn: "payments.paidAmount-уудын нийлбэр totalAmount-тай тэнцэх ёстой",
            en: "the paidAmount of all payments must sum to totalAmount"))
    public static let receiptPaymentIncomplete = Problem(
        "receipt-payment-incomplete", status: 400,
        text: Wording(
            mn: "Төлбөр дутуу тул баримт үүсээгүй: {field}",
            en: "a payment is not complete, no receipt was made: {field}"),
        remedy: Wording(
            mn: "Төлбөр дууссаны дараа PAID төлөвтэй дахин илгээнэ үү",
            en: "send the receipt again once the payment is PAID"))
    public static let receiptVAT = Problem(
        "receipt-vat", status: 400,
        text: Wording(
            mn: "НӨАТ-г {rate}%-р тооцоолоогүй байна. Шалгуур дүн: {amount}",
            en: "VAT is not {rate} %; the amount should be {amount}"),
        remedy: Wording(mn: "{field} талбарыг шалгана уу", en: "check {field}"))
    public static let receiptCityTax = Problem(
        "receipt-city-tax", status: 400,
        text: Wording(
            mn: "НХАТ-г {rate}%-р тооцоолоогүй байна. Шалгуур дүн: {amount}",
            en: "the city tax is not {rate} %; the amount should be {amount}"),
        remedy: Wording(mn: "{field} талбарыг шалгана уу", en: "check {field}"))
    public static let receiptVATNotPayer = Problem(
        "receipt-vat-not-payer", status: 400,
        text: Wording(
            mn: "{tin} НӨАТ суутган төлөгч биш тул НӨАТ тооцохгүй",
            en: "{tin} is not registered for VAT, so that no VAT may be charged"),
        remedy: Wording(mn: "{field} талбарт 0 илгээнэ үү", en: "send 0 as {field}"))
    public static let receiptVATExempt = Problem(
        "receipt-vat-exempt", status: 400,
        text: Wording(
            mn: "{taxType} төрлийн баримтад НӨАТ тооцохгүй", en: "no VAT may be charged on {taxType}"),
        remedy: Wording(mn: "{field} талбарт 0 илгээнэ үү", en: "send 0 as {field}"))
    public static let receiptCityTaxNotPayer = Problem(
        "receipt-city-tax-not-payer", status: 400,
        text: Wording(
            mn: "{tin} НХАТ төлөгч биш тул НХАТ тооцохгүй",
            en: "{tin} does not pay the city tax, so that none may be charged"),
        remedy: Wording(mn: "{field} талбарт 0 илгээнэ үү", en: "send 0 as {field}"))
    public static let receiptConsumer = Problem(
        "receipt-consumer", status: 400,
        text: Wording(
            mn: "consumerNo талбарыг зөвхөн B2C баримтад илгээнэ", en: "consumerNo belongs on B2C receipts only"),
        remedy: Wording(mn: "consumerNo талбарыг хоосон илгээнэ үү", en: "leave consumerNo empty"))
    public static let receiptReportMonth = Problem(
        "receipt-report-month", status: 400,
        text: Wording(
            mn: "reportMonth талбарын утга буруу: {value}", en: "reportMonth {value} is not allowed here"),
        remedy: Wording(
            mn: "Зөвхөн B2B баримтад, сарын 1–7-нд, өмнөх сарыг илгээнэ",
            en: "send it on B2B receipts only, on days 1 to 7 of a month, for the month before"))

    public static let merchantUnknown = Problem(
        "merchant-unknown", status: 400,
        text: Wording(mn: "{tin} ТТД-тай борлуулагч бүртгэлгүй байна", en: "merchant {tin} is not enrolled"),
        remedy: Wording(
            mn: "`tamga issuer add-merchant --tin {tin} --name НЭР` командаар бүртгэнэ үү",
            en: "enrol it with `tamga issuer add-merchant --tin {tin} --name NAME`"))
    public static let merchantSuspended = Problem(
        "merchant-suspended", status: 400,
        text: Wording(
            mn: "{tin} ТТД-тай борлуулагчийн эрхийг түдгэлзүүлсэн байна", en: "merchant {tin} is suspended"),
        remedy: Wording(mn: "Системийн операторт хандана уу", en: "ask the operator of this ledger"))
    public static let merchantNotLessee = Problem(
        "merchant-not-lessee", status: 400,
        text: Wording(
            mn: "{tin} нь {merchant} борлуулагчийн жагсаалтад байхгүй байна",
            en: "{tin} is not on the list of merchant {merchant}"),
        remedy: Wording(
            mn: "Түрээслэгчийг борлуулагчийн жагсаалтад нэмнэ үү",
            en: "enrol the lessee as a customer of the merchant"))
    public static let merchantTINTooLong = Problem(
        "merchant-tin-too-long", status: 400,
        text: Wording(
            mn: "{tin} ТТД ДДТД-ын 12 оронд багтахгүй",
            en: "TIN {tin} does not fit the 12 digits of a receipt number"),
        remedy: Wording(
            mn: "11 эсвэл 12 оронтой ТТД бүртгэнэ үү", en: "only TINs of 11 or 12 digits can be enrolled"))
    public static let merchantTINPadded = Problem(
        "merchant-tin-padded", status: 400,
        text: Wording(
            mn: "{tin} ТТД тэгээр эхэлж байна", en: "TIN {tin} begins with a zero: in a receipt number it is not unique"
        ),
        remedy: Wording(mn: "Эхний тэггүй 11 оронтой ТТД бүртгэнэ үү", en: "enrol the 11 digits without the zero"))
    public static let merchantsFile = Problem(
        "merchants-file", status: 400,
        text: Wording(
            mn: "Борлуулагчийн жагсаалтын {place} хэсэг буруу: {reason}",
            en: "the list of merchants is wrong at {place}: {reason}"),
        remedy: Wording(
            mn: "[{\"tin\",\"name\",\"vatPayer\",\"cityTaxPayer\"}] хэлбэртэй байх ёстой",
            en: "it is a JSON array of {\"tin\",\"name\",\"vatPayer\",\"cityTaxPayer\",\"customers\",\"bankAccounts\"}")
    )

    public static let receiptNumbersExhausted = Problem(
        "receipt-numbers-exhausted", status: 400,
        text: Wording(
            mn: "{merchant} борлуулагчийн {branch} салбарын өнөөдрийн баримтын дугаар дууссан",
            en: "merchant {merchant}, branch {branch}, has no receipt numbers left for today"),
        remedy: Wording(
            mn: "Өөр салбарын дугаараар эсвэл маргааш илгээнэ үү",
            en: "file under another branch number, or tomorrow"))
    public static let receiptClock = Problem(
        "receipt-clock", status: 400,
        text: Wording(mn: "Системийн цаг буруу байна: {date}", en: "the clock cannot be right: {date}"),
        remedy: Wording(mn: "Серверийн цагийг тохируулна уу", en: "set the clock of the server"))
    public static let receiptRecordDamaged = Problem(
        "receipt-record-damaged", status: 500,
        text: Wording(
            mn: "Хадгалсан баримтын {field} талбар уншигдахгүй байна",
            en: "field {field} of the stored receipt cannot be read"),
        remedy: Wording(mn: "`tamga audit` ажиллуулна уу", en: "run `tamga audit`"))

    public static let receiptBarCodeDigit = Problem(
        "receipt-bar-code-digit", status: 400,
        text: Wording(
            mn: "{field}: {value} баркодын хяналтын орон таарахгүй байна",
            en: "{field}: the check digit of bar code {value} is wrong"),
        remedy: Wording(
            mn: "barCodeType-г UNDEFINED гэж илгээнэ үү",
            en: "send barCodeType UNDEFINED for codes that are not GS1 or ISBN"))
    public static let receiptPaymentUnknown = Problem(
        "receipt-payment-unknown", status: 400,
        text: Wording(
            mn: "{field}: {value} төлбөрийн хэлбэр танигдсангүй", en: "{field}: unknown kind of payment {value}"),
        remedy: Wording(mn: "Утгыг хэвээр хадгалсан", en: "it was kept as it came"))

    public static let receiptTaxProductUnknown = Problem(
        "receipt-tax-product-unknown", status: 400,
        text: Wording(
            mn: "{field}: {value} код {date}-ны өдөр хүчинтэй биш байна",
            en: "{field}: code {value} does not hold on {date}"),
        remedy: Wording(
            mn: "Татварын албаны жагсаалтаас (getProductTaxCode) кодыг сонгоно уу",
            en: "choose a code from the authority's list (getProductTaxCode)"))
    public static let receiptTaxProductOther = Problem(
        "receipt-tax-product-other", status: 400,
        text: Wording(
            mn: "{field}: {value} код {taxType} төрлийнх биш", en: "{field}: code {value} is not one of {taxType}"),
        remedy: Wording(mn: "Утгыг хэвээр хадгалсан", en: "it was kept as it came"))
    public static let receiptClassificationOver = Problem(
        "receipt-classification-over", status: 400,
        text: Wording(
            mn: "{field}: БҮНА-ийн {value} код {date}-ны өдөр хүчинтэй биш байна",
            en: "{field}: class {value} does not hold on {date}"),
        remedy: Wording(
            mn: "БҮНА-ийн хүчинтэй 7 оронтой кодыг илгээнэ үү", en: "send seven digits of the classification that hold")
    )
    public static let receiptClassificationUnknown = Problem(
        "receipt-classification-unknown", status: 400,
        text: Wording(mn: "{field}: {value} код БҮНА-д алга", en: "{field}: no class {value} is known"),
        remedy: Wording(mn: "Утгыг хэвээр хадгалсан", en: "it was kept as it came"))
    public static let receiptInvoicePays = Problem(
        "receipt-invoice-pays", status: 400,
        text: Wording(
            mn: "Нэхэмжлэх өөр нэхэмжлэхийг төлөх боломжгүй: invoiceId",
            en: "an invoice cannot pay another invoice: invoiceId"),
        remedy: Wording(
            mn: "Төлбөрийн баримтыг B2C_RECEIPT эсвэл B2B_RECEIPT төрлөөр илгээнэ үү",
            en: "send the paying receipt as B2C_RECEIPT or B2B_RECEIPT"))
    public static let receiptNoInvoice = Problem(
        "receipt-no-invoice", status: 400,
        text: Wording(mn: "{field}: {id} баримт нэхэмжлэх биш", en: "{field}: {id} is no invoice"),
        remedy: Wording(mn: "invoiceId талбарыг шалгана уу", en: "check invoiceId"))
    public static let receiptBankAccountUnknown = Problem(
        "receipt-bank-account-unknown", status: 400,
        text: Wording(
            mn: "{field}: {value} данс бүртгэлгүй байна", en: "{field}: account {value} is not enrolled"),
        remedy: Wording(mn: "Утгыг хэвээр хадгалсан", en: "it was kept as it came"))
    public static let receiptTillUnknown = Problem(
        "receipt-till-unknown", status: 400,
        text: Wording(mn: "{branch}/{till} касс бүртгэлгүй", en: "till {branch}/{till} is not enrolled"),
        remedy: Wording(
            mn: "кассын дугаараа шалгах эсвэл операторт хэлж бүртгүүлнэ үү",
            en: "check the till's number, or ask the operator to enrol it"))
    public static let receiptSplit = Problem(
        "receipt-split", status: 400,
        text: Wording(
            mn: "{field}: {taxType} төрлийн дэд баримт давхардсан байна",
            en: "{field}: there is another sub-receipt of {taxType} for the same merchant"),
        remedy: Wording(
            mn: "Нэг төрлийн барааг нэг дэд баримтад нэгтгэнэ үү", en: "put goods of one tax type into one sub-receipt")
    )
    public static let tableInvalid = Problem(
        "table-invalid", status: 400,
        text: Wording(
            mn: "{file} хүснэгтийн {line}-р мөр буруу: {reason}",
            en: "the table {file} is wrong in line {line}: {reason}"),
        remedy: Wording(
            mn: "Мөрийг засна уу; баганууд seeds/tables/README.md файлд бий",
            en: "mend the line; the columns are described in seeds/tables/README.md"))

    static let receipts: [Problem] = [
        receiptNotJSON, receiptBodyTooLarge, receiptFieldEmpty, receiptFieldType, receiptFieldDigits,
        receiptFieldLength, receiptFieldCount, receiptFieldChoice, receiptFieldMoney, receiptFieldQuantity,
        receiptFieldTime, receiptDistrictUnknown, receiptSum, receiptPaymentsSum, receiptPaymentIncomplete,
        receiptVAT, receiptCityTax, receiptVATNotPayer, receiptVATExempt, receiptCityTaxNotPayer, receiptConsumer,
        receiptReportMonth, merchantUnknown, merchantSuspended, merchantNotLessee, merchantTINTooLong,
        merchantTINPadded, merchantsFile, receiptNumbersExhausted, receiptClock, receiptRecordDamaged,
        receiptBarCodeDigit,
        receiptPaymentUnknown, receiptTaxProductUnknown, receiptTaxProductOther, receiptClassificationOver,
        receiptClassificationUnknown, receiptInvoicePays, receiptNoInvoice, receiptBankAccountUnknown,
        receiptTillUnknown, receiptSplit,
        tableInvalid,
    ]
}
