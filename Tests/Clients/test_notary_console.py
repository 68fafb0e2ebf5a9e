"""The notary's console: acts written, signed and registered by keyboard alone, with the script and without; and who sees what."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import secrets
import urllib.parse
from datetime import datetime, timedelta, timezone

import pytest
from browser import Browser
from console import Page, Screen, Visitor, page, pictures, table_file
from selenium.webdriver.common.action_chains import ActionChains
from signing import Office

PASSWORD = "нохой хуцахад цас ордог"
TAB, ENTER, DOWN = "\ue004", "\ue007", "\ue015"
MAIN, OTHER = "NT001", "NT002"
EVIL = "<script>alert(1)</script>\"'<img src=x onerror=alert(2)>&amp;"
ULAANBAATAR = timezone(timedelta(hours=8))


def today(days: int = 0) -> str:
    return f"{datetime.now(ULAANBAATAR) + timedelta(days=days):%Y-%m-%d}"


@pytest.fixture(scope="module")
def service(module_ledger, pki):
    return module_ledger.serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def offices(service, pki):
    return {code: Office.enrol(service, pki, code) for code in (MAIN, OTHER)}


def notary(service, offices, code: str = MAIN, language: str = "en") -> Visitor:
    return Visitor(service, "notary", language).sign_in(token=offices[code].token)


@pytest.fixture(scope="module")
def visitor(service, offices):
    return notary(service, offices)


@pytest.fixture(scope="module")
def stranger(service, offices):
    return notary(service, offices, OTHER)


@pytest.fixture(scope="module")
def plain(service):
    """A browser without scripts."""
    with contextlib.closing(Browser(javascript=False)) as browser:
        yield Screen(browser, service)


@pytest.fixture(scope="module")
def scripted(service):
    with contextlib.closing(Browser()) as browser:
        yield Screen(browser, service)


# What is written


def power(**fields) -> dict[str, str]:
    """The form of a power of attorney, filled in."""
    content = secrets.token_bytes(40)
    return {
        "type": "power-of-attorney", "document.sha256": hashlib.sha256(content).hexdigest(), "document.name": "itgemjlel.pdf",
        "document.size": "40", "parties": "2",
        "parties[0].role": "principal", "parties[0].sort": "regnum", "parties[0].number": "УБ85030412",
        "parties[0].lastName": "Доржийн", "parties[0].firstName": "Бат",
        "parties[1].role": "representative", "parties[1].sort": "regnum", "parties[1].number": "АА02261105",
        "parties[1].lastName": "Ганболдын", "parties[1].firstName": "Энхтуяа",
        "details.powers": "Төлбөр хүлээн авах\nГарын үсэг зурах", "validUntil": today(200), "place": "Улаанбаатар", **fields,
    }


def sale(number: str, **fields) -> dict[str, str]:
    """A contract that engages a property."""
    return power(**{
        "type": "contract", "details.powers": "", "validUntil": "", "details.subject": "sale", "details.price": "112 000 000,00",
        "parties[0].role": "seller", "parties[1].role": "buyer", "propertyNumber": number, **fields})


def will(**fields) -> dict[str, str]:
    return power(**{
        "type": "will", "details.powers": "", "validUntil": "", "details.form": "sealed", "details.kept": "archive",
        "parties[0].role": "testator", "parties[1].role": "witness", **fields})


# Over plain HTTP


def drafted(visitor: Visitor, fields: dict, path: str = "/notary/drafts") -> str:
    """Writes a draft, and asks for its statement; gives the path of the draft."""
    place = visitor.done(path, {**fields, "do": "preview"}).headers["location"]
    assert place.endswith("/preview"), place
    return place.removesuffix("/preview")


def statement(visitor: Visitor, draft: str) -> bytes:
    answer = visitor.get(f"{draft}/statement.txt")
    assert answer.status == 200 and answer.headers["content-type"] == "text/plain; charset=utf-8", answer
    assert "attachment" in answer.headers["content-disposition"] and answer.headers["cache-control"] == "no-store"
    return answer.body


def signed(visitor: Visitor, pki, draft: str, code: str = MAIN) -> str:
    return base64.b64encode(pki.sign(statement(visitor, draft), code)).decode()


def multipart(fields: dict[str, str], files: dict[str, bytes]) -> tuple[bytes, dict]:
    boundary = "TAMGA-TEST-BOUNDARY"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]
    parts += [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.p7s"\r\n'
              f"Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n" for name, content in files.items()]
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def register(visitor: Visitor, draft: str, signature: bytes | str, *acknowledged: str):
    """A file, or base64 as text."""
    fields = {"key": visitor.key, **{f"ack-{act}": "yes" for act in acknowledged}}
    files = {"signature": signature} if isinstance(signature, bytes) else {}
    if isinstance(signature, str):
        fields["signature64"] = signature
    return visitor.ask("POST", f"{draft}/register", *multipart(fields, files))


def registered(visitor: Visitor, pki, fields: dict, code: str = MAIN, path: str = "/notary/drafts", acknowledged=()) -> str:
    """Gives the act's number."""
    draft = drafted(visitor, fields, path)
    answer = register(visitor, draft, pki.sign(statement(visitor, draft), code), *acknowledged)
    assert answer.status == 303, page(answer, answer.status).notes
    return re.fullmatch(r"/notary/acts/([A-Z]+\d+-\d{4}-\d{6,})\?done=\w+", answer.headers["location"])[1]


def changed(visitor: Visitor, pki, number: str, what: str, code: str = MAIN, **fields) -> Page:
    """Makes a change from the form that the page offers; gives the act's page."""
    told = visitor.page(f"/notary/acts/{number}/change?what={what}")
    values = form_of(told, "/notary/drafts") | {"reason": "Шалтгаан", **fields}
    assert registered(visitor, pki, values, code) == number
    return visitor.page(f"/notary/acts/{number}")


