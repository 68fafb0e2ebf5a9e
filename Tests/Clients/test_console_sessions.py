"""Signing in to the consoles of merchants and of the operator: tokens, passwords, and how long a session lasts."""

from __future__ import annotations

import json
import re

from console import PASSWORD, SESSION, Visitor, merchant
from console_shop import CHANGER, HOLDER, STRANGER, TARGET, either, screen, scripted, shop  # noqa: F401, fixtures
from console_tour import AREAS
from pages import page
from signing import Office


def test_a_token_opens_the_console_and_a_password_does_from_then_on(shop, either):
    screen = either.become(None, "en").go("/merchant")
    assert (screen.path, screen.h1) == ("/merchant/sign-in", "Sign in")
    screen.fill("Token", shop.token("merchant", HOLDER))
    with screen.leaving():
        screen.field("Token").send_keys("\n")
    assert (screen.path, screen.h1) == ("/merchant", "Tills")
    assert f"Эзэмшигч · {HOLDER}" in screen.driver.find_element("tag name", "header").text
    screen.follow("Password", within="header").fill("New password", PASSWORD).fill("Once more", PASSWORD + "!").press("Set it")
    assert "the two passwords differ" in screen.notes[0]
    screen.fill("New password", PASSWORD).fill("Once more", PASSWORD).press("Set it")
    assert "The password is set" in screen.notes[0]
    screen.sign_out()
    assert screen.path == "/merchant/sign-in"
    screen.go("/merchant/receipts")
    assert screen.path == "/merchant/sign-in"
    screen.fill("TIN", HOLDER).fill("Password", PASSWORD + "?").press("Sign in")
    assert "could not be signed in" in screen.notes[0] and screen.field("TIN").get_attribute("value") == HOLDER
    screen.fill("Password", PASSWORD).press("Sign in")
    assert (screen.path, screen.h1) == ("/merchant", "Tills")


def test_a_till_gets_a_token_and_loses_it(shop, screen):
    visitor = merchant(shop, HOLDER)
    screen.become(visitor, "en").go("/merchant").follow("Tokens", within="header")
    before = len(screen.page.rows())
    screen.fill("Branch", "1").fill("Till", "К 7").press("Make a till's token")
    token = screen.driver.find_element("class name", "secret").text
    assert re.fullmatch("tamga_[0-9a-f]{40}", token)
    screen.go("/merchant/tokens")
    rows = screen.page.rows()
    assert len(rows) == before + 1 and rows[0][1] == f"{HOLDER}/001/К 7" and token not in screen.driver.page_source
    other = Visitor(shop)
    refused = other.try_to_sign_in(token=token)
    assert refused.status == 401 and "set-cookie" not in refused.headers
    screen.press(f"Revoke {rows[0][0]}")
    assert screen.page.rows()[0][3] == "revoked"
    for branch, till in (("1", ""), ("", "7"), ("abc", "7"), ("1234", "7"), ("1", "x" * 65)):
        told = page(visitor.post("/merchant/tokens", {"branch": branch, "till": till}), 400)
        assert told.notes, (branch, till)
    # One for everything also signs in, and ends with its session.
    everything = page(visitor.post("/merchant/tokens", {"branch": "", "till": ""})).root.one("p", class_="secret").text
    other.sign_in(token=everything)
    number = visitor.page("/merchant/tokens").rows()[0][0]
    visitor.done(f"/merchant/tokens/{number}/revoke")
    assert not other.is_in and visitor.is_in


def test_a_merchant_sees_and_revokes_its_own_tokens_only(shop):
    mine, other = merchant(shop, HOLDER), merchant(shop, STRANGER)
    theirs = other.page("/merchant/tokens").rows()[0][0]
    assert theirs not in {row[0] for row in mine.page("/merchant/tokens").rows()}
    assert page(mine.post(f"/merchant/tokens/{theirs}/revoke"), 404) and other.is_in
    told = page(mine.post("/merchant/tokens", {"branch": "1", "till": f"7/../../{STRANGER}/001/7"}))
    assert told.rows()[0][1].startswith(HOLDER)
    assert len(other.page("/merchant/tokens").rows()) == 1


