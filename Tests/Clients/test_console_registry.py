"""What the consoles show is made from the ledger: again after damage and kills, without what was erased, and it names nobody on disk."""

from __future__ import annotations

import contextlib
import json
import random
import re
import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tamga
from console import PASSWORD, Visitor, merchant, operator
from pages import page
from sales import SUMS, give_back, sale
from tamga import MERCHANT, eventually


def filled(ledger, count: int = 12) -> str:
    """Receipts, a correction and a return; gives their month."""
    made = [ledger.file(sale(total=1120 * (number + 1))).json() for number in range(count)]
    ledger.file(sale(total=112000, inactiveId=made[0]["id"]))
    give_back(ledger, made[1])
    return made[0]["date"][:7]


def sums(who: Visitor, month: str) -> dict:
    """The month without what may change: up to where it was read. While a registry is made again pages ask to wait."""
    end = time.monotonic() + 15
    while who.get("/merchant").status == 503 and time.monotonic() < end:
        time.sleep(0.05)
    return {name: value for name, value in who.settled().month(month).items() if name != "entriesRead"}


def without_registry(ledger) -> None:
    for suffix in ("", "-wal", "-shm"):
        (ledger.data / f"registry.sqlite{suffix}").unlink(missing_ok=True)


DAMAGES = {
    "deleted": lambda path, other: path.unlink(),
    "empty": lambda path, other: path.write_bytes(b""),
    "garbage": lambda path, other: path.write_bytes(random.Random(1).randbytes(1 << 16)),
    "cut short": lambda path, other: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "another ledger's": lambda path, other: shutil.copy(other, path),
}


@pytest.fixture(scope="module")
def damaged(cli, tmp_path_factory):
    """A ledger whose registry is about to be damaged, and the registry of another."""
    folder = tmp_path_factory.mktemp("damaged")
    ledgers = [tamga.Ledger.create(cli, folder / name, f"{name}.example/tamga").enrol_merchants().serve()
               for name in ("one", "other")]
    try:
        months = [filled(ledger, count) for ledger, count in zip(ledgers, (12, 20))]
        merchant(ledgers[1]).settled()
        assert ledgers[1].stop() == 0
        yield ledgers[0], months[0], ledgers[1].data / "registry.sqlite"
    finally:
        for ledger in ledgers:
            ledger.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_registry_that_is_no_good_is_made_again(damaged, damage):
    ledger, month, other = damaged
    if not ledger.process:
        ledger.restart()
    who = merchant(ledger)
    before = sums(who, month)
    assert ledger.stop() == 0
    path = ledger.data / "registry.sqlite"
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    DAMAGES[damage](path, other)
    ledger.restart()
    assert sums(who, month) == before
    assert before["issued"]["VAT_ABLE"]["total"] == 1120 * 78 + 112000 and before["takenBack"]["VAT_ABLE"]["total"] == 1120 * 3


def test_a_registry_with_a_bad_page_is_made_again(damaged):
    """The file opens, and says how far it was read; only where the sums lie it is garbage."""
    ledger, month, _ = damaged
    if not ledger.process:
        ledger.restart()
    who = merchant(ledger)
    before = sums(who, month)
    assert ledger.stop() == 0
    path = ledger.data / "registry.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (place,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sum'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((place - 1) * size)
        file.write(b"\xff" * size)
    ledger.restart()
    try:
        assert sums(who, month) == before
    finally:
        ledger.stop()
        without_registry(ledger)


@pytest.mark.faults
def test_sums_are_true_after_every_kill(new_ledger):
    ledger = new_ledger().enrol_merchants().serve()
    who, acknowledged = merchant(ledger), []
    with ThreadPoolExecutor(4) as pool:
        for round in range(4):
            def file(number: int) -> None:
                with contextlib.suppress(OSError):
                    answer = ledger.pos("POST", "/rest/receipt", sale(till=f"{number % 3}"), timeout=5)
                    if answer.status == 200:
                        acknowledged.append(answer.json()["id"])

            work = [pool.submit(file, number) for number in range(400)]
            wanted = len(acknowledged) + 40
            eventually(lambda: len(acknowledged) >= wanted, 20)
            ledger.kill()
            for each in work:
                each.cancel()
            for each in work:
                if not each.cancelled():
                    each.result()
            ledger.restart()
    who.settled()
    pages = ledger.must("receipt", "chain", "--merchant", MERCHANT, "--all", "--json").output.splitlines()
    truth = [record["id"] for each in pages for record in json.loads(each)["records"]]
    assert set(acknowledged) <= set(truth) and len(truth) == len(set(truth)) >= 160
    listed, counted = [], 0
    for month in {link.rsplit("/", 1)[1] for link in who.page(who.get("/merchant/months").headers["location"]).links().values()
                  if re.search(r"/months/\d{4}-\d\d$", link)}:
        told = who.month(month)
        listed += [each["id"] for each in told["receipts"]]
        counted += told["issued"]["VAT_ABLE"]["count"]
        assert told["issued"]["VAT_ABLE"]["total"] == 1120 * told["issued"]["VAT_ABLE"]["count"]
    assert sorted(listed) == sorted(truth) and counted == len(truth)
    assert sum(int(row[4].replace("\xa0", "").replace(" ", "")) for row in who.page("/merchant").rows()) == len(truth)