def form_of(told: Page, action: str) -> dict[str, str]:
    """The values that a form would send as it is."""
    form = told.main.one("form", action=action)
    values = {}
    for node in form:
        name = node.attributes.get("name", "")
        if not name or name in ("key", "do"):
            continue
        if node.tag == "input":
            values[name] = node.attributes.get("value", "")
        elif node.tag == "textarea":
            # The first line end is no part of it.
            values[name] = "".join(each for each in node.inside if isinstance(each, str)).removeprefix("\n")
        elif node.tag == "select":
            options = node.all("option")
            chosen = [each for each in options if "selected" in each.attributes] or options[:1]
            values[name] = chosen[0].attributes["value"]
    return values


def bad(told: Page) -> dict[str, str]:
    """What is wrong, by field: each told beside it, and tied to it."""
    wrong = {}
    ids = {node.attributes["id"]: node for node in told.main if "id" in node.attributes}
    for node in told.main:
        if "aria-invalid" in node.attributes:
            told_by = [ids[each] for each in node.attributes["aria-describedby"].split() if each.endswith("-error")]
            assert len(told_by) == 1 and told_by[0].text
            wrong[node.attributes["name"]] = told_by[0].text
    return wrong


# 1. Signing in


def test_a_token_opens_the_console_and_then_a_password_under_the_code(service, offices, plain):
    screen = plain.become(None, "en").go("/notary")
    assert (screen.path, screen.h1) == ("/notary/sign-in", "Sign in")
    screen.fill("Token", offices[OTHER].token)
    with screen.leaving():
        screen.field("Token").send_keys("\n")
    assert (screen.path, screen.h1) == ("/notary", "Today")
    assert f"Нотариатч {OTHER} · {OTHER}" in screen.driver.find_element("tag name", "header").text
    screen.follow("Office", within="header").fill("New password", PASSWORD).fill("Once more", PASSWORD + "!").press("Set it")
    assert "the two passwords differ" in screen.notes[0]
    screen.fill("New password", PASSWORD).fill("Once more", PASSWORD).press("Set it")
    assert "The password is set" in screen.notes[0]
    screen.sign_out()
    screen.fill("Notary's code", OTHER).fill("Password", PASSWORD + "?").press("Sign in")
    assert "could not be signed in" in screen.notes[0] and screen.field("Notary's code").get_attribute("value") == OTHER
    # Small letters, blanks, and Cyrillic ones that look like Latin ones.
    screen.fill("Notary's code", "nт 002").fill("Password", PASSWORD).press("Sign in")
    assert (screen.path, screen.h1) == ("/notary", "Today")
    screen.go("/merchant")
    assert screen.path == "/merchant/sign-in", "a notary is no merchant"


def test_others_do_not_get_in(service, offices, module_ledger):
    module_ledger.enrol_merchants()
    for kind, name in (("merchant", "37900846788"), ("operator", "Од"), ("auditor", "Аудитор")):
        answer = Visitor(service, "notary").try_to_sign_in(token=service.token(kind, name))
        assert answer.status == 401, kind
    assert Visitor(service, "merchant").try_to_sign_in(token=offices[MAIN].token).status == 401
    for path in ("/notary", "/notary/new", "/notary/book", "/notary/book.csv", "/notary/office", "/notary/search", "/notary/drafts/1",
                 "/notary/paper", "/notary/import", "/notary/import/template.csv",
                 f"/notary/acts/{MAIN}-2026-000001", f"/notary/acts/{MAIN}-2026-000001/evidence"):
        answer = Visitor(service, "notary").get(path)
        assert (answer.status, answer.headers["location"]) == (303, "/notary/sign-in"), path


# 2. The whole registration


def filled(screen: Screen, content: dict[str, str]) -> None:
    """Everything that a form needs is typed with the keyboard, beginning at the top of the page."""
    for field, value in content.items():
        to(screen, re.sub(r"[.\[]", "-", field).replace("]", ""))
        entry = screen.driver.switch_to.active_element
        if entry.tag_name == "select":
            choose(screen, entry, value)
        elif entry.get_attribute("type") == "date":
            # The day, month and year of a date field come in an order that depends on the system.
            for order in (value[5:7] + value[8:] + value[:4], value[8:] + value[5:7] + value[:4], value.replace("-", "")):
                entry.clear()
                key(screen, order)
                if entry.get_attribute("value") == value:
                    break
        else:
            key(screen, value)
        assert entry.get_attribute("value") == value, field


def to(screen: Screen, id: str) -> None:
    """Presses Tab until the keyboard is in the element; what it comes to on the way must be seen."""
    for _ in range(200):
        if screen.driver.switch_to.active_element.get_attribute("id") == id:
            return
        key(screen, TAB)
        assert screen.driver.execute_script("""
            const box = document.activeElement.getBoundingClientRect();
            return document.activeElement === document.body || box.width > 0 && box.height > 0;"""), "the keyboard is somewhere unseen"
    raise AssertionError(f"the keyboard never comes to {id}")


def key(screen: Screen, keys: str) -> None:
    """To wherever the keyboard is."""
    ActionChains(screen.driver).send_keys(keys).perform()


def choose(screen: Screen, entry, value: str) -> None:
    """An option, with the arrow keys."""
    for _ in range(60):
        if entry.get_attribute("value") == value:
            return
        key(screen, DOWN)
    raise AssertionError(f"no option {value}")


def pressed(screen: Screen, words: str) -> None:
    """Goes to a button or link, and presses Enter."""
    for _ in range(250):
        active = screen.driver.switch_to.active_element
        if active.tag_name in ("a", "button") and active.text.startswith(words):
            with screen.leaving():
                key(screen, ENTER)
            return
        key(screen, TAB)
    raise AssertionError(f"the keyboard never comes to {words}")


TYPED = {
    "parties[0].number": "УБ85030412", "parties[0].lastName": "Доржийн", "parties[0].firstName": "Бат",
    "parties[1].number": "АА02261105", "parties[1].lastName": "Ганболдын", "parties[1].firstName": "Энхтуяа",
    "details.powers": "Төлбөр хүлээн авах", "validUntil": today(200), "place": "Улаанбаатар",
}


