"""tamga_access.py: what it accepts is made here by other code, and nothing else is accepted."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import evidence_maker as maker
import tamga_access as access
import tamga_verify as tamga

DAY_START = 1770825600000
DAY = "2026-02-12"
SCRIPT = Path(access.__file__)


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def merkle_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1."""
    if len(leaves) < 2:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*merkle_path(index, leaves[:split]), merkle_root(leaves[split:])]
    return [*merkle_path(index - split, leaves[split:]), merkle_root(leaves[:split])]


def spelled(line: dict) -> bytes:
    reader = ",".join(f'"{name}":{json.dumps(line["reader"][name], ensure_ascii=False)}' for name in line["reader"])
    return (
        f'{{"act":"{line["act"]}","detail":{json.dumps(line["detail"], ensure_ascii=False)},"purpose":"{line["purpose"]}",'
        f'"reader":{{{reader}}},"time":{line["time"]}}}'
    ).encode()


class Day:
    def __init__(self, count: int, start: int = DAY_START, after: str | None = None):
        self.after = after
        self.lines = [
            {"act": f"NT002-2026-{n % 3:06}", "detail": f"№ {n} \"\\\u0001", "purpose": "record",
             "reader": {"role": "notary", "subject": "NT002"}, "time": start + 1000 * n}
            for n in range(count)
        ]
        self.salts = [bytes([n % 256]) * 16 for n in range(count)]

    @property
    def leaves(self) -> list[bytes]:
        prefix = b"\0tamga access line v1\n"
        return [hashlib.sha256(prefix + s + spelled(line)).digest() for s, line in zip(self.salts, self.lines)]

    def rows(self) -> list[bytes]:
        return [b'{"line":%s,"salt":"%s"}\n' % (spelled(x), s.hex().encode()) for x, s in zip(self.lines, self.salts)]

    def proof(self, index: int) -> dict:
        return {
            "count": len(self.lines), "day": access.day_of(self.lines[index]), "entry": 7, "index": index,
            "line": self.lines[index], "path": [node.hex() for node in merkle_path(index, self.leaves)],
            "salt": self.salts[index].hex(),
        }

    def fields(self) -> dict[str, str]:
        fields = {
            "action": "access-day", "chain": "operator", "count": str(len(self.lines)),
            "day": access.day_of(self.lines[0]), "first": f"{self.lines[0]['time']}+08:00",
            "last": f"{self.lines[-1]['time']}+08:00", "root": merkle_root(self.leaves).hex(), "sequence": "0",
        }
        return fields | ({"after": self.after} if self.after else {})

    def evidence(self, kind: int = 10, hidden: tuple = (), **changes: str) -> bytes:
        fields = self.fields() | changes
        listed = tuple((name.encode(), fields[name].encode()) for name in sorted(fields) if fields[name])
        return maker.Odd(kind=kind, fields=listed, hidden=hidden).file()


@pytest.fixture
def judge(tmp_path, capsys):
    """Runs the script's own main on files, and gives its exit code."""

    def run(command: str, *contents: bytes, evidence: bytes | None = None, key: bytes = maker.LOG.vkey, extra: tuple = ()):
        paths = []
        for number, content in enumerate(contents):
            paths.append(tmp_path / f"{number}")
            paths[-1].write_bytes(content)
        arguments = [command, *map(str, paths), *extra]
        if evidence is not None:
            (tmp_path / "evidence").write_bytes(evidence)
            arguments += ["--evidence", str(tmp_path / "evidence")]
        if evidence is not None or command == "chain":
            arguments += ["--key", key.decode()]
        return access.main(arguments)

    return run


def test_the_page(page, judge):
    export, root = page["access-export-example"], page["access-root-example"]
    rows = [json.loads(row) for row in export.splitlines()]
    assert access.leaf_of(rows[0]["line"], rows[0]["salt"], "x") == page["access-leaf-example"]
    assert judge("day", export, extra=("--root", root.hex(), "--count", "3")) == 0
    assert judge("day", export, extra=("--root", root.hex(), "--count", "2")) == 1
    for offset in range(len(export)):
        changed = export[:offset] + bytes([export[offset] ^ 1]) + export[offset + 1:]
        assert judge("day", changed, extra=("--root", root.hex(), "--count", "3")) in (1, 3), offset


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 31, 64, 100])
def test_days_and_lines_match(judge, count):
    day = Day(count)
    evidence = day.evidence()
    assert judge("day", b"".join(day.rows()), evidence=evidence) == 0
    for index in range(count):
        assert judge("line", json.dumps(day.proof(index)).encode(), evidence=evidence) == 0


