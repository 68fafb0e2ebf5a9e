import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Registry
import Synchronization

/// Slows down whoever tries passwords, and keeps few of them in work at a time.
final class SignInGuard: Sendable {
    private struct Limits {
        /// By address and whom it is tried for: nobody locks out who comes from elsewhere, except behind one proxy.
        var names = RateLimiter(burst: 8, millisecondsPerToken: 15_000)
        /// By address: behind a proxy many have one.
        var addresses = RateLimiter(burst: 60, millisecondsPerToken: 1000)
    }

    private let limits = Mutex(Limits())
    /// Each takes 32 MiB.
    private let places = Permits(2)

    /// Counts an attempt at somebody's password.
    ///
    /// - Throws: `sign-in-too-often`.
    func attempt(at name: String, from address: String, now: UInt64) throws(Failure) {
        let refused = limits.withLock { limits -> UInt64? in
            for decision in [
                limits.addresses.attempt(by: address, at: now), limits.names.attempt(by: "\(name) \(address)", at: now),
            ] {
                if case .refused(let wait) = decision { return wait }
            }
            return nil
        }
        if let refused { throw Problem.signInTooOften(["seconds": String((refused + 999) / 1000)]) }
    }

    /// One that succeeded does not count.
    func forgive(_ name: String, from address: String) {
        limits.withLock { limits in
            limits.addresses.refund(address)
            limits.names.refund("\(name) \(address)")
        }
    }

    func matches(_ password: String, _ encoded: [UInt8]?) async throws -> Bool {
        try await places.take()
        let place = HeldPermit(of: places)
        defer { place.giveBack() }
        return try await onThreadOfItsOwn { _ in try PasswordHash.matches(password, encoded) }
    }

    func encode(_ password: String) async throws -> [UInt8] {
        try await places.take()
        let place = HeldPermit(of: places)
        defer { place.giveBack() }
        return try await onThreadOfItsOwn { _ in try PasswordHash.encode(password) }
    }
}

/// Signing in: with a token, or with a password that was set once signed in with one.
extension Console {
    func signInPage(
        _ area: ConsoleArea, _ request: Request, failure: Failure? = nil, subject: String = ""
    ) -> Response {
        let say = Speaker(language: sessions.language(request))
        let account = Console.account(area, say)
        let byPassword: HTML =
            area == .operator
            ? .empty
            : """
            <section class="panel"><h2>\(say("Нууц үгээр", "With a password"))</h2>
            <form method="post" action="\(area.path)/sign-in">
            <div class="field"><label for="\(account.field)">\(account.label)</label>
            <input id="\(account.field)" name="\(account.field)"\(account.more) autocomplete="username" value="\(subject)" required></div>
            <div class="field"><label for="password">\(say("Нууц үг", "Password"))</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required></div>
            <button>\(say("Нэвтрэх", "Sign in"))</button></form></section>
            """
        let explanation =
            area == .operator
            ? say(
                "Токеныг «tamga token create --operator НЭР» тушаалаар авна.",
                "Get a token with: tamga token create --operator NAME")
            : say(
                "Анх удаа бол операторын өгсөн токеноор нэвтэрч, дараа нь нууц үг тохируулна уу.",
                "The first time, sign in with the token that the operator gave you, and then set a password.")
        let page = Page(
            area: area, say: say, title: say("Нэвтрэх", "Sign in"), path: "\(area.path)/sign-in",
            content: """
                \(failure.map { Page.note($0, say) })
                \(byPassword)
                <section class="panel"><h2>\(say("Токеноор", "With a token"))</h2><p>\(explanation)</p>
                <form method="post" action="\(area.path)/sign-in">
                <div class="field"><label for="token">\(say("Токен", "Token"))</label>
                <input id="token" name="token" class="wide" type="password" autocomplete="off" spellcheck="false" required></div>
                <button>\(say("Нэвтрэх", "Sign in"))</button></form></section>
                """)
        var response = page.response(status: failure.map { HTTPResponse.Status(code: $0.problem.status) } ?? .ok)
        if let seconds = failure?.details["seconds"] { response.headers[.retryAfter] = seconds }
        return response
    }

    /// Under what an area's visitors have their passwords.
    private static func account(_ area: ConsoleArea, _ say: Speaker) -> (field: String, label: String, more: HTML) {
        area == .notary
            ? ("code", say("Нотариатчийн код", "Notary's code"), " autocapitalize=\"characters\" spellcheck=\"false\"")
            : ("tin", say("ТТД", "TIN"), " inputmode=\"numeric\"")
    }

    /// A code as it is enrolled, however it was typed; as it was typed when it is none.
    private func notaryCode(_ typed: String) -> String { (try? NotaryCode(typed))?.text ?? typed }

    func signIn(_ area: ConsoleArea, _ request: Request, _ context: CallContext) async throws -> Response {
        let form = try await read(request, limit: 16 << 10)
        let address = context.remoteAddress?.ipAddress ?? "local"
        let isNotary = area == .notary
        let subject = isNotary ? notaryCode(form["code"]) : form["tin"]
        do {
            let holder: TokenHolder
            var tokenHash: [UInt8]?
            var shown: ConsoleStore.Password?
            let token = form["token"]
            if !token.isEmpty {
                // 160 random bits: no number of attempts finds one.
                let hash = office.registrar.vault.tokenHash(token)
                guard let found = office.tokens.holder(ofHash: hash), found.role.rawValue == area.rawValue else {
                    throw Problem.signInRefused()
                }
                (holder, tokenHash) = (found, hash)
            } else {
                guard area != .operator else { throw Problem.signInRefused() }
                try signIns.attempt(at: subject, from: address, now: office.clock.monotonic())
                holder = TokenHolder(role: isNotary ? .notary : .merchant, subject: subject)
                let password = form.fields["password"] ?? ""
                guard password.utf8.count <= PasswordHash.longest else { throw Problem.signInRefused() }
                let kept = try office.consoles.password(of: sessions.holderHash(holder))
                let isRight = try await signIns.matches(password, kept?.encoded)
                let isEnrolled =
                    isNotary
                    ? office.register.notary(code: subject) != nil : office.register.merchant(tin: subject) != nil
                guard isRight, isEnrolled else { throw Problem.signInRefused() }
                signIns.forgive(subject, from: address)
                shown = kept
            }
            // Only whoever showed token or password is told.
            try office.requireActive(holder)
            // Who was somebody else before is no longer.
            if let earlier = try sessions.visitor(request) { try office.consoles.end(session: earlier.session) }
            var response = Console.redirect(to: area.path)
            response.headers[.setCookie] = try sessions.begin(holder, token: tokenHash, password: shown)
            return response
        } catch let failure as Failure
            where [.signInRefused, .signInTooOften, .notarySuspended].contains(failure.problem)
        {
            return signInPage(area, request, failure: failure, subject: isNotary ? form["code"] : subject)
        }
    }
}