@pytest.mark.parametrize("has_script", [False, True], ids=["without script", "with script"])
def test_an_act_is_registered_by_keyboard_alone(request, service, offices, pki, visitor, tmp_path, has_script):
    screen = request.getfixturevalue("scripted" if has_script else "plain")
    content = secrets.token_bytes(5_000_000)
    document = tmp_path / "Итгэмжлэл.pdf"
    document.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    screen.become(visitor, "en").go("/notary")
    pressed(screen, "Register an act")
    pressed(screen, "Power of attorney certified")
    assert screen.h1 == "Power of attorney certified"
    if has_script:
        to(screen, "document-file")
        # What the dialog of the system would do.
        screen.driver.switch_to.active_element.send_keys(str(document))
        wait(lambda: screen.driver.find_element("id", "document-sha256").get_attribute("value") == digest)
        assert screen.driver.find_element("id", "document-name").get_attribute("value") == "Итгэмжлэл.pdf"
        assert screen.driver.find_element("id", "document-size").get_attribute("value") == "5000000"
        told = screen.driver.find_element("css selector", "[data-digest-of=document] [role=status]").text
        assert told == "The digest is filled in: Итгэмжлэл.pdf"
    else:
        assert not screen.driver.find_element("id", "document-file").is_displayed()
        filled(screen, {"document.sha256": digest})
    filled(screen, TYPED)
    pressed(screen, "Read the statement and sign")
    assert screen.path.endswith("/preview"), bad(screen.page)
    text = screen.driver.find_element("id", "statement").get_attribute("textContent")
    principal = next(line for line in text.split("\n") if line.startswith("* Итгэмжлэл олгогч"))
    assert all(each in principal for each in ("Доржийн", "Бат", "РД УБ85030412")) and digest in text
    draft = screen.path.removesuffix("/preview")
    closed = statement(visitor, draft)
    assert closing(text).encode() == closed, "what is read is what is signed"
    assert hashlib.sha256(closed).hexdigest() in screen.page.main.text
    signature = tmp_path / "statement.p7s"
    signature.write_bytes(pki.sign(closed, MAIN))
    to(screen, "signature")
    screen.driver.switch_to.active_element.send_keys(str(signature))
    pressed(screen, "Register")
    assert re.fullmatch(rf"/notary/acts/{MAIN}-\d{{4}}-\d{{6}}", screen.path), screen.notes
    assert "Registered." in screen.notes[0]
    told = screen.page
    code = told.facts()["Access code"]
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
    answer = service.post("/v1/deeds/status", {"act": screen.h1, "code": code})
    assert answer.status == 200 and answer.json()["status"] == "in-force" and answer.json()["document"] == digest
    evidence = visitor.get(told.links()["Download"])
    assert evidence.status == 200
    file = tmp_path / "act.tlog-proof"
    file.write_bytes(evidence.body)
    assert service.verify(file, "--document", document, "--trust", pki.trust).status == 0


def closing(text: str) -> str:
    """What an open statement becomes before it is signed: private lines give way to their digests."""
    return "".join(
        (f"* {hashlib.sha256(line.encode()).hexdigest()}" if line.startswith("* ") else line) + "\n"
        for line in text.split("\n")[:-1])


def wait(happens, seconds: float = 20) -> None:
    end = datetime.now() + timedelta(seconds=seconds)
    while not happens():
        assert datetime.now() < end, "it does not happen"


@pytest.mark.parametrize("type", [
    "contract", "will", "power-of-attorney", "inheritance-certificate", "estate-protection", "founding-document",
    "property-rights", "share-certificate", "copy-or-translation", "signature-authenticity", "obligation-deposit",
    "notarial-notice", "other"])
def test_every_kind_is_registered_from_what_its_form_offers(service, visitor, pki, type):
    """Each field that is needed gets a value of its own sort; nothing but the page is known."""
    told = visitor.page(f"/notary/new?type={type}")
    values = form_of(told, "/notary/drafts")
    form = told.main.one("form", action="/notary/drafts")
    for label in form.all("label"):
        if "(needed)" not in label.text:
            continue
        control = next(node for node in form if node.attributes.get("id") == label.attributes["for"])
        name = control.attributes["name"]
        if values[name]:
            continue
        if control.tag == "select":
            values[name] = control.all("option")[1].attributes["value"]
        elif control.attributes.get("type") == "date":
            values[name] = control.attributes.get("max", today())
        else:
            values[name] = "1"
    values["document.sha256"] = secrets.token_hex(32)
    for row in range(int(values["parties"])):
        values |= {f"parties[{row}].number": "УБ85030412", f"parties[{row}].lastName": "Доржийн", f"parties[{row}].firstName": "Бат"}
        values[f"parties[{row}].sort"] = "regnum"
    if type == "contract":
        values |= {"details.subject": "sale", "parties[0].role": "seller", "parties[1].role": "buyer"}
    number = registered(visitor, pki, values)
    answer = service.get(f"/v1/deeds/{number}", headers={"Authorization": f"Bearer {visitor_token(visitor)}"})
    assert answer.status == 200 and answer.json()["type"] == type


def visitor_token(visitor: Visitor) -> str:
    if not hasattr(visitor, "token"):
        visitor.token = visitor.ledger.token("notary", MAIN)
    return visitor.token


# 3. Nothing is lost


