import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerMerkle
import LedgerTransparency
import Registry

/// Who looks at a page of a console: somebody signed in, in a language.
struct Visitor: Sendable {
    /// How long a session lasts, ms.
    static let sessionLength: Int64 = 12 * 3_600_000

    let holder: TokenHolder
    /// The keyed hash that the session is kept by.
    let session: [UInt8]
    /// What every form of this session carries: a page of another site cannot know it.
    let formKey: String
    let language: Language
    /// The page asked for, with its query, as the other language's link leads back to it; `nil` for what a form sent.
    let page: String?
    /// Whether it was begun with a token, not with a password.
    let isByToken: Bool

    /// The merchant's TIN, the notary's code, or the operator's name.
    var subject: String { holder.subject }
}

/// Sessions: a random number in a cookie, of which only a keyed hash is stored.
struct Sessions: Sendable {
    /// Sent back over TLS and from this machine only, never to a script, never from another site's page.
    static let cookie = "__Host-tamga"
    static let languageCookie = "__Host-tamga-language"

    let office: Office

    private var now: Int64 { Int64(office.clock.now()) }

    private func hash(_ value: String) -> [UInt8] {
        office.registrar.vault.stateHash("session", Array(value.utf8))
    }

    /// What somebody's password and sessions are kept by.
    func holderHash(_ holder: TokenHolder) -> [UInt8] {
        office.registrar.vault.stateHash("console", Array("\(holder.role.rawValue)\n\(holder.subject)".utf8))
    }

    /// Begins a session.
    ///
    /// - Parameter token: the keyed hash of the token that was shown: the session ends with it.
    /// - Returns: the cookie to set.
    /// - Throws: `sign-in-refused` when the password was taken away meanwhile.
    func begin(_ holder: TokenHolder, token: [UInt8]?, password: ConsoleStore.Password?) throws -> String {
        try office.consoles.forgetSessions(before: now - Visitor.sessionLength)
        let value = hexadecimal(randomBytes(24))
        var content: JSONObject = ["role": .string(holder.role.rawValue), "subject": .string(holder.subject)]
        content["token"] = token.map { .string(hexadecimal($0)) }
        let isBegun = try office.consoles.begin(
            session: hash(value), of: holderHash(holder), at: now, content: JSONValue.object(content).bytes,
            by: password)
        guard isBegun else { throw Problem.signInRefused() }
        return Sessions.cookie(Sessions.cookie, value, seconds: Visitor.sessionLength / 1000)
    }

    /// Who a request comes from; `nil` for nobody.
    func visitor(_ request: Request) throws -> Visitor? {
        guard let value = request.cookies[Sessions.cookie]?.value, value.utf8.count == 48 else { return nil }
        let session = hash(value)
        guard let content = try office.consoles.session(session, since: now - Visitor.sessionLength),
            let json = try? JSONValue(parsing: content),
            let role = json["role"]?.string.flatMap({ TokenHolder.Role(rawValue: $0) }),
            let subject = json["subject"]?.string
        else { return nil }
        let holder = TokenHolder(role: role, subject: subject)
        // A session that was begun with a token ends with it.
        if let token = json["token"]?.string {
            guard let hash = parseHexadecimal(token), office.tokens.holder(ofHash: hash) == holder else { return nil }
        }
        return Visitor(
            holder: holder, session: session,
            formKey: hexadecimal(office.registrar.vault.stateHash("form", Array(value.utf8))),
            language: language(request), page: request.method == .get ? request.uri.string : nil,
            isByToken: json["token"] != nil)
    }

    /// The language of pages: the one chosen, else the browser's, else Mongolian.
    func language(_ request: Request) -> Language {
        if let chosen = request.cookies[Sessions.languageCookie].flatMap({ Language(rawValue: $0.value) }) {
            return chosen
        }
        for range in request.headers[.acceptLanguage]?.split(separator: ",") ?? [] {
            let tag = range.trimmed.lowercased()
            if tag.hasPrefix("mn") { return .mn }
            if tag.hasPrefix("en") { return .en }
        }
        return .mn
    }

    static func cookie(_ name: String, _ value: String, seconds: Int64) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(seconds); Secure; HttpOnly; SameSite=Strict"
    }

    static var endingCookie: String { cookie(Sessions.cookie, "", seconds: 0) }
}

extension Office {
    /// Makes a token invalid. The password of the console that may have been set with it goes, too: it must not outlive a token that leaked.
    ///
    /// - Parameter session: whose owner revokes: it goes on, unless it began with that token.
    /// - Returns: false when no valid token has this number.
    func revokeToken(id: Int64, keeping session: [UInt8] = []) throws -> Bool {
        // First: a token that cannot be revoked now is revoked by the next call, which must not find the password left.
        if let holder = try tokens.list().first(where: { $0.id == id })?.holder {
            try forgetPassword(of: holder, keeping: session)
        }
        return try tokens.revoke(id: id, time: Int64(clock.now()))
    }

    /// Ends the sessions of a notary who may act no more. Token and password stay for when the suspension is lifted.
    func endSessions(ofNotary code: String) throws {
        guard let notary = register.notary(code: code), notary.suspended else { return }
        try consoles.endSessions(
            of: Sessions(office: self).holderHash(TokenHolder(role: .notary, subject: notary.code)))
    }

    /// Takes somebody's password away, and ends the sessions, but for one.
    func forgetPassword(of holder: TokenHolder, keeping session: [UInt8] = []) throws {
        guard holder.role == .merchant || holder.role == .notary else { return }
        try consoles.forget(Sessions(office: self).holderHash(holder), keeping: session)
    }
}
