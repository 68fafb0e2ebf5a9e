"""Death and errors at each kind of system call by which the ledger stores, put there by strace: what was acknowledged is there, and no
size has two roots."""

import http.client
import secrets
import shutil
import subprocess
import time

import c2sp
import pytest
import tamga
from load import Witness
from tracer import Tracer

pytestmark = pytest.mark.faults

# Every call that changes something, as the kernel names it here or on other machines.
WRITE, SYNC, SYNC_DIRECTORY, RENAME, OPEN, REMOVE = "pwrite64", "fdatasync", "fsync", "/^rename", "openat", "/^unlink"
SMALL_FILES = ("--journal-file-length", 4 << 20)
# Of entries as large as they may be, a journal file of 4 MiB holds 64: a run of so many goes over into the next one.
LARGE, ROLLING = 65_000, 75


@pytest.fixture(scope="module", autouse=True)
def strace(tmp_path_factory):
    """strace, if it is there and may trace and inject."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: tools/setup --python")
    tried = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "-e", "inject=getpid:error=EIO", "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"strace may not trace here: {tried.stderr.strip()}")


class Filing:
    """Files raw entries one by one and remembers what was acknowledged; `Witness` takes it for a load."""

    def __init__(self, ledger: tamga.Ledger) -> None:
        self.ledger = ledger
        self.acknowledged: dict[int, bytes] = {}
        self.notes: list[str] = []
        self.unexpected: list = []
        self.failures = 0

    def file(self, count: int, length: int = 42, stop=lambda: False) -> "Filing":
        """Until the service is gone, a filing was refused, or `stop` says so."""
        for number in range(count):
            entry = secrets.token_bytes(length)
            try:
                answer = self.ledger.post("/add", entry, timeout=20)
                if number % 8 == 0:
                    self.notes.append(self.ledger.get("/checkpoint").text)
            except (OSError, http.client.HTTPException):
                return self
            if answer.status in (200, 201):
                if self.acknowledged.setdefault(int(answer.text), entry) != entry:
                    self.unexpected.append(f"index {answer.text} was given twice")
            elif answer.status in (500, 503, 507):
                self.failures += 1
                return self
            else:
                self.unexpected.append(answer)
            if stop():
                return self
        return self


def end(ledger: tamga.Ledger) -> None:
    if ledger.process.poll() is None:
        ledger.kill()
    ledger.process = None


def run(ledger, witness, call: str, fault: str, nth: int, rolling: bool = False, comes_back: bool = False) -> bool:
    """One service's life with one fault in it, and one after it that must hold everything. Returns whether the fault struck."""
    tracer = Tracer(ledger.data.parent, call, fault, nth).attach(ledger.process)
    filing = Filing(ledger)
    try:
        filing.file(ROLLING if rolling else 12, LARGE if rolling else 42)
        # A checkpoint is published every second: its state is synced by then.
        until = time.monotonic() + 1.2
        while not tracer.has_struck and ledger.process.poll() is None and time.monotonic() < until:
            filing.file(1)
            time.sleep(0.05)
        struck = tracer.has_struck or ledger.process.poll() is not None
    finally:
        tracer.detach()
    if comes_back:
        assert ledger.process.poll() is None, f"{call} {fault} {nth}: an error ended the service\n{ledger.log()}"
        until = time.monotonic() + 15
        while not (again := Filing(ledger).file(1)).acknowledged:
            assert time.monotonic() < until, f"{call} {fault} {nth}: filing stays closed\n{ledger.log()}"
            time.sleep(0.2)
        witness.saw(again)
    end(ledger)
    ledger.restart()
    witness.saw(filing)
    witness.check()
    return struck


def test_death_at_each_system_call_loses_nothing(new_ledger):
    ledger = new_ledger(init=SMALL_FILES).serve("--allow-raw")
    witness = Witness(ledger)
    cases = [(call, nth, False) for call in (WRITE, SYNC) for nth in (1, 2, 3, 5, 8)]
    cases += [(call, nth, True) for call, nth in [(RENAME, 1), (SYNC_DIRECTORY, 1), (OPEN, 1), (OPEN, 2), (OPEN, 3)]]
    missed = [case for case in cases if not run(ledger, witness, case[0], "signal=KILL", case[1], rolling=case[2])]
    assert not missed, f"the service outlived {missed}"
    assert len(witness.acknowledged) > len(cases)
    assert ledger.stop() == 0
    assert ledger.command("audit").status == 0


def test_an_error_of_each_system_call_loses_nothing(new_ledger):
    ledger = new_ledger(init=SMALL_FILES).serve("--allow-raw")
    witness = Witness(ledger)
    cases = [
        (WRITE, "EIO", 1, False), (WRITE, "ENOSPC", 2, False), (SYNC, "EIO", 2, False), (SYNC, "ENOSPC", 3, False),
        (RENAME, "EIO", 1, True), (SYNC_DIRECTORY, "EIO", 1, True), (OPEN, "ENOSPC", 1, True), (OPEN, "EMFILE", 2, True),
    ]
    missed = [case for case in cases if not run(ledger, witness, case[0], f"error={case[1]}", case[2], rolling=case[3])]
    assert not missed, f"no such call was made: {missed}"
    assert ledger.stop() == 0
    assert ledger.command("audit").status == 0