def test_all_that_is_wrong_is_told_beside_its_field_and_nothing_is_lost(visitor, plain):
    fields = power(**{
        "document.sha256": "abc", "parties[0].number": "УБ85139912", "parties[0].lastName": "", "parties[1].number": "",
        "details.powers": "", "validUntil": today(5000), "reference": "№ 5", "note": EVIL, "place": "У" * 400, "document.size": "их"})
    answer = visitor.post("/notary/drafts", {**fields, "do": "preview"})
    told = page(answer, 422)
    wrong = bad(told)
    assert set(wrong) == {"document.sha256", "document.size", "parties[0].number", "parties[1].number", "details.powers",
                          "validUntil", "reference", "place"}, wrong
    assert "Digest (SHA-256) is not 64 hexadecimal digits" in wrong["document.sha256"]
    assert "УБ85139912" not in wrong["parties[0].number"], "a number is never told again"
    links = {link.attributes["href"]: link.text for link in told.main.all("a") if link.attributes["href"].startswith("#")}
    ids = {node.attributes.get("id") for node in told.main}
    assert len(links) == len(wrong) and {each[1:] for each in links} <= ids
    assert [node.attributes["name"] for node in told.main if "autofocus" in node.attributes] == ["document.sha256"]
    kept = form_of(told, told.main.all("form")[0].attributes["action"])
    assert {name: value for name, value in kept.items() if value} == {
        name: value for name, value in fields.items() if value} | {"attachments": "0"}
    # And in the draft, which another browser opens.
    path = told.main.all("form")[0].attributes["action"]
    assert form_of(visitor.page(path), path) == kept
    plain.become(visitor, "mn").go(path)
    with plain.leaving():
        plain.driver.find_element("css selector", "button[value=preview]").click()
    focus = plain.driver.switch_to.active_element
    assert focus.get_attribute("name") == "document.sha256" and focus.get_attribute("value") == "abc"
    assert "дутуу" in bad(plain.page)["details.powers"]
    assert plain.driver.find_element("id", "note").get_attribute("value") == EVIL


def test_a_role_that_is_wanting_is_told_by_its_name(visitor):
    told = page(visitor.post("/notary/drafts", {**power(**{"parties[1].role": "witness"}), "do": "preview"}), 422)
    assert "representative" in told.notes[0] and not bad(told)
    links = [link.attributes["href"] for link in told.main.all("a")]
    assert "#parties" in links and told.main.one("section", id="parties").all("p", class_="error")


def test_an_empty_form_names_every_role_that_is_wanting(visitor):
    told = page(visitor.post("/notary/drafts", {"type": "inheritance-certificate", "parties": "2", "do": "preview"}), 422)
    wanting = [link.text for link in told.main.all("a") if link.attributes["href"] == "#parties"]
    assert len(wanting) == 2 and "deceased" in wanting[0] and "heir" in wanting[1]


@pytest.mark.parametrize("word, expected", [
    ("add-party", "parties[2].role"), ("add-attachment", "attachments[0].sha256"), ("remove-party-0", None)])
def test_rows_come_and_go_and_what_was_typed_stays(visitor, plain, word, expected):
    fields = power(note="Тэмдэглэл")
    place = visitor.done("/notary/drafts", {**fields, "do": word}).headers["location"]
    told = visitor.page(place)
    action = urllib.parse.urlsplit(place).path
    values = form_of(told, action)
    focused = [node.attributes.get("name") for node in told.main if "autofocus" in node.attributes]
    assert focused == [expected] if expected else focused == ["do"]
    if word == "remove-party-0":
        assert values["parties"] == "1" and values["parties[0].firstName"] == "Энхтуяа" and "parties[1].firstName" not in values
        fields = {name: value for name, value in fields.items() if not name.startswith("parties")}
    else:
        assert values["parties" if "party" in word else "attachments"] == ("3" if "party" in word else "1")
        del fields["parties"]
    assert {name: values[name] for name in fields} == fields


def test_enter_in_a_field_saves_the_draft_and_removes_nothing(visitor, plain):
    plain.become(visitor, "en").go("/notary/new?type=power-of-attorney")
    entry = plain.driver.find_element("id", "parties-1-firstName")
    entry.send_keys("Сараа")
    with plain.leaving():
        entry.send_keys("\ue007")
    assert plain.notes[0] == "The draft is saved."
    assert plain.driver.find_element("id", "parties-1-firstName").get_attribute("value") == "Сараа"


# 4. Drafts


def draft_rows(visitor: Visitor) -> list[list[str]]:
    told = visitor.page("/notary")
    tables = [each for each in told.main.all("table") if "Saved" in each.text]
    return [[cell.text for cell in row if cell.tag in ("th", "td")] for row in tables[0].one("tbody").all("tr")] if tables else []


def test_a_draft_is_kept_listed_and_deleted_and_nobody_else_sees_it(service, visitor, stranger):
    before = len(draft_rows(visitor))
    name = f"Н{secrets.token_hex(4)}"
    path = urllib.parse.urlsplit(
        visitor.done("/notary/drafts", {**power(**{"parties[0].firstName": name}), "do": "save"}).headers["location"]).path
    rows = draft_rows(visitor)
    assert len(rows) == before + 1 and rows[0][0] == "Power of attorney certified" and f"Д.{name}" in rows[0][1]
    for answer in (stranger.get(path), stranger.get(f"{path}/preview"), stranger.get(f"{path}/statement.txt")):
        assert answer.status == 404 and name not in answer.text
    # Whoever saves over another's draft makes one of their own.
    taken = stranger.done(path, {**power(), "do": "save"}).headers["location"]
    assert urllib.parse.urlsplit(taken).path != path
    stranger.done(f"{path}/delete")
    assert name in visitor.get(path).text
    for file in service.data.glob("state.sqlite*"):
        assert name.encode() not in file.read_bytes(), "sealed"
    visitor.done(f"{path}/delete")
    assert len(draft_rows(visitor)) == before and visitor.get(path).status == 404


def test_a_draft_that_was_deleted_elsewhere_is_saved_anew(visitor):
    path = urllib.parse.urlsplit(visitor.done("/notary/drafts", {**power(), "do": "save"}).headers["location"]).path
    visitor.done(f"{path}/delete")
    again = urllib.parse.urlsplit(visitor.done(path, {**power(note="хожим"), "do": "save"}).headers["location"]).path
    assert again != path and form_of(visitor.page(again), again)["note"] == "хожим"