def test_the_databases_name_nobody_and_nothing(new_ledger):
    ledger = new_ledger().enrol_merchants().serve()
    body = sale(total=1120 * 8_123_457, name="Нууц бараа", till="НУУЦ-КАСС", consumerNo="10038071")
    filed = ledger.file(body).json()
    who = merchant(ledger).settled()
    page(who.post("/merchant/password", {"password": PASSWORD, "again": PASSWORD}))
    boss = operator(ledger, "Операторын Нэр")
    sought = [
        MERCHANT, "ТЕСТИЙН ХЭРЭГЛЭГЧ", filed["id"], filed["id"][:27], "Нууц бараа", "НУУЦ-КАСС", "10038071", PASSWORD,
        who.session, who.key, boss.session, "Операторын Нэр",
        *(str(body[name] * factor) for name in SUMS[:2] for factor in (1, 100))]

    def found() -> list[str]:
        names = [f"{name}.sqlite{suffix}" for name in ("registry", "state") for suffix in ("", "-wal", "-shm")]
        contents = {name: (ledger.data / name).read_bytes() for name in names if (ledger.data / name).exists()}
        assert {"registry.sqlite", "registry.sqlite-wal", "state.sqlite"} <= set(contents) or not ledger.process
        return [f"{word} in {name}" for name, content in contents.items() for word in sought if word.encode() in content]

    assert who.page(f"/merchant/receipts/{who.entry(filed['id'])}").facts()["Buyer"] == "10038071", "it is there to be found"
    assert not found()
    # Numbers are not told by how large they are either.
    with contextlib.closing(sqlite3.connect(f"file:{ledger.data / 'registry.sqlite'}?mode=ro", uri=True)) as database:
        values = [value for row in database.execute("SELECT * FROM filing") for value in row]
    assert body["totalAmount"] not in values and body["totalAmount"] * 100 not in values and int(MERCHANT) not in values
    assert ledger.stop() == 0
    assert not found()


# Erased


@pytest.fixture(scope="module")
def erased(cli, tmp_path_factory):
    """A service with a receipt that was erased: its merchant, the receipt, the month."""
    ledger = tamga.Ledger.create(cli, tmp_path_factory.mktemp("erased") / "data").enrol_merchants().serve()
    body = sale(total=1120 * 8_123, till="gone", consumerNo="10038071")
    filed = ledger.file(body)
    month = filled(ledger)
    who = merchant(ledger).settled()
    assert who.page("/merchant/receipts?buyer=10038071").rows("Newest first")
    ledger.must("erase", "--index", filed.index, "--basis", "Хувийн мэдээлэл хамгаалах тухай хууль 14.1")
    yield who.settled(), filed, month
    ledger.close()


def test_an_erased_receipt_is_in_no_list(erased):
    who, filed, month = erased
    id, path = filed.json()["id"], f"/merchant/receipts/{filed.index}"
    for query in ("", "?buyer=10038071", f"?amount={1120 * 8123}", "?branch=001&till=gone", f"?from={month}-01"):
        answer = who.get(f"/merchant/receipts{query}")
        assert answer.status == 200 and id not in answer.text, query
    assert who.get(f"/merchant/receipts?number={id}").status == 404
    assert {who.get(path + more).status for more in ("", "/return", "/correct")} == {404}
    assert {who.post(path + more, {"q0": "1", "u0": "1"}).status for more in ("/return", "/correct")} == {404}
    assert id not in who.get("/merchant/chain").text and "its content was erased" in who.get("/merchant/chain").text
    assert id not in {each["id"] for each in who.month(month)["receipts"]}
    assert id not in who.get(f"/merchant/months/{month}/receipts.csv").text


def test_the_first_page_leads_to_no_erased_receipt(erased):
    who, filed, _ = erased
    links = [link for link in who.page("/merchant").links().values() if re.fullmatch(r"/merchant/receipts/\d+", link)]
    assert links and {who.get(link).status for link in links} == {200}


def test_sums_do_not_depend_on_when_the_registry_was_made(erased):
    """A month says the same whether a receipt was erased before or after it was read."""
    who, _, month = erased
    before = sums(who, month)
    assert who.ledger.stop() == 0
    without_registry(who.ledger)
    who.ledger.restart()
    assert sums(who, month) == before
