import Catalogue
import Filing
import LedgerEngine
import Registry

/// Setting the password of a console.
extension Console {
    /// - Parameter action: the path that takes the form.
    func passwordForm(_ visitor: Visitor, action: String, failure: Failure?, isDone: Bool) -> HTML {
        let say = Speaker(language: visitor.language)
        let done: HTML =
            isDone
            ? Page.good(
                say(
                    "Нууц үгийг тохирууллаа; бусад нэвтрэлт дууслаа.", "The password is set; other sessions have ended."
                ))
            : .empty
        // Who came with a token may set one anew.
        let present: HTML =
            visitor.isByToken
            ? .empty
            : """
            <div class="field"><label for="present">\(say("Одоогийн нууц үг", "Present password"))</label>\
            <input id="present" name="present" type="password" autocomplete="current-password" required></div>
            """
        return """
            \(failure.map { Page.note($0, say) })\(done)
            <form class="panel" method="post" action="\(action)">\(Page.key(visitor))
            <input type="hidden" name="username" value="\(visitor.subject)" autocomplete="username">
            \(present)
            <div class="field"><label for="password">\(say("Шинэ нууц үг", "New password"))</label>
            <input id="password" name="password" type="password" autocomplete="new-password" minlength="\(PasswordHash.shortest)" required aria-describedby="hint">
            <p class="hint" id="hint">\(say("Хамгийн багадаа \(PasswordHash.shortest) тэмдэгт; хэдэн үгтэй өгүүлбэр тохиромжтой.", "At least \(PasswordHash.shortest) characters; several words are fine."))</p></div>
            <div class="field"><label for="again">\(say("Нууц үгээ давтах", "Once more"))</label><input id="again" name="again" type="password" autocomplete="new-password" required></div>
            <button>\(say("Тохируулах", "Set it"))</button></form>
            """
    }

    /// Sets the password that a form sent; other sessions end.
    ///
    /// - Returns: false when the session has ended meanwhile: nothing is changed then.
    /// - Throws: `password-too-short`, `passwords-differ`, `password-wrong`, `sign-in-too-often`.
    func setPassword(_ form: FormBody, _ visitor: Visitor) async throws -> Bool {
        let password = form.fields["password"] ?? ""
        guard password.count >= PasswordHash.shortest, password.utf8.count <= PasswordHash.longest else {
            throw Problem.passwordTooShort(["count": String(PasswordHash.shortest)])
        }
        guard password == form.fields["again"] ?? "" else { throw Problem.passwordsDiffer() }
        let holder = sessions.holderHash(visitor.holder)
        if !visitor.isByToken {
            try signIns.attempt(at: visitor.subject, from: "console", now: office.clock.monotonic())
            let kept = try office.consoles.password(of: holder)
            guard try await signIns.matches(form.fields["present"] ?? "", kept?.encoded) else {
                throw Problem.passwordWrong()
            }
            signIns.forgive(visitor.subject, from: "console")
        }
        let encoded = try await signIns.encode(password)
        return try office.consoles.setPassword(encoded, of: holder, from: visitor.session)
    }
}