def test_only_a_merchants_token_and_an_operators_sign_in_each_at_its_own(shop, pki):
    tokens = {
        "merchant": shop.token("merchant", STRANGER), "operator": shop.token("operator", "Од"),
        "till": shop.token("till", f"{STRANGER}/1/1"), "auditor": shop.token("auditor", "Шалгагч"),
        "notary": Office.enrol(shop, pki, "NT001").token, "none": "tamga_" + "0" * 40}
    told = set()
    for area in AREAS:
        for role, token in tokens.items():
            answer = Visitor(shop, area).try_to_sign_in(token=token)
            if role == area:
                assert answer.status == 303
                continue
            assert answer.status == 401 and "set-cookie" not in answer.headers and token not in answer.text, (area, role)
            told.add((area, answer.text))
    assert len(told) == 2, "every refusal reads the same"
    assert Visitor(shop, "operator").try_to_sign_in(tin=STRANGER, password=PASSWORD).status == 401


def test_a_session_ends_with_its_token(shop):
    for area, kind, name in (("merchant", "merchant", TARGET), ("operator", "operator", "Түр")):
        token = shop.token(kind, name)
        number = json.loads(shop.must("token", "list", "--json").output)[-1]["id"]
        who, again = Visitor(shop, area).sign_in(token=token), Visitor(shop, area).sign_in(token=token)
        assert who.session != again.session
        shop.must("token", "revoke", "--id", number)
        assert not who.is_in and not again.is_in
        assert who.try_to_sign_in(token=token).status == 401


def test_a_session_ends_where_its_merchant_signs_out(shop):
    who, other = merchant(shop, TARGET), merchant(shop, TARGET)
    answer = who.done("/merchant/sign-out")
    assert re.match(rf"{SESSION}=; .*Max-Age=0", answer.headers["set-cookie"])
    assert not who.is_in and other.is_in


def test_a_new_password_ends_the_other_sessions(shop):
    who, other = merchant(shop, TARGET), merchant(shop, TARGET)
    stranger = merchant(shop, STRANGER)
    for password, again in (("short", "short"), ("x" * 14, "x" * 14), (PASSWORD, PASSWORD + " "), ("x" * 1025, "x" * 1025)):
        assert page(who.post("/merchant/password", {"password": password, "again": again}), 400).notes
    assert other.is_in and Visitor(shop).try_to_sign_in(tin=TARGET, password="x" * 14).status == 401
    page(who.post("/merchant/password", {"password": PASSWORD, "again": PASSWORD}))
    assert who.is_in and not other.is_in and stranger.is_in
    third = Visitor(shop).sign_in(tin=TARGET, password=PASSWORD)
    # The same letters, as another system types them.
    decomposed = "".join(letter if letter != "й" else "и\u0306" for letter in PASSWORD)
    assert decomposed != PASSWORD and Visitor(shop).try_to_sign_in(tin=TARGET, password=decomposed).status == 303
    new = {"password": PASSWORD + "!", "again": PASSWORD + "!"}
    for present in ({}, {"present": PASSWORD + "?"}):
        assert page(third.post("/merchant/password", new | present), 403).notes and who.is_in
    page(third.post("/merchant/password", new | {"present": PASSWORD}))
    assert not who.is_in and third.is_in
    assert Visitor(shop).try_to_sign_in(tin=TARGET, password=PASSWORD).status == 401


def test_who_is_no_customer_looks_like_who_has_forgotten(shop):
    who = merchant(shop, STRANGER)
    page(who.post("/merchant/password", {"password": PASSWORD, "again": PASSWORD}))
    tins = (STRANGER, "90010009999", CHANGER, "x")
    answers = [Visitor(shop).try_to_sign_in(tin=tin, password="буруу нууц үг байна") for tin in tins]
    assert {answer.status for answer in answers} == {401}
    bodies = {answer.text.replace(f'value="{tin}"', "") for answer, tin in zip(answers, tins)}
    assert len(bodies) == 1 and not any("set-cookie" in answer.headers for answer in answers)


def test_wrong_tokens_keep_nobody_waiting(shop):
    """No number of attempts finds one, and behind a proxy everybody has one address."""
    who = Visitor(shop)
    assert [who.try_to_sign_in(token="tamga_wrong").status for _ in range(12)] == [401] * 12


def test_whoever_tries_too_often_has_to_wait(shop):
    who, fields = Visitor(shop), {"tin": "90010009998", "password": "x"}
    answers = [who.try_to_sign_in(**fields) for _ in range(12)]
    assert [answer.status for answer in answers][:8] == [401] * 8 and answers[-1].status == 429
    told = page(answers[-1], 429)
    assert re.search(r"again in \d+ s", told.notes[0])
    assert told.main.all("input", name="token") and told.main.all("input", name="tin")
    assert who.get("/merchant/sign-in").status == 200
    # Others are not kept waiting.
    merchant(shop, STRANGER)
