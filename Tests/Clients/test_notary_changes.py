"""The notary's console: acts shown, amended, corrected, revoked; by whom."""

from __future__ import annotations

import pytest
from console import EVIL, page
from notary_console import (
    MAIN, OTHER, bad, changed, drafted, filled, form_of, offices, plain, power, pressed, register, registered, scripted,
    service, statement, stranger, to, today, visitor,
)


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
    for path in (f"/notary/acts/{number}?done=revoked", f"/notary/acts/{OTHER}-2020-000009?done=revoked"):
        assert stranger.get(path).status == 404, "an address alone says nothing of an act"
    assert visitor.page(f"/notary/acts/{number}").facts()["Status"] == "revoked"


@pytest.mark.parametrize("has_script", [False, True], ids=["without script", "with script"])
@pytest.mark.parametrize("by", ["notary", "court"])
def test_an_act_is_revoked_by_keyboard_alone(request, service, visitor, pki, tmp_path, has_script, by):
    screen = request.getfixturevalue("scripted" if has_script else "plain")
    number = registered(visitor, pki, power())
    screen.become(visitor, "en").go("/notary")
    pressed(screen, number)
    pressed(screen, "Revocation")
    assert screen.h1 == f"Revocation: {number}"
    filled(screen, {"by": by, "reason": "Итгэмжлэл олгогч цуцлав"})
    if by == "court":
        # What is wanting is told, and the keyboard goes on in the first field that lacks it.
        pressed(screen, "Read the statement and sign")
        assert set(bad(screen.page)) == {"basis.court", "basis.number", "basis.date"}
        assert screen.driver.switch_to.active_element.get_attribute("name") == "basis.court"
        filled(screen, {"basis.court": "Дархан-Уул аймгийн шүүх", "basis.number": "17", "basis.date": today(-2)})
    pressed(screen, "Read the statement and sign")
    assert screen.path.endswith("/preview"), bad(screen.page)
    draft = screen.path.removesuffix("/preview")
    signature = tmp_path / "statement.p7s"
    signature.write_bytes(pki.sign(statement(visitor, draft), MAIN))
    to(screen, "signature")
    screen.driver.switch_to.active_element.send_keys(str(signature))
    pressed(screen, "Revocation")
    assert screen.path == f"/notary/acts/{number}" and "The change is registered." in screen.notes[0]
    told = screen.page
    assert told.facts()["Status"] == "revoked"
    assert told.rows("History of changes")[0][1:4] == ["Revocation", "A court" if by == "court" else "The notary", MAIN]
