"""Imports in a merchant's console: a verdict for each row, and nothing filed twice."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

from console import merchant
from console_shop import CHANGER, IMPORTER, screen, shop  # noqa: F401, fixtures
from pages import page
from sales import sale


def rows_of(*bodies: dict, ending: str = "\n") -> str:
    return "".join(json.dumps(body, ensure_ascii=False) + ending for body in bodies)


def test_an_import_tells_of_each_row_and_files_nothing_twice(shop, screen, tmp_path):
    rows = [sale(IMPORTER, name=f"Бараа {number}") for number in range(4)]
    visitor = merchant(shop, IMPORTER)
    bad = rows[1] | {"totalAmount": 7}
    size = shop.size

    def send(name: str, text: str = "", file: Path | None = None) -> dict[str, int]:
        screen.go("/merchant/import").fill("Name of this import", name)
        if file:
            screen.fill("File (", str(file))
        else:
            screen.fill("or rows", text)
        screen.press("File them")
        assert screen.h1 == "Verdicts of the import"
        return {what: int(re.search(rf"(\d+) {what}", screen.notes[0])[1]) for what in (
            "filed", "were filed before", "refused", "not taken")}

    screen.become(visitor, "en")
    assert send("Өнөөдөр", rows_of(rows[0], bad, rows[2])) == {"filed": 2, "were filed before": 0, "refused": 1, "not taken": 0}
    verdicts = screen.page.rows("3 of 3")
    assert [(row[0], row[1]) for row in verdicts] == [("2", "refused"), ("1", "filed"), ("3", "filed")]
    assert "1120" in verdicts[0][2] and "(receipt-sum)" in verdicts[0][2]
    screen.follow(re.match(r"\d{33}", verdicts[1][2])[0])
    assert (screen.h1, screen.page.facts()["State"]) == ("Receipt", "in force")
    # Mended, and sent again.
    assert send("Өнөөдөр", rows_of(*rows[:3])) == {"filed": 1, "were filed before": 2, "refused": 0, "not taken": 0}
    assert shop.size == size + 3
    # The same out of a file, packed or not, with either end of lines.
    for number, content in enumerate([rows_of(*rows[:3]).encode(), rows_of(*rows[:3], ending="\r\n").encode(),
                                      gzip.compress(rows_of(*rows[:3]).encode())]):
        file = tmp_path / f"rows-{number}.ndjson{'.gz' if number == 2 else ''}"
        file.write_bytes(content)
        assert send("Өнөөдөр", file=file) == {"filed": 0, "were filed before": 3, "refused": 0, "not taken": 0}, number
    assert shop.size == size + 3
    # Rows that stand twice are two sales, however often they are sent.
    assert [send("Хос", rows_of(rows[3], rows[3]))["filed"] for _ in range(2)] == [2, 0]
    assert shop.size == size + 5


def test_an_import_gives_its_verdicts_as_a_file(shop):
    visitor = merchant(shop, IMPORTER)
    answer = visitor.upload("/merchant/import", {"name": "файл", "download": "yes"}, rows_of(sale(IMPORTER)).encode() + b"{\n")
    assert answer.status == 200 and "attachment" in answer.headers["content-disposition"]
    first, second, end = (json.loads(line) for line in answer.text.splitlines())
    assert (first["verdict"], second["verdict"], end["complete"]) == ("filed", "refused", True)


def test_lines_with_nothing_on_them_are_no_rows(shop):
    """As in `POST /v1/receipts:batch`: an editor leaves some at the end."""
    visitor = merchant(shop, IMPORTER)
    body = rows_of(sale(IMPORTER)) + "\r\n" + rows_of(sale(IMPORTER)) + "  \r\n\r\n"
    told = page(visitor.post("/merchant/import", {"name": "хоосон мөр", "rows": body}))
    assert {row[1] for row in told.rows("2 of 2")} == {"filed"}, told.notes + [str(row) for row in told.rows()]


def test_the_mark_at_the_start_of_a_file_of_windows_is_no_fault(shop):
    visitor = merchant(shop, IMPORTER)
    file = b"\xef\xbb\xbf" + rows_of(sale(IMPORTER), ending="\r\n").encode()
    told = page(visitor.upload("/merchant/import", {"name": "windows"}, file))
    assert told.notes[0].startswith("1 filed"), [str(row) for row in told.rows()]


def test_a_fault_in_a_row_is_told_by_its_place_in_the_row(shop):
    """As it was sent, without what is put around it before it is filed."""
    visitor = merchant(shop, IMPORTER)
    told = page(visitor.post("/merchant/import", {"name": "x", "rows": '{"posNo" 1}'}))
    assert int(re.search(r"at byte (\d+)", told.rows()[0][2])[1]) in (8, 9, 10), told.rows()


def test_imports_that_are_none_say_so(shop):
    visitor = merchant(shop, IMPORTER)
    size = shop.size
    good = rows_of(sale(IMPORTER)).encode()
    for name, content, status in (("a", b"", 400), ("a", b" \r\n ", 400), ("", good, 400), ("x" * 201, good, 400),
                                  ):
        told = page(visitor.upload("/merchant/import", {"name": name}, content), status)
        assert told.h1 == "Import" and told.notes, (name, content)
    assert shop.size == size
    told = page(visitor.upload("/merchant/import", {"name": "a"}, b"\x1f\x8bnonsense"))
    assert "0 filed" in told.notes[0] and "gzip" in told.notes[1]
    # What came before the break is filed, and told.
    told = page(visitor.upload("/merchant/import", {"name": "a"}, gzip.compress(good)[:-9]))
    assert "1 filed" in told.notes[0] and "breaks off" in told.notes[1]
    told = page(visitor.upload("/merchant/import", {"name": "a"}, gzip.compress(good)))
    assert "0 filed" in told.notes[0] and "1 were filed before" in told.notes[0]
    size = shop.size
    told = page(visitor.upload("/merchant/import", {"name": "theirs"}, rows_of(sale(CHANGER)).encode()))
    assert "0 filed" in told.notes[0] and "1 refused" in told.notes[0]
    assert shop.size == size
