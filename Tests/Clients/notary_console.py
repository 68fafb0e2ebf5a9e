"""A notary at the console: pages asked for and forms sent over plain HTTP, the keyboard in a browser, and the fixtures of the tests."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import secrets
from datetime import datetime, timedelta, timezone

import pytest
from browser import Browser
from console import Page, Screen, Visitor, page
from selenium.webdriver.common.action_chains import ActionChains
from signing import Office
from tamga import eventually

TAB, ENTER, DOWN = "\ue004", "\ue007", "\ue015"
MAIN, OTHER = "NT001", "NT002"
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
    if answer.headers["location"] == draft:
        # Another notary's act is not shown: only what was filed about it.
        return visitor.page(draft).facts()["Act"]
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


def draft_rows(visitor: Visitor) -> list[list[str]]:
    told = visitor.page("/notary")
    tables = [each for each in told.main.all("table") if "Saved" in each.text]
    return [[cell.text for cell in row if cell.tag in ("th", "td")] for row in tables[0].one("tbody").all("tr")] if tables else []


def found(visitor: Visitor, **fields) -> list[str]:
    told = page(visitor.post("/notary/search", fields))
    return [row[0] for row in told.rows("Acts found")]


@pytest.fixture(scope="module")
def booked(visitor, pki):
    names = {"parties[0].firstName": "Өлзий", "parties[0].lastName": "Ядамын", "parties[1].firstName": "Ням", "parties[1].lastName": "Бадамын"}
    return registered(visitor, pki, power(**names))


def stops(visitor: Visitor, booked: str, wrong: str, draft: str) -> dict[str, str]:
    return {
        "today": "/notary", "new": "/notary/new", "form": "/notary/new?type=contract", "will": "/notary/new?type=will",
        "draft": f"{wrong}?focus=parties[0].role", "preview": f"{draft}/preview", "act": f"/notary/acts/{booked}",
        "revoke": f"/notary/acts/{booked}/change?what=revoked", "amend": f"/notary/acts/{booked}/change?what=amended",
        "search": "/notary/search", "book": "/notary/book", "paper": "/notary/paper", "import": "/notary/import", "office": "/notary/office", "log": "/notary/log",
        "log-act": f"/notary/log?act={booked}&others=yes", "hand-over": "/notary/office/hand-over",
        "protocol": f"/notary/office/hand-over/{MAIN}", "missing": "/notary/acts/NT001-2020-000001",
        "sign-in": "/notary/sign-in"}


# With the keyboard


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


def closing(text: str) -> str:
    """What an open statement becomes before it is signed: private lines give way to their digests."""
    return "".join(
        (f"* {hashlib.sha256(line.encode()).hexdigest()}" if line.startswith("* ") else line) + "\n"
        for line in text.split("\n")[:-1])


def wait(happens, seconds: float = 20) -> None:
    eventually(happens, seconds)


def visitor_token(visitor: Visitor) -> str:
    if not hasattr(visitor, "token"):
        visitor.token = visitor.ledger.token("notary", MAIN)
    return visitor.token
