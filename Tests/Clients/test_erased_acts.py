"""An erased act takes with it what it was found by, whom to tell of it, and changes that are filed at that moment."""

import base64
import contextlib
import secrets
import sqlite3
import subprocess
import threading
import time

import pytest
from mail_sink import MailSink
from signing import OTHER_REGNUM, REGNUM, Office, act, problem

BASIS = "Хувийн мэдээлэл хамгаалах тухай хууль 14.1; decision 2026/17"
ADDRESS = "bat@example.mn"
TABLES = ("contact", "notice", "registration")


@pytest.fixture
def sink():
    with MailSink() as sink:
        yield sink


@pytest.fixture
def ledger(new_ledger, pki):
    return new_ledger().serve("--trust", pki.trust)


@pytest.fixture
def office(ledger, pki):
    return Office.enrol(ledger, pki, "NT001")


OTHERS = [{"role": "principal", "lastName": "Цэрэндоржийн", "firstName": "Мөнхбат", "regnum": "УХ79120815"},
          {"role": "representative", "lastName": "Бат", "firstName": "Тэмүүлэн", "regnum": "ХЭ92030415"}]


def content():
    """What a correction says instead."""
    return {name: value for name, value in act(secrets.token_bytes(8)).items() if name != "salt"}


def registered(office, address=ADDRESS, **members):
    """A new act; `address` is to be told of it."""
    draft = act(secrets.token_bytes(8), **members)
    signature = base64.b64encode(office.pki.sign(office.statement(draft), office.code)).decode()
    notify = [{"party": 0, "email": address}] if address else []
    answer = office.ledger.post("/v1/deeds", {"act": draft, "signature": signature, "notify": notify}, office.token)
    assert answer.status == 201, answer
    return answer


def erase(ledger, index):
    return ledger.must("erase", "--index", index, "--basis", BASIS).output


def found_by(ledger):
    """Key and entry of everything that acts are found by."""
    with contextlib.closing(sqlite3.connect(f"file:{ledger.data / 'acts.sqlite'}?mode=ro", uri=True)) as database:
        return database.execute("SELECT key, idx FROM party").fetchall()


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


def state(ledger):
    return contextlib.closing(sqlite3.connect(ledger.data / "state.sqlite", timeout=10, isolation_level=None))


def to_tell(ledger):
    with state(ledger) as database:
        return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}


def put_back(ledger, rows):
    """What an older copy of the state brings back, or who was named at the moment of the erasure."""
    with state(ledger) as database:
        for table, lines in rows.items():
            for line in lines:
                database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(line))})", line)


# What it was found by


@pytest.mark.parametrize("way", ["beside a service", "on a closed folder", "not read before"])
def test_parties_of_an_erased_act_and_its_changes_are_gone(ledger, office, way):
    gone, kept = registered(office), registered(office, parties=OTHERS)
    amended = office.change({"act": gone.json()["act"], "change": "corrected", "content": content()})
    assert amended.status == 201, amended
    indices = {gone.index, amended.index}
    if way != "not read before":
        assert until(lambda: indices <= {index for _, index in found_by(ledger)})
    rows = found_by(ledger)
    if way == "on a closed folder":
        assert ledger.stop() == 0
    erase(ledger, gone.index)
    if way == "not read before":
        until(lambda: kept.index in {index for _, index in found_by(ledger)})
    assert not indices & {index for _, index in found_by(ledger)}
    # What people were found by who are in no other act is in no file any more, nor in its log.
    left = {key for key, _ in found_by(ledger)}
    assert way == "not read before" or len({key for key, _ in rows} - left) == 2
    for path in ledger.data.glob("acts.sqlite*"):
        held = path.read_bytes()
        assert not [key for key, _ in rows if key not in left and key in held], path
    if way == "on a closed folder":
        ledger.restart()
    assert office.search(regnum=REGNUM) == [] and office.search(regnum=OTHER_REGNUM) == []
    assert [line["act"] for line in office.search(regnum=OTHERS[0]["regnum"])] == [kept.json()["act"]]


def test_an_index_from_before_the_erasure_is_mended_as_the_ledger_is_read(ledger, office):
    gone = registered(office)
    assert until(lambda: gone.index in {index for _, index in found_by(ledger)})
    assert ledger.stop() == 0
    copy = {path: path.read_bytes() for path in ledger.data.glob("acts.sqlite*")}
    ledger.restart()
    erase(ledger, gone.index)
    ledger.kill()
    for path in ledger.data.glob("acts.sqlite*"):
        path.unlink()
    for path, content in copy.items():
        path.write_bytes(content)
    ledger.restart()
    assert until(lambda: gone.index not in {index for _, index in found_by(ledger)})


# Whom to tell