def test_drafts_have_limits_and_say_so(service, offices, stranger):
    answer = stranger.post("/notary/drafts", {**power(note="ү" * 140_000), "do": "save"})
    told = page(answer, 413)
    assert "256 KiB" in told.notes[0] and "ү" * 1000 in form_of(told, "/notary/drafts")["note"]
    made = []
    while len(made) < 201:
        answer = stranger.post("/notary/drafts", {**power(note=f"{len(made)}"), "do": "save"})
        if answer.status != 303:
            break
        made.append(urllib.parse.urlsplit(answer.headers["location"]).path)
    told = page(answer, 409)
    assert "200" in told.notes[0] and form_of(told, "/notary/drafts")["note"] == str(len(made))
    # One that is there is saved still.
    stranger.done(made[0], {**power(note="хэвээр"), "do": "save"})
    for path in made:
        stranger.done(f"{path}/delete")


def test_the_script_saves_what_is_typed(visitor, scripted):
    scripted.become(visitor, "en").go("/notary/new?type=other")
    name = f"А{secrets.token_hex(4)}"
    scripted.driver.find_element("id", "parties-0-firstName").send_keys(name)
    hide = "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
    scripted.driver.execute_script(hide + "document.dispatchEvent(new Event('visibilitychange'))")
    wait(lambda: scripted.path != "/notary/new")
    assert re.match(r"Draft saved at \d\d:\d\d", scripted.driver.find_element("css selector", "[data-saved]").text)
    path = scripted.path
    assert form_of(visitor.page(path), path)["parties[0].firstName"] == name
    scripted.driver.find_element("id", "note").send_keys("дараа нь")
    scripted.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    wait(lambda: form_of(visitor.page(path), path)["note"] == "дараа нь")
    assert scripted.path == path, "the same draft"
    with scripted.leaving():
        scripted.driver.find_element("css selector", "button[value=save]").click()
    assert scripted.path == path and scripted.notes[0] == "The draft is saved."
    visitor.done(f"{path}/delete")


def test_the_script_says_when_a_draft_cannot_be_saved(service, offices, scripted):
    guest = notary(service, offices)
    scripted.become(guest, "en").go("/notary/new?type=other")
    guest.post("/notary/sign-out")
    scripted.driver.find_element("id", "place").send_keys("Дархан")
    hide = "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
    scripted.driver.execute_script(hide + "document.dispatchEvent(new Event('visibilitychange'))")
    place = scripted.driver.find_element("css selector", "[data-failed]")
    wait(lambda: "The draft is not saved" in place.text)
    assert place.get_attribute("role") == "status"


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 4 << 20, (4 << 20) + 63, 20_000_003])
def test_the_script_digests_files_of_any_length(visitor, scripted, tmp_path, size):
    content = secrets.token_bytes(size)
    file = tmp_path / "баримт.bin"
    file.write_bytes(content)
    scripted.become(visitor, "en").go("/notary/search")
    scripted.driver.find_element("id", "document-file").send_keys(str(file))
    field = scripted.driver.find_element("id", "document-sha256")
    wait(lambda: field.get_attribute("value") == hashlib.sha256(content).hexdigest(), 60)


def test_no_file_leaves_the_computer(visitor, scripted, tmp_path):
    """Nothing of a file is in what the form sends, nor its path."""
    file = tmp_path / "нууц.txt"
    file.write_bytes(b"SECRET-CONTENT" * 100)
    scripted.become(visitor, "en").go("/notary/new?type=other")
    scripted.driver.find_element("id", "document-file").send_keys(str(file))
    wait(lambda: scripted.driver.find_element("id", "document-sha256").get_attribute("value"))
    sent = scripted.driver.execute_script("""
        const form = document.querySelector("form[data-autosave]");
        return [...new FormData(form).values()].filter(value => typeof value !== "string").length;""")
    assert sent == 0
    assert not scripted.driver.find_element("id", "document-file").get_attribute("name")


# 5. Signing


def test_warnings_stand_before_the_signature_and_each_is_acknowledged(visitor, pki):
    number = f"Ү-22060{secrets.randbelow(10**5):05d}"
    first = registered(visitor, pki, sale(number))
    draft = drafted(visitor, sale(number))
    told = visitor.page(f"{draft}/preview")
    boxes = told.main.all("input", type="checkbox")
    assert [box.attributes["name"] for box in boxes] == [f"ack-{first}"] and "this property is engaged" in told.main.text
    signature = pki.sign(statement(visitor, draft), MAIN)
    refused = page(register(visitor, draft, signature), 409)
    assert first in refused.notes[0]
    kept = refused.main.one("textarea", name="signature64").text
    assert base64.b64decode(kept.replace(" ", "")) == signature, "the file need not be chosen again"
    assert register(visitor, draft, kept, first).status == 303


def test_the_same_document_twice_is_warned_of(visitor, pki):
    fields = power()
    first = registered(visitor, pki, fields)
    told = visitor.page(f"{drafted(visitor, fields | {'note': 'дахин'})}/preview")
    assert "this document is registered" in told.main.text
    assert told.main.all("input", name=f"ack-{first}")


@pytest.mark.parametrize("sign, code", [
    (lambda pki, text: pki.sign(text, OTHER), "not the one enrolled"), (lambda pki, text: pki.sign(text + b" ", MAIN), "other content"),
    (lambda pki, text: b"not a signature", "CMS"), (lambda pki, text: b"", "no signature was given"),
    (lambda pki, text: pki.sign(text, "NT902"), "revoked"), (lambda pki, text: pki.sign(text, "NT901"), "expired"),
    (lambda pki, text: pki.sign(text, "NT906"), "root")],
    ids=["another notary", "other content", "no CMS", "nothing", "revoked", "expired", "unknown root"])
