"""The page where a notary hands in documents and fetches them: plain forms, in a browser with and without scripts, and by hand."""

import contextlib
import secrets

import pytest
from browser import Browser
from console import Screen, Visitor, page, pictures
from kept_documents import sha256
from signing import act, document

PLAN = secrets.token_bytes(3000)


@pytest.fixture(scope="module")
def service(module_ledger, pki):
    return module_ledger.serve("--trust", pki.trust, "--keep-documents", "--document-limit", "1")


@pytest.fixture
def case(office):
    content = secrets.token_bytes(70_000)
    draft = act(content, attachments=[document(PLAN)])
    return office.registered(draft).json()["act"], content


def visitor(service, office, language: str = "en") -> Visitor:
    return Visitor(service, "notary", language).sign_in(token=office.token)


def form(*parts: tuple[str, str | None, bytes], boundary: str = "----xYz") -> tuple[bytes, dict[str, str]]:
    body = b""
    for name, file, content in parts:
        head = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file is not None else "")
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def places(shown) -> list[str]:
    """Where each document is, as the page says."""
    told = zip(shown.main.all("dt"), shown.main.all("dd"), strict=True)
    return [place.text for term, place in told if term.text in ("Where", "Хаана")]


def test_files_are_handed_in_and_fetched_by_a_plain_form(service, office, case):
    number, content = case
    path = f"/notary/acts/{number}/documents"
    one = visitor(service, office)
    shown = one.page(path)
    assert one.page(f"/notary/acts/{number}").links()["Files of the documents: keep, fetch"] == path
    names = [node.attributes["name"] for node in shown.main.all("input", type="file")]
    assert names == [sha256(content), sha256(PLAN)]
    # One is chosen, the other not: a browser sends it empty.
    body, headers = form(("key", None, one.key.encode()), (names[0], "гэрээ.pdf", content), (names[1], "", b""))
    answer = one.ask("POST", path, body, headers)
    assert (answer.status, answer.headers["location"]) == (303, f"{path}?kept=1")
    shown = one.page(f"{path}?kept=1")
    assert shown.notes == ["Kept: 1"]
    assert places(shown) == ["kept here, encrypted", "with the notary"]
    fetched = one.get(f"{path}/{names[0]}")
    assert fetched.status == 200 and fetched.body == content
    assert fetched.headers["content-type"] == "application/octet-stream"


def test_a_file_that_is_refused_keeps_no_other_from_being_kept(service, office, case):
    number, content = case
    path = f"/notary/acts/{number}/documents"
    one = visitor(service, office, "mn")
    wrong = b"\r\n----xY another one"
    body, headers = form(("key", None, one.key.encode()), (sha256(content), "a", wrong), (sha256(PLAN), "b", PLAN))
    shown = page(one.ask("POST", path, body, headers), 422)
    assert any("хураангуйтай баримт биш" in note for note in shown.notes) and "Хадгаллаа: 1" in shown.notes
    assert places(shown) == ["нотариатчид", "энд, шифрлэсэн"]
    body, headers = form(("key", None, one.key.encode()), (sha256(content), "a", b"x" * ((1 << 20) + 1)))
    assert any("1 МиБ" in note for note in page(one.ask("POST", path, body, headers), 413).notes)
    body, headers = form(("key", None, one.key.encode()), (sha256(b"?"), "a", b"?"))
    assert places(page(one.ask("POST", path, body, headers), 404))
    assert one.get(f"{path}/{sha256(content)}").status == 404


def test_who_may_hand_in_and_fetch(service, office, other, case):
    number, content = case
    path = f"/notary/acts/{number}/documents"
    one, stranger = visitor(service, office), visitor(service, other)
    digest = sha256(content)
    key = ("key", None, one.key.encode())
    file = (digest, "a.pdf", content)

    def refused(answer, status):
        assert answer.status == status, answer
        assert not (service.data / "documents").exists() or places(one.page(path))[0] == "with the notary"

    # The key of the session stands before any file, and is this session's.
    for sent in ([file], [file, key], [("key", None, b""), file], [("key", None, stranger.key.encode()), file], [("key", None, b"0" * 9000), file]):
        refused(one.ask("POST", path, *form(*sent)), 403)
    refused(stranger.ask("POST", path, *form(("key", None, stranger.key.encode()), file)), 404)
    body, headers = form(key, file)
    refused(one.ask("POST", path, body, {**headers, "Origin": "https://evil.example"}), 403)
    refused(one.ask("POST", path, body, {**headers, "Sec-Fetch-Site": "cross-site"}), 403)
    refused(one.ask("POST", path, body[:-30], headers), 400)
    refused(one.ask("POST", path, body, {"Content-Type": "text/plain"}), 400)
    assert one.ask("POST", path, body, headers, session="").headers["location"] == "/notary/sign-in"
    assert one.ask("POST", path, body, headers).status == 303
    assert stranger.get(path).status == 404 and stranger.get(f"{path}/{digest}").status == 404
    assert one.get(f"{path}/{digest}", session="").headers["location"] == "/notary/sign-in"


def test_a_party_is_told_whether_it_is_kept(service, office):
    content = secrets.token_bytes(100)
    registered = office.registered(act(content)).json()
    anybody = Visitor(service, "act", "en")
    asked = f"/act?number={registered['act']}&code={registered['accessCode']}"
    assert page(anybody.get(asked)).facts()["File of the document"] == "stays with the notary"
    one = visitor(service, office)
    path = f"/notary/acts/{registered['act']}/documents"
    assert one.ask("POST", path, *form(("key", None, one.key.encode()), (sha256(content), "a", content))).status == 303
    shown = page(anybody.get(asked))
    assert shown.facts()["File of the document"] == "kept here, encrypted; only the notary can fetch it"
    assert not any("documents" in path for path in shown.links().values())


@pytest.mark.parametrize("language, width, scripts", [("mn", 1280, True), ("en", 360, True), ("mn", 360, False)])
def test_the_page_is_for_everybody(service, office, case, tmp_path, language, width, scripts):
    """By browser: nothing that axe finds, every control with a label; handed in with its own buttons, also without scripts."""
    number, content = case
    (tmp_path / "document.pdf").write_bytes(content)
    path = f"/notary/acts/{number}/documents"
    with contextlib.closing(Browser(width=width, javascript=scripts)) as browser:
        screen = Screen(browser, service).become(visitor(service, office, language), language)
        screen.go(path)
        found = [*browser.violations(), *screen.unlabelled(), *filter(None, [screen.overflow()])]
        screen.driver.find_element("css selector", "input[type=file]").send_keys(str(tmp_path / "document.pdf"))
        screen.press("Хадгалуулах" if language == "mn" else "Hand in")
        assert screen.notes == [("Хадгаллаа" if language == "mn" else "Kept") + ": 1"]
        found += [*browser.violations(), *screen.unlabelled(), *filter(None, [screen.overflow()])]
        if folder := pictures():
            browser.screenshot(folder / f"notary-documents-{language}-{width}.png")
    assert not found, "\n".join(found)
    assert visitor(service, office).get(f"{path}/{sha256(content)}").body == content
