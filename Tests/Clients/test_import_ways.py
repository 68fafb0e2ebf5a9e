"""Register books on paper by command and in the console, killed in the middle, two at once, and erased."""

import contextlib
import csv
import datetime
import http.client
import io
import threading

import pytest
from browser import Browser
from console import Screen, Visitor, page, pictures
from paper_books import Book, book, fresh, old_windows, row, service, table, words, workbook
from signing import Office, problem, today
from tamga import SEEDS, Ledger


def test_command_imports_through_the_service_and_into_a_closed_folder(cli, pki, tmp_path):
    ledger = Ledger.create(cli, tmp_path / "ledger")
    ledger.must("issuer", "add-notary", "--code", "NT012", "--name", "Нотариатч", "--certificate", pki.certificate("NT001"))
    path, verdicts = tmp_path / "book.csv", tmp_path / "verdicts.csv"
    path.write_bytes(old_windows(table([row("1", note="Үг"), row("2"), row("2", note="өөр"), row("3", kind="x")]).decode()))
    options = (path, "--notary", "NT012", "--encoding", "windows-1251")
    checked = ledger.command("deed", "import", *options, "--check")
    assert checked.status == 1 and "4 rows checked: 2 would be registered, 2 refused" in checked.output, checked.all
    done = ledger.command("deed", "import", *options, "--verdicts", verdicts)
    assert done.status == 1 and "4 rows: 2 registered, 2 refused" in done.output and "row 5:" in done.error, done.all
    lines = list(csv.DictReader(io.StringIO(verdicts.read_text("utf-8-sig"))))
    assert [line["number"] for line in lines] == ["NT012-P2015-000001", "NT012-P2015-000002", "", ""] and lines[3]["column"] == "kind"
    assert verdicts.stat().st_mode & 0o777 == 0o600 and lines[0]["accessCode"].count("-") == 2
    ledger.serve("--trust", pki.trust)
    again = ledger.command("deed", "import", *options)
    assert again.status == 1 and "2 registered before, 2 refused" in again.output, again.all
    sheet = tmp_path / "book.xlsx"
    sheet.write_bytes(workbook([row(7, date=datetime.date(2016, 1, 2)), row("=A1", date=datetime.date(2016, 1, 2))]))
    done = ledger.command("deed", "import", sheet, "--notary", "NT012", "--sheet", "Бүртгэл")
    assert done.status == 1 and "1 registered, 1 refused" in done.output, done.all
    assert "Typed from a register book on paper" in ledger.must("deed", "status", "NT012-P2016-000001").output
    template = cli.must("deed", "import", "--template")
    sheet.write_text(template.output)
    assert "0 rows" in ledger.must("deed", "import", sheet, "--notary", "NT012").output
    wrong = ledger.command("deed", "import", path, "--notary", "NT999", "--encoding", "windows-1251")
    assert wrong.status != 0 and "NT999" in wrong.error
    assert cli.run("deed", "import", path).status != 0
    ledger.close()


def test_killed_in_the_middle_and_sent_again_goes_on(cli, pki, tmp_path):
    ledger = Ledger.create(cli, tmp_path / "ledger").serve("--trust", pki.trust)
    book = Book(Office.enrol(ledger, pki, "NT001"))
    rows = [row(str(number), date=f"20{10 + number % 3}-01-01") for number in range(6000)]
    body = table(rows)

    def send():
        try:
            book.send(body)
        except (OSError, http.client.HTTPException):
            pass

    for _ in range(3):
        thread = threading.Thread(target=send)
        thread.start()
        began = ledger.size
        while thread.is_alive() and ledger.size < began + 300:
            pass
        ledger.kill()
        thread.join()
        ledger.restart()
    verdicts = book.verdicts(body)
    assert set(words(verdicts)) <= {"registered", "already"} and len(verdicts) == 6000
    assert "already" in words(verdicts), "what was durable before the kill stands"
    for year in (2010, 2011, 2012):
        assert sorted(line["number"] for line in verdicts if f"-P{year}-" in line["number"]) == [
            f"NT001-P{year}-{running:06}" for running in range(1, 2001)]
    assert words(book.verdicts(body)) == ["already"] * 6000
    assert ledger.stop() == 0
    assert ledger.command("audit").status == 0


