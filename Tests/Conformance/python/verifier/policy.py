"""Policy: C2SP tlog-policy, strict."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from verifier.encoding import Malformed, canonical_number
from verifier.notes import VerifierKey


def only_once(key: VerifierKey, others: Iterable[VerifierKey]) -> VerifierKey:
    if any(key.public == other.public for other in others):
        raise Malformed("a public key that another line of its sort has already")
    return key


@dataclass
class Policy:
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[bytes, VerifierKey] = field(default_factory=dict)
    groups: dict[bytes, tuple[int, list[bytes]]] = field(default_factory=dict)
    quorum: bytes | None = None

    @staticmethod
    def of_key(line: bytes) -> Policy:
        return Policy(logs=[VerifierKey.of_log(line)], quorum=b"none")

    @staticmethod
    def parse(data: bytes) -> Policy:
        if any(byte < 0x20 and byte not in (0x09, 0x0A) or byte == 0x7F for byte in data):
            raise Malformed("policy: a control character")
        if not data.endswith(b"\n"):
            raise Malformed("policy: the last line has no newline")
        policy, members = Policy(), set()
        for number, line in enumerate(data.split(b"\n"), 1):
            words = re.split(rb"[ \t]+", line.strip(b" \t"))
            if words == [b""] or words[0].startswith(b"#"):
                continue
            try:
                policy._take(words, members)
            except Malformed as problem:
                raise Malformed(f"policy, line {number}: {problem}") from None
        if policy.quorum is None:
            raise Malformed("policy: no quorum line")
        return policy

    def _take(self, words: list[bytes], members: set[bytes]) -> None:
        match words:
            case [b"log", key] | [b"log", key, _]:
                self.logs.append(only_once(VerifierKey.of_log(key), self.logs))
            case [b"witness", name, key] | [b"witness", name, key, _]:
                self._new_name(name)
                self.witnesses[name] = only_once(VerifierKey.of_witness(key), self.witnesses.values())
            case [b"group", name, threshold, *names] if names:
                self._new_name(name)
                count = {b"all": len(names), b"any": 1}.get(threshold)
                if count is None:
                    count = canonical_number(threshold, len(names), "threshold")
                if not 1 <= count <= len(names):
                    raise Malformed("the threshold is not between 1 and the number of members")
                for member in names:
                    if not self._is_defined(member):
                        raise Malformed("a member that is not defined above")
                    if member in members:
                        raise Malformed("a member that is in a group already")
                    members.add(member)
                self.groups[name] = (count, names)
            case [b"quorum", name]:
                if self.quorum is not None:
                    raise Malformed("a second quorum line")
                if name != b"none" and not self._is_defined(name):
                    raise Malformed("a quorum that is not defined above")
                self.quorum = name
            case _:
                raise Malformed("not a log, witness, group or quorum line")

    def _is_defined(self, name: bytes) -> bool:
        return name in self.witnesses or name in self.groups

    def _new_name(self, name: bytes) -> None:
        if name in (b"none", b"all", b"any") or self._is_defined(name):
            raise Malformed("a name that is reserved or in use")

    def is_met(self, cosigners: set[bytes], name: bytes | None = None) -> bool:
        name = self.quorum if name is None else name
        if name == b"none" or name in cosigners:
            return True
        count, names = self.groups.get(name, (1, []))
        return sum(self.is_met(cosigners, member) for member in names) >= count