def test_a_signature_that_does_not_hold_is_told_and_the_draft_stays(service, visitor, pki, sign, code):
    draft = drafted(visitor, power())
    size = service.size
    answer = register(visitor, draft, sign(pki, statement(visitor, draft)))
    told = page(answer, answer.status)
    assert 400 <= answer.status < 500 and code in told.notes[0], told.notes
    assert [node.attributes["name"] for node in told.main if "autofocus" in node.attributes] == ["signature"]
    assert service.size == size
    # The right one goes after it.
    assert register(visitor, draft, pki.sign(statement(visitor, draft), MAIN)).status == 303


@pytest.mark.parametrize("form", ["base64", "lines", "pem"])
def test_a_signature_may_be_pasted(visitor, pki, form):
    draft = drafted(visitor, power())
    text = signed(visitor, pki, draft)
    if form != "base64":
        text = "\r\n".join(re.findall(".{1,64}", text))
    if form == "pem":
        text = f"-----BEGIN CMS-----\r\n{text}\r\n-----END CMS-----\r\n"
    assert register(visitor, draft, text).status == 303


def test_pressing_twice_registers_once(service, visitor, pki):
    draft = drafted(visitor, power())
    signature = pki.sign(statement(visitor, draft), MAIN)
    first, size = register(visitor, draft, signature), service.size
    again = register(visitor, draft, signature)
    assert again.status == 303 and again.headers["location"] == first.headers["location"].split("?")[0] and service.size == size
    assert visitor.get(f"{draft}/preview").status == 303 and visitor.get(draft).status == 303
    assert "Бат" not in visitor.post(draft, {**power(), "do": "save"}).headers["location"] and not any(
        "Power" in row[0] and row[2] == "" for row in draft_rows(visitor))


# 6. Acts and their changes


def test_an_act_is_shown_whole(visitor, pki):
    fields = power(note=EVIL, attachments="1", **{"attachments[0].sha256": "ab" * 32, "attachments[0].name": "хавсралт.pdf"})
    number = registered(visitor, pki, fields)
    told = visitor.page(f"/notary/acts/{number}")
    facts = told.facts()
    assert facts["Status"] == "in force" and facts["Note"] == " ".join(EVIL.split()) and facts["Place"] == "Улаанбаатар"
    assert ["Доржийн Бат", "principal", "Register number", "УБ85030412"] in told.rows("Parties")
    assert facts["Powers"] == "Төлбөр хүлээн авах Гарын үсэг зурах" and "ab" * 32 in told.main.text
    assert facts["serviceId"] == "3" and facts["bookNumber"] == number and facts["regnum"] == "УБ85030412"


def test_an_act_is_amended_corrected_and_revoked(service, visitor, pki, tmp_path):
    number = registered(visitor, pki, power())
    told = changed(visitor, pki, number, "amended", place="Дархан", by="parties", reason="Талууд тохирсон")
    assert told.facts()["Status"] == "in force, amended" and told.facts()["Place"] == "Дархан"
    told = changed(visitor, pki, number, "corrected", **{"parties[0].lastName": "Дорж-Очирын"})
    assert told.facts()["Status"] == "in force, corrected"
    assert [row[0] for row in told.rows("Parties")] == ["Дорж-Очирын Бат", "Ганболдын Энхтуяа"]
    told = changed(visitor, pki, number, "revoked", by="court", **{
        "basis.court": "Сүхбаатар дүүргийн шүүх", "basis.number": "123", "basis.date": today()})
    assert told.facts()["Status"] == "revoked" and not [link for link in told.links() if link in ("Amendment", "Revocation")]
    history = told.rows("History of changes")
    assert [row[1] for row in history] == ["Amendment", "Correction", "Revocation"]
    assert [row[2] for row in history] == ["The parties", "The notary", "A court"] and "№ 123" in history[2][4]
    for link in [each.attributes["href"] for each in told.main.all("a") if "evidence?entry=" in each.attributes["href"]]:
        file = tmp_path / "change.tlog-proof"
        file.write_bytes(visitor.get(link).body)
        assert service.verify(file, "--trust", pki.trust).status == 0, link


def test_a_change_of_what_was_changed_meanwhile_is_refused_and_made_again(visitor, pki):
    number = registered(visitor, pki, power())
    values = form_of(visitor.page(f"/notary/acts/{number}/change?what=amended"), "/notary/drafts")
    draft = drafted(visitor, values | {"reason": "Нэг", "place": "Эрдэнэт"})
    signature = pki.sign(statement(visitor, draft), MAIN)
    changed(visitor, pki, number, "corrected", place="Чойр")
    answer = register(visitor, draft, signature)
    assert "was changed meanwhile" in page(answer, 409).main.text
    told = page(visitor.get(f"{draft}/preview"), 409)
    assert told.links()["Open the draft"] == draft
    assert registered(visitor, pki, form_of(visitor.page(draft), draft), path=draft) == number
    assert visitor.page(f"/notary/acts/{number}").facts()["Place"] == "Эрдэнэт"


def test_what_a_change_lacks_is_told_beside_its_field(visitor, pki):
    number = registered(visitor, pki, power())
    values = form_of(visitor.page(f"/notary/acts/{number}/change?what=revoked"), "/notary/drafts")
    told = page(visitor.post("/notary/drafts", {**values, "by": "court", "do": "preview"}), 422)
    assert set(bad(told)) == {"reason", "basis.court", "basis.number", "basis.date"}
    told = page(visitor.post("/notary/drafts", {**values, "reason": "x", "by": "principal", "do": "preview"}), 422)
    assert set(bad(told)) == {"principal.number"}
    values |= {"reason": "x", "by": "principal", "principal.sort": "regnum", "principal.number": "АА02261105", "do": "preview"}
    assert "is not the principal" in page(visitor.post("/notary/drafts", values), 403).notes[0]


def test_a_will_is_closed_until_it_is_opened(visitor, pki):
    number = registered(visitor, pki, will())
    told = visitor.page(f"/notary/acts/{number}")
    assert "Closed" in told.facts() and "Opening of a will" in told.links()
    assert "note" not in form_of(visitor.page("/notary/new?type=will"), "/notary/drafts")
    told = changed(visitor, pki, number, "opened")
    assert "Closed" not in told.facts() and "Opening of a will" not in told.links()