def test_two_at_once_are_not_mixed(book):
    rows = [row(f"{fresh()}{number}", date="1970-01-01") for number in range(2000)]
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(book.send(table(rows)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(answer.status for answer in answers)
    assert codes[0] == 200 and set(codes) <= {200, 409}
    assert all(problem(answer) == "paper-import-under-way" for answer in answers if answer.status == 409)
    lines = book.listing(1970)["lines"]
    assert len(lines) == 1000 and book.listing(1970)["last"] == 2000


def test_erased_entry_keeps_its_number(book, service):
    number = fresh()
    entry, = book.verdicts(table([row(number, date="1960-01-01")]))
    service.must("erase", "--index", entry["index"], "--basis", "Шүүхийн шийдвэр 1")
    assert book.listing(1960)["lines"] == [{"number": entry["number"], "erased": True}]
    # Neither does it come back with the next copy of the file, nor is its number given again, also after a start.
    assert service.stop() == 0
    service.restart()
    again, following = book.verdicts(table([row(number, date="1960-01-01"), row(fresh(), date="1960-01-02")]))
    assert again["code"] == "paper-erased" and following["number"] == "NT001-P1960-000002"
    service.must("audit") if service.stop() == 0 else pytest.fail("it does not stop")
    service.restart()


def test_sample_register_is_imported(book):
    sample = SEEDS / "samples" / "registers" / "old-book.csv"
    verdicts = book.verdicts(sample.read_bytes())
    assert words(verdicts) == ["registered"] * len(verdicts) and len(verdicts) >= 5


# Console


def test_console_checks_then_registers(book, service):
    visitor = Visitor(service, "notary", "en").sign_in(token=book.office.token)
    body = table([row(fresh(), date="1950-01-01"), row(fresh(), kind="x")])
    shown = page(visitor.upload("/notary/import", {"what": "check", "encoding": "utf-8", "sheet": ""}, body, "book.csv"))
    verdicts = [cells[1] for cells in shown.rows("2 of 2 rows")]
    assert verdicts == ["refused", "can be registered"], verdicts
    kept = shown.main.one("input", name="kept").attributes["value"]
    before = service.size
    done = page(visitor.upload("/notary/import", {"what": "register", "encoding": "utf-8", "sheet": "", "kept": kept}, b"", ""))
    assert service.size == before + 1 and "NT001-P1950-000001" in done.main.text
    listed = visitor.page("/notary/paper?year=1950")
    assert "NT001-P1950-000001" in listed.main.text and "No notary's signature" in listed.main.text
    entry = visitor.page("/notary/acts/NT001-P1950-000001")
    assert "1950-01-01" in entry.main.text and visitor.get("/notary/acts/NT001-P1950-000001/evidence").status == 200
    assert visitor.page("/notary/import", 200) and "bookNumber" in visitor.get("/notary/import/template.csv").text
    assert "NT001-P" not in visitor.page(f"/notary/book?year={today().year}").main.text


@pytest.mark.parametrize("language, width", [("mn", 360), ("en", 1280)])
def test_console_imports_without_a_script_and_is_for_everybody(book, service, tmp_path, language, width):
    """The whole task in a browser without scripts: checked, registered, listed; no barrier that axe finds on the way."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook([row(fresh(), date=datetime.date(1940, 1, 1), note="Тэмдэглэл"), row(fresh(), kind="x")]))
    visitor = Visitor(service, "notary", language).sign_in(token=book.office.token)
    found = []

    def look(screen: Screen, name: str) -> None:
        found.extend(f"{name}: {what}" for what in (*screen.browser.violations(), *screen.unlabelled(), *filter(None, [screen.overflow()])))
        if pictures():
            screen.browser.screenshot(pictures() / f"notary-import-{name}-{language}-{width}.png")

    with contextlib.closing(Browser(javascript=False, width=width)) as browser:
        screen = Screen(browser, service).become(visitor, language).go("/notary/import")
        look(screen, "form")
        screen.driver.find_element("id", "file").send_keys(str(path))
        with screen.leaving():
            screen.driver.find_element("css selector", "button[value=check]").click()
        assert [cells[0] for cells in screen.page.rows()] == ["3", "2"], "what needs a hand comes first"
        look(screen, "checked")
        before = service.size
        with screen.leaving():
            screen.driver.find_element("id", "register-checked").click()
        assert service.size == before + 1
        look(screen, "registered")
        screen.go("/notary/paper?year=1940")
        look(screen, "register")
        assert "NT001-P1940-00000" in screen.page.main.text
        screen.go("/notary/acts/NT001-P1940-000001")
        look(screen, "entry")
        assert "1940-01-01" in screen.page.main.text and "Тэмдэглэл" in screen.page.main.text
    assert not found, "\n".join(found)
