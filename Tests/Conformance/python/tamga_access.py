#!/usr/bin/env python3
"""Checks who looked: a day of Tamga's access log, or one line of it, against the root in the ledger.

    tamga_access.py day EXPORT (--evidence FILE (--key VKEY | --policy FILE) | --root HEX --count N)
    tamga_access.py line PROOF (--evidence FILE (--key VKEY | --policy FILE) | --root HEX --count N)
    tamga_access.py chain EVIDENCE… (--key VKEY | --policy FILE)

`day` computes the root over all lines of an export, `line` follows the inclusion path of one line, and both compare with the record
of kind 10 that the evidence shows. `chain` says whether the records of several days follow one another without a gap.
Written from Ledger/FORMATS.md alone, with the standard library alone; evidence is checked by tamga_verify.py beside it.

Exit codes: 0 matches · 1 the lines are not those of the root · 2 wrong usage · 3 export, proof or evidence damaged ·
4 not in ledger · 5 cannot tell now.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

PREFIX = b"tamga access line v1\n"
KIND = 10
MATCHES, DIFFERENT, USAGE, DAMAGED, NOT_IN_LEDGER, CANNOT_TELL = range(6)
MONGOLIA = timezone(timedelta(hours=8))
# The end of the year 9999 there, in milliseconds.
TIME_MAX = 253_402_271_999_999


class Refused(Exception):
    """Why something is not what it should be, and with which exit code."""

    def __init__(self, code: int, reason: str):
        super().__init__(reason)
        self.code = code


def hashed(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value: object) -> bytes:
    """Canonical JSON as FORMATS.md has it; the numbers of an access line are whole."""
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise Refused(DAMAGED, "a text that is not Unicode") from None


def strict_json(text: bytes, where: str) -> dict:
    def members(pairs: list[tuple[str, object]]) -> dict:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Refused(DAMAGED, f"{where}: a member comes twice")
        return found

    def whole_only(text: str) -> object:
        raise Refused(DAMAGED, f"{where}: {text} is no whole number")

    try:
        value = json.loads(text.decode(), object_pairs_hook=members, parse_float=whole_only, parse_constant=whole_only)
    except (ValueError, RecursionError):
        raise Refused(DAMAGED, f"{where}: not JSON") from None
    if not isinstance(value, dict):
        raise Refused(DAMAGED, f"{where}: not an object")
    return value


def from_hex(text: object, count: int, where: str) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(r"[0-9a-f]{%d}" % (2 * count), text):
        raise Refused(DAMAGED, f"{where}: not {count} bytes in lower-case hexadecimal digits")
    return bytes.fromhex(text)


# Lines


def is_time(value: object) -> bool:
    return type(value) is int and 0 < value <= TIME_MAX


def leaf_of(line: object, salt: object, where: str) -> bytes:
    """The leaf hash of a line: SHA-256(0x00 ‖ prefix ‖ salt ‖ canonical JSON)."""
    if not isinstance(line, dict) or not is_time(line.get("time")) or not isinstance(line.get("act"), str):
        raise Refused(DAMAGED, f"{where}: no line of an access log")
    return hashed(b"\0", PREFIX, from_hex(salt, 16, f"{where}, salt"), canonical(line))


def day_of(line: dict) -> str:
    return datetime.fromtimestamp(line["time"] // 1000, MONGOLIA).strftime("%Y-%m-%d")


def rows(export: Iterable[bytes]) -> Iterable[tuple[dict, bytes]]:
    """The lines of an export with their leaf hashes; exactly `{"line":…,"salt":…}` and a newline each."""
    for number, text in enumerate(export):
        where = f"line {number}"
        if not text.endswith(b"\n"):
            raise Refused(DAMAGED, f"{where}: the export ends inside it")
        row = strict_json(text, where)
        if set(row) != {"line", "salt"}:
            raise Refused(DAMAGED, f"{where}: other members than line and salt")
        yield row["line"], leaf_of(row["line"], row["salt"], where)


# Tree: RFC 6962 section 2.1


def root_of(leaves: Iterable[bytes]) -> tuple[bytes, int]:
    """Root and number of leaves, in one pass: the roots of complete subtrees wait until their right neighbour is there."""
    edge: list[bytes] = []
    count = 0
    for node in leaves:
        size = count
        while size & 1:
            node, size = hashed(b"\1", edge.pop(), node), size >> 1
        edge.append(node)
        count += 1
    if not edge:
        return hashed(), 0
    root = edge.pop()
    while edge:
        root = hashed(b"\1", edge.pop(), root)
    return root, count


def inclusion_root(index: int, count: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """RFC 9162 section 2.1.3.2; None when the path has not the length of this place."""
    position, last, node = index, count - 1, leaf
    if not 0 <= position <= last:
        return None
    for sibling in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            node = hashed(b"\1", sibling, node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = hashed(b"\1", node, sibling)
        position, last = position >> 1, last >> 1
    return node if last == 0 else None


# What the ledger says


@dataclass(frozen=True)
class DayRoot:
    root: bytes
    count: int
    day: str | None = None
    after: str | None = None
    first: int | None = None
    last: int | None = None


def recorded_root(evidence: bytes, policy: object) -> DayRoot:
    """The record of kind 10 in a file of evidence, once that is verified."""
    import tamga_verify as tamga

    report = tamga.verify(evidence, policy)
    if report.verdict is not tamga.Verdict.MATCHES:
        raise Refused(int(report.verdict), f"the evidence: {report.reason}")
    if report.content.kind != KIND:
        raise Refused(DIFFERENT, f"the evidence is of kind {report.content.kind}, not of an access log's root")
    shown = {f.name.decode(): f.value.decode("utf-8", "replace") for f in report.content.fields if f.value is not None}
    if shown.get("action") != "access-day":
        raise Refused(CANNOT_TELL, "the evidence does not show the root of a day")
    for name in ("day", "count", "root", "first", "last"):
        if name not in shown:
            raise Refused(CANNOT_TELL, f"the evidence does not show {name}")
    hidden = {f.name.decode() for f in report.content.fields if f.value is None}
    if "after" in hidden:
        raise Refused(CANNOT_TELL, "the evidence does not show after")
    times = [re.fullmatch(r"(\d{1,16})\+08:00", shown[name]) for name in ("first", "last")]
    if not all(times) or not re.fullmatch(r"[1-9]\d{0,9}", shown["count"]):
        raise Refused(DAMAGED, "the record of the day is not readable")
    first, last = (int(time[1]) for time in times)
    return DayRoot(
        from_hex(shown["root"], 32, "root"), int(shown["count"]), shown["day"], shown.get("after"), first, last)


def check_day(export: Iterable[bytes], recorded: DayRoot) -> str:
    times: list[int] = []

    def leaves() -> Iterable[bytes]:
        for line, leaf in rows(export):
            if recorded.day is not None and day_of(line) != recorded.day:
                raise Refused(DIFFERENT, f"a line is of {day_of(line)}, the root of {recorded.day}")
            if times and line["time"] < times[-1]:
                raise Refused(DIFFERENT, "the times of the lines go back")
            times[1:] = [line["time"]]
            yield leaf

    root, count = root_of(leaves())
    if count != recorded.count:
        raise Refused(DIFFERENT, f"{count} lines, the ledger says {recorded.count}")
    if root != recorded.root:
        raise Refused(DIFFERENT, "the lines do not give the root in the ledger")
    if recorded.first is not None and (times[0], times[-1]) != (recorded.first, recorded.last):
        raise Refused(DIFFERENT, "the first or the last line is not of the time that the ledger says")
    return f"all {count} lines are those of the root in the ledger"


def check_line(text: bytes, recorded: DayRoot) -> str:
    proof = strict_json(text, "proof")
    index, count, path = proof.get("index"), proof.get("count"), proof.get("path")
    if type(index) is not int or type(count) is not int or not isinstance(path, list) or len(path) > 64:
        raise Refused(DAMAGED, "proof: index, count or path is missing")
    leaf = leaf_of(proof.get("line"), proof.get("salt"), "proof")
    hashes = [from_hex(node, 32, "proof, path") for node in path]
    day = day_of(proof["line"])
    if recorded.day is not None and not recorded.day == day == proof.get("day"):
        raise Refused(DIFFERENT, f"the line is of {day}, the root of {recorded.day}")
    if count != recorded.count:
        raise Refused(DIFFERENT, f"a proof for {count} lines, the ledger says {recorded.count}")
    if inclusion_root(index, count, leaf, hashes) != recorded.root:
        raise Refused(DIFFERENT, "the path does not lead to the root in the ledger")
    return f"line {index} of {count} is under the root in the ledger"


def check_chain(days: list[DayRoot]) -> str:
    for before, after in zip(days, days[1:]):
        if after.after != before.day or not before.day < after.day:
            raise Refused(DIFFERENT, f"{after.day} follows {after.after or 'nothing'}, not {before.day}")
    return f"{len(days)} days follow one another: {days[0].day} to {days[-1].day}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tamga_access.py", allow_abbrev=False, description="Checks who looked.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (("day", "export"), ("line", "proof"), ("chain", "evidence")):
        command = commands.add_parser(name, allow_abbrev=False)
        command.add_argument(what, type=Path, nargs="+" if name == "chain" else None)
        trust = command.add_mutually_exclusive_group(required=name == "chain")
        trust.add_argument("--key", metavar="VKEY")
        trust.add_argument("--policy", type=Path, metavar="FILE")
        if name != "chain":
            command.add_argument("--evidence", type=Path, metavar="FILE")
            command.add_argument("--root", metavar="HEX")
            command.add_argument("--count", type=int, metavar="N")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        print(run(options))
        return MATCHES
    except Refused as refusal:
        print(f"tamga_access.py: {refusal}", file=sys.stderr)
        return refusal.code
    except OSError as problem:
        print(f"tamga_access.py: {problem}", file=sys.stderr)
        return USAGE


def policy_of(options: argparse.Namespace) -> object:
    import tamga_verify as tamga

    try:
        if options.policy is not None:
            return tamga.Policy.parse(options.policy.read_bytes())
        return tamga.Policy.of_key(options.key.encode("utf-8", "surrogateescape").strip(b" \t\r\n"))
    except tamga.Malformed as problem:
        raise Refused(USAGE, str(problem)) from None


def run(options: argparse.Namespace) -> str:
    if options.command == "chain":
        policy = policy_of(options)
        return check_chain([recorded_root(path.read_bytes(), policy) for path in options.evidence])
    is_trusted = options.key is not None or options.policy is not None
    if options.evidence is not None and is_trusted and options.root is None and options.count is None:
        recorded = recorded_root(options.evidence.read_bytes(), policy_of(options))
    elif options.root is not None and options.count is not None and options.evidence is None and not is_trusted:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", options.root) or options.count < 1:
            raise Refused(USAGE, "--root has 64 hexadecimal digits, --count is at least 1")
        recorded = DayRoot(bytes.fromhex(options.root), options.count)
    else:
        raise Refused(USAGE, "give --evidence with --key or --policy, or --root with --count")
    if options.command == "line":
        return check_line(options.proof.read_bytes(), recorded)
    with options.export.open("rb") as export:
        return check_day(export, recorded)


if __name__ == "__main__":
    sys.exit(main())