def test_another_notary_revokes_for_the_principal_and_sees_nothing(visitor, stranger, pki):
    number = registered(visitor, pki, power())
    for path in (f"/notary/acts/{number}", f"/notary/acts/{number}/evidence", f"/notary/acts/{number}/change?what=amended"):
        answer = stranger.get(path)
        assert answer.status == 404 and "Дорж" not in answer.text, path
    place = stranger.get(f"/notary/change?act={number.lower()}").headers["location"]
    told = stranger.page(place)
    assert "Дорж" not in told.main.text
    values = form_of(told, "/notary/drafts")
    assert values["by"] == "principal"
    values |= {"reason": "Хүсэлтээр", "principal.sort": "regnum", "principal.number": "уб 85030412"}
    assert registered(stranger, pki, values, OTHER) == number
    assert "Дорж" not in stranger.page(f"/notary/acts/{number}?done=revoked").main.text
    assert visitor.page(f"/notary/acts/{number}").facts()["Status"] == "revoked"


# 7. Search and the register book


def found(visitor: Visitor, **fields) -> list[str]:
    told = page(visitor.post("/notary/search", fields))
    return [row[0] for row in told.rows("Acts found")]


def test_acts_are_found_by_what_is_known_of_them(visitor, stranger, pki):
    regnum = f"ЦЧ9{secrets.randbelow(10)}0517{secrets.randbelow(100):02d}"
    place = f"Ү-22070{secrets.randbelow(10**5):05d}"
    fields = sale(place, **{"parties[1].number": regnum, "parties[1].firstName": "Сарнай"})
    first = registered(visitor, pki, fields)
    second = registered(visitor, pki, power(**{"parties[0].number": regnum}))
    answer = visitor.post("/notary/search", {"number": first.lower().replace("-", " / ")})
    assert (answer.status, answer.headers.get("location")) == (303, f"/notary/acts/{first}")
    assert found(visitor, sort="regnum", party=regnum.lower()) == [second, first]
    assert found(visitor, **{"document-sha256": fields["document.sha256"].upper()}) == [first]
    assert found(visitor, property=place.lower()) == [first]
    assert found(visitor, sort="civilId", party="123456789012") == []
    for query in ({"sort": "regnum", "party": regnum}, {"document-sha256": fields["document.sha256"]}, {"property": place},
                  {"number": first}):
        assert found(stranger, **query) == [], query
    assert page(visitor.post("/notary/search", {"sort": "regnum", "party": "x"}), 422).notes
    assert page(visitor.post("/notary/search", {}), 400).notes


def test_long_lists_come_in_pages(visitor, pki):
    regnum = f"ШЩ8{secrets.randbelow(10)}0517{secrets.randbelow(100):02d}"
    made = [registered(visitor, pki, power(**{"parties[0].number": regnum})) for _ in range(52)]
    told = page(visitor.post("/notary/search", {"sort": "regnum", "party": regnum}))
    seen = [row[0] for row in told.rows("Acts found")]
    assert len(seen) == 50
    more = [form for form in told.main.all("form") if form.all("input", name="before")][0]
    values = {node.attributes["name"]: node.attributes["value"] for node in more.all("input")}
    seen += [row[0] for row in page(visitor.post("/notary/search", values)).rows("Acts found")]
    assert seen == made[::-1]


@pytest.fixture(scope="module")
def booked(visitor, pki):
    names = {"parties[0].firstName": "Өлзий", "parties[0].lastName": "Ядамын", "parties[1].firstName": "Ням", "parties[1].lastName": "Бадамын"}
    return registered(visitor, pki, power(**names))


def test_the_register_book_is_whole_on_screen_and_in_a_file(service, visitor, pki, booked):
    year = booked.split("-")[1]
    told = visitor.page(f"/notary/book?year={year}")
    rows = told.rows("By number")
    numbers = [row[0] for row in rows]
    assert numbers == [f"{MAIN}-{year}-{each:06d}" for each in range(1, len(rows) + 1)] and booked in numbers
    assert f"No gap from number 1 to {len(rows)}" in told.main.text
    row = rows[numbers.index(booked)]
    assert row[3] == "Б.Ням, Я.Өлзий", "by given name, in the order of the alphabet: Н before Ө"
    file = table_file(visitor.get(f"/notary/book.csv?year={year}"))
    assert [line["number"] for line in file] == numbers
    line = file[numbers.index(booked)]
    assert line["parties"] == "Б.Ням, Я.Өлзий" and line["status"] == "in-force" and line["document"].startswith(row[4].rstrip("…"))
    day = visitor.page(f"/notary/book?day={today()}&year=")
    assert [row[0] for row in day.rows("By number")] == numbers, "all of them are of today"
    assert not visitor.page("/notary/book?day=2020-01-01").rows("By number")
    for query in ("day=2026-02-30", "day=x", "year=abc", "year=99999"):
        assert visitor.get(f"/notary/book?{query}").status == 400, query
    assert visitor.get(f"/notary/book?notary={OTHER}").status == 404


def test_the_book_is_printed_with_a_place_for_signatures(visitor, plain, booked, tmp_path):
    plain.become(visitor, "mn").go("/notary/book")
    words = plain.printed()
    assert booked in words and "Үйлчлүүлэгчийн гарын үсэг" in words and "Харуулах" not in words
    plain.browser.pdf(tmp_path / "book.pdf")
    assert (tmp_path / "book.pdf").read_bytes().startswith(b"%PDF")


def test_today_shows_the_acts_of_today(visitor, booked):
    told = visitor.page("/notary")
    row = next(row for row in told.rows("Newest first") if row[0] == booked)
    assert row[2:] == ["Power of attorney certified", "Б.Ням, Я.Өлзий", "in force"]


