"""The notary's console: who gets in, and acts registered: by keyboard alone, with the script and without; nothing typed is lost."""

from __future__ import annotations

import hashlib
import re
import secrets
import urllib.parse

import pytest
from console import EVIL, PASSWORD, Visitor, page
from notary_console import (
    MAIN, OTHER, TYPED, bad, closing, filled, form_of, offices, plain, power, pressed, registered,
    scripted, service, statement, to, today, visitor, visitor_token, wait,
)


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
    for path in ("/notary", "/notary/new", "/notary/book", "/notary/book.csv", "/notary/paper", "/notary/import", "/notary/import/template.csv", "/notary/office", "/notary/search", "/notary/drafts/1",
                 f"/notary/acts/{MAIN}-2026-000001", f"/notary/acts/{MAIN}-2026-000001/evidence"):
        answer = Visitor(service, "notary").get(path)
        assert (answer.status, answer.headers["location"]) == (303, "/notary/sign-in"), path


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
