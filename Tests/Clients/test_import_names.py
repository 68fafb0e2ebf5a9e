"""Entries from paper by name: books often have no number for a party. Each office finds its own, wills among them, and nobody else's."""

import contextlib
import secrets
import sqlite3

import pytest
from console import Visitor, operator, page
from notary_console import plain, pressed, to, key
from paper_books import HEAD, Book, book, fresh, row, service, table, words
from signing import Office, act, problem


def unique() -> str:
    """A given name that nobody has yet."""
    return "".join("абвгдежзийклмноп"[int(digit, 16)] for digit in secrets.token_hex(6)).capitalize()


def registered(book: Book, *rows: list, head=HEAD) -> list[str]:
    verdicts = book.verdicts(table(rows, head))
    assert words(verdicts) == ["registered"] * len(rows), verdicts
    return [line["number"] for line in verdicts]


def named(first: str, last: str = "Доржийн", **values) -> list:
    return row(fresh(), firstName=first, lastName=last, regnum="", **values)


def test_a_party_without_a_number_is_found_by_name(book):
    name = unique()
    whole, initial, cell, someone = registered(book, named(name), named(name, "Д."), named(f"Доржийн {name}", ""), named(name, "Дамбын"))
    for asked in (f"Доржийн {name}", f"  доржийн   {name.upper()} ", f"ДОРЖИЙН-{name}"):
        assert set(book.found(name=asked)) == {whole, cell} | ({initial} if " " in asked.strip() else set()), asked
    assert book.found(name=f"Д.{name}") == book.found(name=f"д. {name}") == [someone, cell, initial, whole], "newest first"
    assert book.found(name=name) == [someone, cell, initial, whole]
    assert book.found(name=f"Дамбын {name}") == [someone, initial]
    assert book.found(name=name[:-1]) == book.found(name=name + "а") == book.found(name=f"Б.{name}") == []


def test_organisations_and_hyphens(book):
    name = unique()
    head = ["kind", "bookNumber", "bookDate", "organisation", "firstName 2", "lastName 2"]
    number, = registered(book, ["contract", fresh(), "2015-03-09", f"«{name}» ХХК", f"Бат-{name}", "Гансүхийн"], head=head)
    for asked in (f"{name} ХХК", f"\"{name.upper()}\" ххк", f"Гансүхийн Бат {name}", f"Г.Бат{name}", f"Гансухийн Бат–{name}"):
        assert book.found(name=asked) == [number], asked
    assert book.found(name=name) == []


def test_a_party_with_a_number_is_found_by_name_too_and_a_corrected_entry_says_so(book):
    name = unique()
    wrong, = registered(book, row(fresh(), firstName=name, regnum="УБ85030412"))
    right, = registered(book, named(name, "Дамбын", corrects=wrong))
    answer = book.ledger.post("/v1/deeds/search", {"name": name}, book.office.token).json()
    assert [(line["number"], line["status"]) for line in answer["paper"]] == [(right, "from-paper"), (wrong, "corrected")]
    assert answer["acts"] == []


def test_pages_go_on(book):
    name = unique()
    made = registered(book, *(named(name) for _ in range(5)))
    seen, query = [], {"name": f"Д.{name}", "limit": 2}
    while True:
        answer = book.ledger.post("/v1/deeds/search", query, book.office.token).json()
        seen += [line["number"] for line in answer["paper"]]
        if "next" not in answer:
            break
        query["before"] = answer["next"]
    assert seen == made[::-1]


def test_acts_signed_here_are_not_found_by_name(book):
    draft = act(secrets.token_bytes(32))
    draft["parties"][0]["firstName"] = name = unique()
    book.office.registered(draft)
    answer = book.ledger.post("/v1/deeds/search", {"name": name}, book.office.token).json()
    assert answer["acts"] == answer["paper"] == []


@pytest.mark.parametrize("wrong", [{"name": "."}, {"name": "«»"}, {"name": "а\u202eб"}, {"name": "а" * 500}])
def test_what_names_nobody_is_refused(book, wrong):
    answer = book.ledger.post("/v1/deeds/search", wrong, book.office.token)
    assert (answer.status, problem(answer)) == (422, "act-text-invalid")


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": 1}, {"name": "Бат", "act": "NT001-2026-000001"}, {"name": "а" * 1000}])
def test_a_search_of_another_form_is_refused(book, wrong):
    assert book.ledger.post("/v1/deeds/search", wrong, book.office.token).status == 400


# Whose they are