@pytest.mark.parametrize(("call", "error"), [(WRITE, "ENOSPC"), (SYNC, "EIO"), (RENAME, "EIO")])
def test_filing_opens_again_by_itself_after_an_error(new_ledger, call, error):
    ledger = new_ledger(init=SMALL_FILES).serve("--allow-raw")
    witness = Witness(ledger)
    assert run(ledger, witness, call, f"error={error}", 1, rolling=call == RENAME, comes_back=True)


def test_death_or_an_error_while_starting_loses_nothing(new_ledger):
    ledger = new_ledger(init=SMALL_FILES).serve("--allow-raw")
    witness = Witness(ledger)
    filing = Filing(ledger).file(20)
    end(ledger)
    missed = []
    for call, fault, nth in [
        (WRITE, "signal=KILL", 1), (WRITE, "signal=KILL", 2), (SYNC, "signal=KILL", 1), (SYNC, "signal=KILL", 4),
        (SYNC_DIRECTORY, "signal=KILL", 1), (WRITE, "error=EIO", 2), (SYNC, "error=EIO", 1), (SYNC, "error=EIO", 3),
        (SYNC_DIRECTORY, "error=EIO", 1), (REMOVE, "signal=KILL", 1),
    ]:
        tracer = Tracer(ledger.data.parent, call, fault, nth)
        # As a grandchild, so that the service is still the process that was started.
        ledger.under = ("strace", "-D", "-qq", *tracer.options)
        process = ledger.launch(*ledger.options)
        until = time.monotonic() + 10
        while process.poll() is None and not tracer.has_struck and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.1)
        if not tracer.has_struck and process.poll() is None:
            missed.append((call, fault, nth))
        end(ledger)
        ledger.under = ()
    ledger.restart()
    witness.saw(filing)
    witness.check()
    assert not missed, f"no such call was made: {missed}"
    assert ledger.stop() == 0
    assert ledger.command("audit").status == 0


def test_receipts_survive_death_at_system_calls(shop, tmp_path):
    filed = []
    for nth, call in enumerate((WRITE, SYNC, WRITE, SYNC), start=2):
        tracer = Tracer(tmp_path, call, "signal=KILL", nth).attach(shop.process)
        try:
            for part in range(12):
                filed.append(shop.file(tamga.receipt(suffix=f"{nth}-{part}")))
        except (OSError, http.client.HTTPException):
            pass
        finally:
            tracer.detach()
        assert tracer.has_struck
        end(shop)
        shop.restart()
    assert len({answer.json()["id"] for answer in filed}) == len({answer.index for answer in filed}) == len(filed) > 0
    for answer in filed:
        evidence = shop.evidence(answer, tmp_path / "evidence.tlog-proof")
        assert shop.verify(evidence, "--expect", f"id={answer.json()['id']}").status == 0
    assert shop.command("audit").status == 0


def test_death_or_an_error_while_compacting_loses_nothing(new_ledger, tmp_path):
    ledger = new_ledger(init=SMALL_FILES, segment_height=4).serve("--allow-raw")
    filing = Filing(ledger).file(150)
    assert len(filing.acknowledged) == 150 and ledger.stop() == 0
    before = tmp_path / "before"
    shutil.copytree(ledger.data, before)
    compact = [str(ledger.tamga.path), "compact", "--now", "--seal-tail", "--data", str(ledger.data)]
    calls = (WRITE, SYNC, SYNC_DIRECTORY, RENAME, REMOVE, OPEN)
    cases = [(call, fault, nth) for call in calls for fault in ("signal=KILL", "error=EIO") for nth in (2, 9, 30)]
    cases += [(call, "error=ENOSPC", nth) for call in (WRITE, OPEN) for nth in (5, 40)]
    struck = 0
    for call, fault, nth in cases:
        # Nothing was signed since: the copy is as new as the state that is kept beside it.
        shutil.rmtree(ledger.data)
        shutil.copytree(before, ledger.data)
        tracer = Tracer(tmp_path, call, fault, nth)
        ended = subprocess.run(
            ["strace", "-qq", *tracer.options, *compact], capture_output=True, timeout=60, env=ledger.tamga.environment)
        case = f"{call} {fault} {nth}: {ended.returncode}\n{ended.stdout.decode()}{ended.stderr.decode()}"
        struck += tracer.has_struck
        for arguments in (("compact", "--now", "--seal-tail"), ("audit", "--index")):
            done = ledger.command(*arguments)
            assert done.status == 0, f"{case}\nand then {done.all}"
        assert "clean: 150 entries" in done.output, case
    assert struck > len(cases) / 2, f"of {len(cases)} faults {struck} struck"
    ledger.restart()
    size, _ = ledger.published(150)
    entries = c2sp.read_entries(lambda path: ledger.get(path).body, size)
    assert all(entries[index] == entry for index, entry in filing.acknowledged.items())