def test_other_lines_do_not_match(judge):
    day = Day(9)
    rows, evidence = day.rows(), day.evidence()
    other = Day(9)
    other.lines[4]["reader"] = {"role": "notary", "subject": "NT003"}
    for changed in (
        rows[:-1], rows[1:], rows[:4] + rows[5:], rows + rows[-1:], rows[:3] + [rows[4], rows[3]] + rows[5:], other.rows(),
        [], [row.replace(b"0" * 32, b"f" * 32) for row in rows],
    ):
        assert judge("day", b"".join(changed), evidence=evidence) == 1
    for broken in (
        b"".join(rows)[:-1], b"[]\n", b"{}\n", rows[0].replace(b'"line"', b'"Line"'), rows[0].replace(b"1770825600000", b"1e3"),
        rows[0].replace(b"}\n", b',"salt":"00"}\n'), rows[0].replace(b'"salt":"00', b'"salt":"0G'), b"\xff\n",
        rows[0].replace(b"NT002-2026", b"\\ud800"), rows[0].replace(b"1770825600000", b"99999999999999999"),
        b"[" * 100_000 + b"\n",
    ):
        assert judge("day", broken, evidence=evidence) == 3, broken[:80]


def test_other_records_do_not_match(judge):
    day = Day(5)
    export = b"".join(day.rows())
    for code, evidence in (
        (1, day.evidence(kind=8)), (1, day.evidence(day="2026-02-13")), (1, day.evidence(count="6")),
        (1, day.evidence(root="0" * 64)), (1, day.evidence(first="1770825600001+08:00")),
        (1, day.evidence(last="1770825600001+08:00")), (5, day.evidence(hidden=(b"root",))),
        (5, day.evidence(hidden=(b"day",))), (5, day.evidence(action="other")), (5, day.evidence(count="")),
        (3, day.evidence(count="x")), (3, day.evidence(root="xyz")), (3, day.evidence()[:-40]),
        (5, Day(5, after="2026-02-11").evidence(hidden=(b"after",))),
    ):
        assert judge("day", export, evidence=evidence) == code
    other = maker.Signer(b"ledger.example/other", 9)
    assert judge("day", export, evidence=day.evidence(), key=other.vkey) == 4


def test_every_change_of_a_proof_is_found(judge):
    day = Day(11)
    evidence, proof = day.evidence(), day.proof(6)
    recorded = access.recorded_root(evidence, tamga.Policy.of_key(maker.LOG.vkey))
    text = json.dumps(proof, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert judge("line", text, evidence=evidence) == 0
    entry = text.index(b'"entry":7')
    for offset in range(len(text)):
        changed = text[:offset] + bytes([text[offset] ^ 1]) + text[offset + 1:]
        try:
            access.check_line(changed, recorded)
        except access.Refused as refusal:
            assert refusal.code in (1, 3)
        else:
            # The number of the entry only says where to ask for the evidence.
            assert entry <= offset < entry + 9, offset
    for changes in (
        {"index": 5}, {"index": 11}, {"index": -1}, {"count": 10}, {"path": proof["path"][:-1]}, {"path": []},
        {"path": [*proof["path"], "00" * 32]}, {"day": "2026-02-13"}, {"salt": "00" * 16},
        {"line": proof["line"] | {"time": DAY_START + 86_400_000}},
    ):
        assert judge("line", json.dumps(proof | changes).encode(), evidence=evidence) == 1, changes
    for changes in ({"index": True}, {"index": 6.0}, {"path": "x"}, {"path": [1]}, {"line": 1}, {"salt": None}):
        assert judge("line", json.dumps(proof | changes).encode(), evidence=evidence) == 3, changes


def test_a_chain_has_no_gap(judge):
    first = Day(2)
    second = Day(3, DAY_START + 3 * 86_400_000, after=DAY)
    third = Day(1, DAY_START + 4 * 86_400_000, after="2026-02-15")
    files = [day.evidence() for day in (first, second, third)]
    assert judge("chain", *files) == 0 and judge("chain", files[1]) == 0
    assert judge("chain", files[0], files[2]) == 1 and judge("chain", files[1], files[0]) == 1
    assert judge("chain", files[0], files[0]) == 1


def test_wrong_usage(judge, tmp_path):
    day = Day(1)
    export, root = day.rows()[0], merkle_root(day.leaves).hex()
    assert judge("day", export) == 2 and judge("day", export, extra=("--root", root)) == 2
    assert judge("day", export, extra=("--root", "x", "--count", "1")) == 2
    assert judge("day", export, evidence=day.evidence(), extra=("--root", root)) == 2
    assert judge("day", export, evidence=day.evidence(), key=b"x") == 2
    assert access.main(["day", str(tmp_path / "nothing"), "--root", root, "--count", "1"]) == 2


def test_a_day_is_checked_with_the_standard_library_alone(tmp_path):
    day = Day(20)
    (tmp_path / "export").write_bytes(b"".join(day.rows()))
    # -I -S: neither this folder nor installed packages can be imported.
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, "day", tmp_path / "export", "--root", merkle_root(day.leaves).hex(), "--count", "20"],
        capture_output=True,
    )
    assert done.returncode == 0 and b"20 lines" in done.stdout, done.stderr
