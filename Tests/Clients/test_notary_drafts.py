"""The notary's console: drafts are kept, by the script too, and files never leave the computer."""

from __future__ import annotations

import hashlib
import re
import secrets
import urllib.parse

import pytest
from console import page
from notary_console import draft_rows, form_of, notary, offices, power, scripted, service, stranger, visitor, wait


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