def test_each_office_finds_its_own_books_and_its_own_wills(book, other):
    name = unique()
    ours = registered(book, named(name), named(name, kind="will"))
    assert set(book.found(name=name)) == set(ours), "as by number: a will is the office's own"
    for token in (other.token, ):
        foreign, absent = (book.ledger.post("/v1/deeds/search", {"name": asked}, token) for asked in (name, unique()))
        assert foreign.body == absent.body and foreign.headers.keys() == absent.headers.keys()
    theirs = registered(Book(other), named(name))
    assert book.found(other, name=name) == theirs and set(book.found(name=name)) == set(ours)
    for token in (None, book.ledger.token("operator", "Оператор"), book.ledger.token("auditor", "Шалгагч")):
        assert book.ledger.post("/v1/deeds/search", {"name": name}, token).status in (401, 403)


def test_a_successor_finds_the_books_of_an_office_taken_over(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    first, second, third = (Office.enrol(ledger, pki, code) for code in ("NT001", "NT002", "NT003"))
    name = unique()
    numbers = registered(Book(first), named(name), named(name, kind="will"))
    assert Book(second).found(name=name) == []
    operator(ledger).done("/operator/notaries/NT001/hand-over", {"successor": "NT002"})
    assert set(Book(second).found(name=name)) == set(Book(second).found(name=f"Доржийн {name}")) == set(numbers)
    assert Book(third).found(name=name) == []
    # The protocol that both sign says that they went over.
    shown = Visitor(ledger, "notary", "en").sign_in(token=second.token).page("/notary/office/hand-over/NT001")
    assert ["2015", numbers[0], numbers[1]] == shown.rows("Registered from books on paper")[0][:3]


def test_what_was_found_is_logged_and_an_erased_entry_is_not_found(book):
    name = unique()
    number, = registered(book, named(name))
    erased = book.verdicts(table([named(name)]))[0]
    assert book.found(name=name) == [erased["number"], number]
    looks = book.ledger.get(f"/v1/deeds/{number}/looks", headers={"Authorization": f"Bearer {book.office.token}"}).json()["looks"]
    assert [(line["role"], line["subject"], line["purpose"]) for line in looks] == [("notary", "NT001", "record")]
    book.ledger.must("erase", "--index", erased["index"], "--basis", "хуулийн дагуу")
    assert book.found(name=name) == [number]
    # What it was found by is gone, too.
    with contextlib.closing(sqlite3.connect(f"file:{book.ledger.data / 'acts.sqlite'}?mode=ro", uri=True)) as database:
        assert [database.execute("SELECT count(*) FROM party WHERE idx = ?", [index]).fetchone()[0] for index in (erased["index"], erased["index"] - 1)] == [0, 3]


def test_names_stand_nowhere_in_the_open_and_are_found_again_after_the_index_is_gone(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    book, name = Book(Office.enrol(ledger, pki, "NT001")), unique()
    number, = registered(book, named(name))
    assert book.found(name=name) == [number]
    ledger.stop()
    for path in [*ledger.logs, *ledger.files()]:
        content = path.read_bytes()
        assert name.encode() not in content and name.upper().encode() not in content, path
    for path in ledger.data.glob("acts.sqlite*"):
        path.unlink()
    ledger.restart()
    assert book.found(name=name) == [number]


# The console


def notary(book: Book, language: str) -> Visitor:
    return Visitor(book.ledger, "notary", language).sign_in(token=book.office.token)


@pytest.mark.parametrize("language, caption, nothing", [
    ("mn", "Олдсон бичилтүүд", "Үйлдэл олдсонгүй."), ("en", "Entries found", "No act was found.")])
def test_the_console_searches_by_name(book, language, caption, nothing):
    visitor, name = notary(book, language), unique()
    number, = registered(book, named(name))
    found = page(visitor.post("/notary/search", {"name": f"Д.{name}"}))
    assert [line[0] for line in found.rows(caption)] == [number]
    assert found.main.one("input", id="name").attributes["value"] == f"Д.{name}"
    assert nothing in page(visitor.post("/notary/search", {"name": name + "а"})).main.text
    wrong = page(visitor.post("/notary/search", {"name": "…"}), 422)
    assert wrong.notes and ("Нэр" if language == "mn" else "Name") in wrong.notes[0]


def test_the_console_goes_on_with_older_entries_by_name(book):
    visitor, name = notary(book, "en"), unique()
    registered(book, *(named(name) for _ in range(52)))
    found = page(visitor.post("/notary/search", {"name": name}))
    assert len(found.rows("Entries found")) == 50
    form = next(form for form in found.main.all("form") if form.all("input", name="before"))
    fields = {node.attributes["name"]: node.attributes["value"] for node in form.all("input")}
    assert len(page(visitor.post("/notary/search", fields)).rows("Entries found")) == 2


def test_the_search_by_name_with_the_keyboard_and_without_a_script(book, plain):
    name = unique()
    number, = registered(book, named(name))
    plain.become(notary(book, "en"), "en").go("/notary/search")
    to(plain, "name")
    key(plain, f"доржийн {name.lower()}")
    pressed(plain, "Search")
    assert number in plain.page.main.text and not plain.overflow() and not plain.unlabelled()