def test_who_is_suspended_sees_it_and_registers_nothing(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    office = Office.enrol(ledger, pki, MAIN)
    guest = Visitor(ledger, "notary").sign_in(token=office.token)
    draft = drafted(guest, power())
    signature = pki.sign(statement(guest, draft), MAIN)
    ledger.must("issuer", "suspend", "--id", MAIN)
    assert "You are suspended" in guest.page("/notary").main.text
    assert guest.page("/notary/office").facts()["State"] == "suspended"
    answer = register(guest, draft, signature)
    assert answer.status in (403, 409, 422) and page(answer, answer.status).main.text
    ledger.must("issuer", "resume", "--id", MAIN)
    assert register(guest, draft, signature).status == 303


# 8. For everybody, and for nobody else


def stops(visitor: Visitor, booked: str, wrong: str, draft: str) -> dict[str, str]:
    return {
        "today": "/notary", "new": "/notary/new", "form": "/notary/new?type=contract", "will": "/notary/new?type=will",
        "draft": f"{wrong}?focus=parties[0].role", "preview": f"{draft}/preview", "act": f"/notary/acts/{booked}",
        "revoke": f"/notary/acts/{booked}/change?what=revoked", "amend": f"/notary/acts/{booked}/change?what=amended",
        "search": "/notary/search", "book": "/notary/book", "paper": "/notary/paper", "import": "/notary/import", "office": "/notary/office", "missing": "/notary/acts/NT001-2020-000001",
        "sign-in": "/notary/sign-in"}


@pytest.mark.parametrize("language, width", [("mn", 1280), ("mn", 360), ("en", 360)])
def test_every_page_is_for_everybody(service, visitor, pki, booked, language, width, tmp_path):
    """No barrier that axe finds, no control without a label, nothing to scroll sideways for; also with a page full of problems."""
    registered(visitor, pki, sale("Ү-2299000001"), acknowledged=[
        box.attributes["name"].removeprefix("ack-") for box in visitor.page(
            f"{drafted(visitor, sale('Ү-2299000001'))}/preview").main.all("input", type="checkbox")])
    told = page(visitor.post("/notary/drafts", {"type": "power-of-attorney", "parties": "2", "attachments": "1", "do": "preview"}), 422)
    wrong = told.main.all("form")[0].attributes["action"]
    draft = drafted(visitor, sale("Ү-2299000001"))
    found = []
    with contextlib.closing(Browser(width=width)) as browser:
        screen = Screen(browser, service).become(visitor, language)
        for name, path in stops(visitor, booked, wrong, draft).items():
            screen.go(path)
            if name == "draft":
                with screen.leaving():
                    screen.driver.find_element("css selector", "button[value=preview]").click()
                assert bad(screen.page)
            before = len(found)
            found += [f"{name}: {what}" for what in (
                *screen.browser.violations(), *screen.unlabelled(), *filter(None, [
                    screen.overflow(), screen.driver.title != f"{screen.h1} – Tamga" and screen.driver.title]))]
            if pictures() or len(found) > before:
                screen.browser.screenshot((pictures() or tmp_path) / f"notary-{name}-{language}-{width}.png")
    assert not found, "\n".join(found)


def test_pages_hold_no_script_but_the_one_file(service, visitor, booked, pki):
    draft = drafted(visitor, power(note=EVIL, **{"parties[0].firstName": EVIL}))
    for name, path in stops(visitor, booked, draft, draft).items():
        answer = visitor.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and answer.headers["cache-control"] == "no-store", name
        for node in Page(answer.text).root:
            assert node.tag not in ("style", "img", "iframe", "object", "base"), name
            assert not [given for given in node.attributes if given == "style" or given.startswith("on")], name
            if node.tag == "script":
                assert node.attributes == {"src": "/notary.js", "defer": ""} and not node.text
                assert "script-src 'self'" in policy
    script = service.get("/notary.js")
    assert script.status == 200 and script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "eval" not in script.text and "http:" not in script.text and "https:" not in script.text


@pytest.mark.parametrize("path", ["/notary/drafts", "/notary/drafts/1", "/notary/drafts/1/delete", "/notary/drafts/1/register",
                                  "/notary/search", "/notary/office", "/notary/import"])
def test_forms_of_other_pages_do_nothing(visitor, stranger, path):
    size = visitor.ledger.size
    for options in ({"fields": {"key": None}}, {"fields": {"key": stranger.key}}, {"fields": {"key": ""}},
                    {"headers": {"Sec-Fetch-Site": "cross-site"}}, {"headers": {"Origin": "https://evil.example"}}):
        answer = visitor.post(path, options.get("fields"), headers=options.get("headers"))
        assert answer.status == 403 and "nothing was done" in answer.text, (path, options)
    assert visitor.ledger.size == size


def test_odd_forms_are_refused_without_a_fault(visitor):
    for fields in ({}, {"type": "nothing"}, {"type": "will", "parties": "-5"}, {"type": "will", "parties": "9" * 30},
                   {"type": "will", "parties[99999].name": "x"}, {"change": "revoked", "act": "x"},
                   {"change": "amended", "act": f"{MAIN}-2020-000001"}, {"type": "other", "do": "remove-party-99"},
                   {"type": "other", "do": "add-party", "parties": "100"}, {"change": "opened"}, {"type": "other", "do": "x" * 5000}):
        answer = visitor.post("/notary/drafts", {"do": "preview", **fields})
        assert answer.status < 500, (fields, answer.status)
        if answer.status == 303:
            visitor.post(urllib.parse.urlsplit(answer.headers["location"]).path.removesuffix("/preview") + "/delete")
    for path in ("/notary/drafts/x", "/notary/drafts/-1", "/notary/drafts/99999999999999999999", "/notary/acts/x", "/notary/acts/%00",
                 "/notary/acts/NT001-2026-000001/change?what=x", "/notary/change?act=x", "/notary/new?type=x"):
        assert visitor.get(path).status < 500, path
