"""The consoles as people use them: a browser with its keyboard and mouse, and a visitor over plain HTTP."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import time
import urllib.parse
from decimal import Decimal
from pathlib import Path

import tamga
from browser import Browser
from pages import Page, page
from tamga import Answer, Ledger

SESSION, LANGUAGE = "__Host-tamga", "__Host-tamga-language"
FORM = "application/x-www-form-urlencoded"
PASSWORD = "нохой хуцахад цас ордог"
EVIL = "<script>alert(1)</script>\"'<img src=x onerror=alert(2)>&amp;"
# Signing in is slowed down by address: each visitor comes from a loopback address of its own.
ADDRESSES = (f"127.0.{high}.{low}" for high, low in itertools.product(range(1, 250), range(1, 250)))


# Over plain HTTP


class Visitor:
    """Whoever speaks HTTP to a console, with cookies sent by hand. Never follows a redirect."""

    def __init__(self, ledger: Ledger, area: str = "merchant", language: str = "en"):
        self.ledger, self.area, self.language = ledger, f"/{area}", language
        self.source = next(ADDRESSES)
        self.session = ""
        self.key = ""

    def ask(self, method: str, path: str, body: bytes | None = None, headers=None, session: str | None = None) -> Answer:
        session = self.session if session is None else session
        sent = {"Cookie": f"{LANGUAGE}={self.language}" + (f"; {SESSION}={session}" if session else ""), **(headers or {})}
        connection = http.client.HTTPConnection(self.ledger.api, timeout=20, source_address=(self.source, 0))
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **options) -> Answer:
        return self.ask("GET", path, **options)

    def page(self, path: str, status: int = 200) -> Page:
        return page(self.get(path), status)

    def post(self, path: str, fields: dict | None = None, headers=None, **options) -> Answer:
        """Sends a form as a page has it: with the session's key, unless the fields name another, or `None` for none."""
        fields = {"key": self.key, **(fields or {})}
        body = urllib.parse.urlencode({name: value for name, value in fields.items() if value is not None})
        return self.ask("POST", path, body.encode(), {"Content-Type": FORM, **(headers or {})}, **options)

    def done(self, path: str, fields: dict | None = None) -> Answer:
        """A form that is taken, and leads elsewhere."""
        answer = self.post(path, fields)
        assert answer.status == 303, page(answer, answer.status).notes
        return answer

    def try_to_sign_in(self, **fields) -> Answer:
        return self.post(f"{self.area}/sign-in", {"key": None, **fields}, session="")

    def sign_in(self, **fields) -> "Visitor":
        answer = self.try_to_sign_in(**fields)
        assert (answer.status, answer.headers.get("location")) == (303, self.area), answer
        (name, value), *rest = (part.strip().partition("=")[::2] for part in answer.headers["set-cookie"].split(";"))
        assert name == SESSION and {"Secure", "HttpOnly"} <= {part for part, _ in rest} and ("SameSite", "Strict") in rest
        assert ("Path", "/") in rest and "Domain" not in dict(rest)
        self.session = value
        self.key = Page(self.get(self.area).text).root.all("input", name="key")[0].attributes["value"]
        return self

    @property
    def is_in(self) -> bool:
        answer = self.get(self.area)
        assert (answer.status, answer.headers.get("location")) in [(200, None), (303, f"{self.area}/sign-in")], answer
        return answer.status == 200

    def settled(self, seconds: float = 15) -> "Visitor":
        """Waits until lists and sums have everything that is durable."""
        end = time.monotonic() + seconds
        while warning := self.page(self.area).root.one("footer").all("p", class_="warn"):
            assert time.monotonic() < end, warning[0].text
            time.sleep(0.02)
        return self

    def upload(self, path: str, fields: dict, file: bytes, name: str = "receipts.ndjson") -> Answer:
        """A form with a file."""
        boundary = "TAMGA-TEST-BOUNDARY"
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
                 for key, value in {"key": self.key, **fields}.items()]
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                     f"Content-Type: application/octet-stream\r\n\r\n".encode() + file + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def month(self, month: str) -> dict:
        """The JSON file of a month."""
        answer = self.get(f"/merchant/months/{month}/receipts.json")
        assert answer.status == 200 and answer.headers["content-type"] == "application/json; charset=utf-8", answer
        return json.loads(answer.body, parse_float=Decimal, parse_int=Decimal)

    def entry(self, number: str) -> int:
        """The entry of a receipt, as searching for its number finds it."""
        found = self.get(f"/merchant/receipts?number={number}")
        assert found.status == 303, found
        return int(found.headers["location"].removeprefix("/merchant/receipts/"))