def test_whoever_was_to_be_told_is_forgotten_with_the_act(ledger, office):
    gone, kept = registered(office), registered(office, "ann@example.mn")
    assert [len(rows) for rows in to_tell(ledger).values()] == [2, 2, 2]
    erase(ledger, gone.index)
    assert [len(rows) for rows in to_tell(ledger).values()] == [1, 1, 1]
    erase(ledger, kept.index)
    assert not any(to_tell(ledger).values())


@pytest.mark.parametrize("way", ["by asking again", "at the next start"])
def test_who_was_left_to_be_told_of_an_erased_act_is_forgotten(new_ledger, pki, sink, way):
    """As after a crash behind the erasure, or with an older copy of the state: nobody can tell the act's number any more."""
    options = ("--trust", pki.trust, "--mail-from", "tamga@example.mn", "--mail-server")
    ledger = new_ledger().serve("--trust", pki.trust)
    office = Office.enrol(ledger, pki, "NT001")
    gone = registered(office)
    rows = to_tell(ledger)
    erase(ledger, gone.index)
    assert ledger.stop() == 0
    put_back(ledger, rows)
    if way == "by asking again":
        assert "was erased before" in erase(ledger, gone.index)
        assert not any(to_tell(ledger).values())
    ledger.serve(*options, sink.address)
    assert not any(to_tell(ledger).values())
    time.sleep(2)
    assert not sink.mails


def test_nothing_is_erased_while_nobody_can_be_forgotten(ledger, office):
    gone = registered(office)
    with state(ledger) as database:
        database.execute("BEGIN IMMEDIATE")
        done = ledger.command("erase", "--index", gone.index, "--basis", BASIS)
        database.execute("ROLLBACK")
    assert done.status == 1 and ledger.get(gone.headers["tamga-evidence"]).status == 200
    for wrong in ("", "x" * 501):
        assert ledger.command("erase", "--index", gone.index, "--basis", wrong).status in (1, 2)
    assert all(to_tell(ledger).values()), "a basis that is refused costs nothing"
    erase(ledger, gone.index)
    assert not any(to_tell(ledger).values())


@pytest.mark.faults
def test_killed_at_any_moment_an_erasure_asked_again_leaves_nothing(new_ledger, pki):
    for number in range(8):
        ledger = new_ledger(f"killed-{number}").serve("--trust", pki.trust)
        office = Office.enrol(ledger, pki, "NT001")
        gone, kept = registered(office), registered(office, "ann@example.mn")
        changes = [office.change({"act": gone.json()["act"], "change": "corrected", "content": content()}) for _ in range(3)]
        assert {change.status for change in changes} == {201}
        asking = subprocess.Popen(
            [str(ledger.tamga.path), "erase", "--data", str(ledger.data), "--index", str(gone.index), "--basis", BASIS],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ledger.tamga.environment)
        time.sleep(0.012 * (number + 1))
        ledger.kill()
        asking.wait(timeout=60)
        ledger.restart()
        if ledger.get(gone.headers["tamga-evidence"]).status == 410:
            assert [len(rows) for rows in to_tell(ledger).values()] == [1, 1, 1], "it was finished at the start"
        erase(ledger, gone.index)
        assert [len(rows) for rows in to_tell(ledger).values()] == [1, 1, 1]
        for answer in [gone, *changes]:
            assert ledger.get(answer.headers["tamga-evidence"]).status == 410
        assert until(lambda: {index for _, index in found_by(ledger)} == {kept.index})
        ledger.close()


# Changes


def test_changes_filed_while_the_act_is_erased_are_erased_or_refused(ledger, office):
    for _ in range(3):
        gone = registered(office, None)
        number, filed, refused, stopping = gone.json()["act"], [], [], threading.Event()

        def change(number=number, filed=filed, refused=refused, stopping=stopping):
            while not stopping.is_set():
                answer = office.change({"act": number, "change": "corrected", "content": content()})
                (filed if answer.status == 201 else refused).append(answer)

        threads = [threading.Thread(target=change) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert until(lambda: len(filed) >= 4)
        erase(ledger, gone.index)
        time.sleep(0.3)
        stopping.set()
        for thread in threads:
            thread.join(timeout=60)
        left = [answer.index for answer in filed if ledger.get(answer.headers["tamga-evidence"]).status != 410]
        assert not left, f"of {len(filed)} changes {left} are still there"
        codes = {problem(answer) for answer in refused}
        assert codes <= {"act-changed-meanwhile", "act-being-erased", "record-erased", "act-not-found"}, codes
    assert "clean" in ledger.must("audit").output


def test_a_change_is_not_erased_alone_while_its_act_is_there(ledger, office):
    filed = registered(office, None)
    change = office.revoke(filed.json()["act"])
    done = ledger.command("erase", "--index", change.index, "--basis", BASIS)
    assert done.status == 1 and str(filed.index) in done.error
    erase(ledger, filed.index)
    assert "was erased before" in erase(ledger, change.index)
