"""What becomes of the files of the access log is noticed: by an audit, and by whoever asks who looked."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import clock
import pytest
import tamga
from console import Visitor, page
from notary_console import MAIN, notary, power, registered, today, wait
from signing import Office, status


class Case:
    """A ledger whose access log has a closed day and one that is being written."""

    def __init__(self, ledger, offices, day: str, number: str, code: str):
        self.ledger, self.offices, self.day, self.number, self.code = ledger, offices, day, number, code

    @property
    def file(self) -> Path:
        return self.ledger.data / "access" / f"{self.day}.log"

    def audit(self, *options) -> tamga.Done:
        return self.ledger.command("audit", *options)

    def looks(self, **members) -> dict:
        answer = self.ledger.post("/v1/deeds/looks", {"act": self.number, "code": self.code, **members})
        assert answer.status == 200, answer
        return answer.json()

    def visitor(self, language: str = "en") -> Visitor:
        return notary(self.ledger, self.offices, language=language)

    def citizen(self, language: str = "en", **fields):
        return page(Visitor(self.ledger, "act", language).post(
            "/act", {"number": self.number, "code": self.code, **fields}))


@pytest.fixture(scope="module")
def case(module_ledger, pki, tmp_path_factory):
    ledger = module_ledger.serve("--trust", pki.trust)
    offices = {MAIN: Office.enrol(ledger, pki, MAIN)}
    guest = notary(ledger, offices)
    number = registered(guest, pki, power())
    code = guest.page(f"/notary/acts/{number}").facts()["Access code"]
    for _ in range(5):
        assert status(ledger, number, code).status == 200
    day = today()
    ledger.stop()
    library = clock.library(tmp_path_factory.mktemp("clock"))
    assert library is not None, "a C compiler is needed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(library))
        patch.setenv("CLOCK_AHEAD", str(86_400))
        ledger.serve(*ledger.options, "--accept-clock")
    case = Case(ledger, offices, day, number, code)
    wait(lambda: "Root of the day" in case.visitor().page(f"/notary/log?day={day}").facts())
    return case


@pytest.fixture
def file(case):
    """The closed day's file: put back behind the test."""
    whole = case.file.read_bytes()
    yield case.file
    case.file.write_bytes(whole)


def test_a_whole_log_is_counted_beside_the_running_service(case):
    told = case.audit()
    assert told.status == 0 and "access log: 1 closed days are whole" in told.output, told
    assert "access log: 1 days are readable, and have no root yet" in told.output
    assert case.looks()["unreadableDays"] == [] and "access log" not in case.audit("--entries-only").output


def test_a_day_that_was_deleted_is_missed_by_everybody(case, file):
    before = case.looks()
    assert [one for one in before["looks"] if one["place"]["day"] == case.day]
    file.unlink()
    told = case.audit()
    assert told.status == 1 and f"access/{case.day}.log" in told.all and "restore the files from a copy" in told.all
    answer = case.looks()
    assert answer["unreadableDays"] == [{"day": case.day, "reason": "missing"}]
    assert answer["looks"] and all(one["place"]["day"] != case.day for one in answer["looks"]), "today is told"
    token = {"Authorization": f"Bearer {case.offices[MAIN].token}"}
    own = case.ledger.get(f"/v1/deeds/{case.number}/looks", headers=token).json()
    assert own["unreadableDays"] == answer["unreadableDays"]
    for language, words in (("en", "its file is missing"), ("mn", "файл алга")):
        pages = [case.citizen(language), case.visitor(language).page(f"/notary/log?act={case.number}"),
                 case.visitor(language).page(f"/notary/log?day={case.day}")]
        for shown in pages:
            assert any(f"{case.day} ({words})" in note for note in shown.notes), shown.notes
    rows = list(csv.reader(io.StringIO(case.visitor().get(f"/notary/log.csv?day={case.day}").text)))
    assert len(rows) == 2 and rows[1][0] == case.day and "cannot be read" in rows[1][7]


def test_a_folder_that_was_deleted_is_missed(case, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(case.ledger.data, copy, ignore=shutil.ignore_patterns("lock", "access", "*.sock"))
    told = case.ledger.tamga.run("audit", "--data", copy)
    assert told.status == 1 and f"access/{case.day}.log" in told.all, told


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_flipped_byte_is_found_with_its_place(case, file, place):
    content = bytearray(file.read_bytes())
    end = len(bytes(content).rstrip(b"\0"))
    content[{"first": 70, "middle": end // 2, "last": end - 1}[place]] ^= 1
    file.write_bytes(content)
    told = case.audit()
    assert told.status == 1 and f"access/{case.day}.log is damaged at byte " in told.all, told


def test_an_older_copy_put_back_lacks_days_and_the_audit_says_which(case, file, tmp_path):
    ledger, keys = tmp_path / "backup", tmp_path / "keys"
    case.ledger.must("backup", "--to", ledger, "--keys-to", keys)
    whole = file.read_bytes()
    assert (ledger / "access" / file.name).read_bytes() == whole
    (ledger / "access" / file.name).unlink()
    machine = tamga.Tamga(case.ledger.tamga.path, tmp_path / "state")
    machine.must("restore", "--from", ledger, "--keys-from", keys, "--data", tmp_path / "restored", "--accept-unseen")
    told = machine.run("audit", "--data", tmp_path / "restored")
    assert told.status == 1 and f"access/{case.day}.log (restore the files from a copy" in told.all, told
    (tmp_path / "restored" / "access" / file.name).write_bytes(whole)
    assert "access log: 1 closed days are whole" in machine.must("audit", "--data", tmp_path / "restored").output


def test_looks_go_on_from_where_an_answer_ends(case):
    everything = case.looks()
    assert "next" not in everything
    middle = everything["looks"][3]["place"]
    rest = case.looks(before=f"{middle['day']}:{middle['index']}")
    assert rest["looks"] == everything["looks"][4:]
    assert case.ledger.post("/v1/deeds/looks", {"act": case.number, "code": case.code, "before": "yesterday"}).status == 400
    token = {"Authorization": f"Bearer {case.offices[MAIN].token}"}
    path = f"/v1/deeds/{case.number}/looks?before="
    told = case.ledger.get(f"{path}{middle['day']}:{middle['index']}", headers=token).json()["looks"]
    assert told == everything["looks"][4:]
    assert case.ledger.get(f"{path}17", headers=token).status == 400


def test_a_citizen_goes_on_to_earlier_looks(case):
    for _ in range(60):
        case.ledger.must("deed", "status", case.number)
    newest = case.citizen()
    fields = {one.attributes["name"]: one.attributes.get("value", "") for one in newest.main.all("input")}
    assert fields["number"] == case.number and fields["before"]
    assert "The newest look-ups: 50" in newest.main.text
    earlier = case.citizen(before=fields["before"])
    assert "Earlier look-ups: " in earlier.main.text and "before" not in [
        one.attributes["name"] for one in earlier.main.all("input")]


# Last: a day that was found damaged counts as damaged for a minute.

def test_a_day_that_was_cut_is_named_and_the_others_are_told(case, file):
    content = file.read_bytes()
    file.write_bytes(content[:len(content) // 2])
    told = case.audit()
    assert told.status == 1 and f"access/{case.day}.log" in told.all, told
    answer = case.looks()
    assert answer["unreadableDays"] == [{"day": case.day, "reason": "damaged"}] and answer["looks"]
    shown = case.visitor().page(f"/notary/log?day={case.day}")
    assert any(f"{case.day} (its file is damaged)" in note for note in shown.notes)