def merchant(ledger: Ledger, tin: str = tamga.MERCHANT, language: str = "en") -> Visitor:
    """A merchant, signed in with a new token."""
    return Visitor(ledger, language=language).sign_in(token=ledger.token("merchant", tin))


def operator(ledger: Ledger, name: str = "Оператор Од", language: str = "en") -> Visitor:
    return Visitor(ledger, "operator", language).sign_in(token=ledger.token("operator", name))


# In a browser


class Screen:
    """What a person does in a browser: finds by words, fills in, presses, follows."""

    def __init__(self, browser: Browser, ledger: Ledger):
        self.browser, self.driver = browser, browser.driver
        self.ledger = ledger

    def go(self, path: str) -> "Screen":
        self.browser.open(f"http://{self.ledger.api}{path}")
        return self

    def become(self, visitor: Visitor | None, language: str = "") -> "Screen":
        """Takes over a session, as if it had been begun here."""
        # A page without a policy of its own on cookies, at the same host.
        self.go("/healthz")
        self.driver.delete_all_cookies()
        cookies = {SESSION: visitor.session if visitor else "", LANGUAGE: language}
        for name, value in cookies.items():
            if value:
                self.driver.add_cookie({"name": name, "value": value, "path": "/", "secure": True, "sameSite": "Strict"})
        return self

    # What is seen

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.driver.current_url).path

    @property
    def page(self) -> Page:
        return Page("<!DOCTYPE html>" + self.driver.execute_script("return document.documentElement.outerHTML"))

    @property
    def h1(self) -> str:
        return self.driver.find_element("tag name", "h1").text

    @property
    def notes(self) -> list[str]:
        return self.page.notes

    # What is done

    @contextlib.contextmanager
    def leaving(self):
        """Waits until what is done leads to another page."""
        before = self.driver.find_element("tag name", "html")
        yield
        end = time.monotonic() + 20
        while True:
            with contextlib.suppress(Exception):
                now = self.driver.find_element("tag name", "html")
                if now != before and self.driver.execute_script("return document.readyState") == "complete":
                    return
            assert time.monotonic() < end, f"nothing comes after {self.path}"
            time.sleep(0.01)

    def press(self, words: str) -> "Screen":
        """A button, by its words."""
        with self.leaving():
            self.driver.find_element("xpath", f'//main//button[starts-with(normalize-space(), "{words}")]').click()
        return self

    def sign_out(self) -> "Screen":
        with self.leaving():
            self.driver.find_element("css selector", "header form button").click()
        return self

    def follow(self, words: str, within: str = "main") -> "Screen":
        """A link, by its words."""
        with self.leaving():
            self.driver.find_element("xpath", f'//{within}//a[starts-with(normalize-space(), "{words}")]').click()
        return self

    def field(self, label: str):
        """What a label of the page is for."""
        found = self.driver.find_element("xpath", f'//main//label[starts-with(normalize-space(), "{label}")]')
        return self.driver.find_element("id", found.get_attribute("for"))

    def fill(self, label: str, value: str) -> "Screen":
        entry = self.field(label)
        if entry.get_attribute("type") == "date" or entry.tag_name == "textarea":
            # How a date is typed depends on the system's language, and long texts are pasted.
            self.driver.execute_script("arguments[0].value = arguments[1]", entry, value)
            return self
        if entry.get_attribute("type") != "file":
            entry.clear()
        entry.send_keys(value)
        return self

    # What is judged

    def overflow(self) -> str:
        """What makes the page wider than the window; empty when nothing does."""
        return self.driver.execute_script("""
            const wide = document.scrollingElement.clientWidth;
            if (document.scrollingElement.scrollWidth <= wide) return "";
            const beyond = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > wide + 1
              && !e.closest(".scroll, svg")).slice(0, 5);
            return `${document.scrollingElement.scrollWidth} of ${wide} px: `
              + beyond.map(e => e.outerHTML.slice(0, 120)).join(" | ");
            """)

    def complaints(self) -> list[str]:
        """What the browser has to say of pages since it was asked last, such as what their policy forbids; not that one was refused."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["source"] != "network"]

    def unlabelled(self) -> list[str]:
        """Controls that no label names."""
        return self.driver.execute_script("""
            return [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
              .filter(e => ![...e.labels].some(l => l.textContent.trim())).map(e => e.outerHTML);
            """)

    def printed(self) -> str:
        """The words that are on paper when the page is printed."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        try:
            return self.driver.execute_script("return document.body.innerText")
        finally:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def pictures() -> Path | None:
    """Where pictures of all pages are wanted."""
    named = os.environ.get("TAMGA_SCREENSHOTS")
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
    return Path(named) if named else None
