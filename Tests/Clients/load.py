"""A ledger under load, and what was acknowledged and seen of it meanwhile."""

from __future__ import annotations

import http.client
import secrets
import threading
import time

import c2sp
import tamga

PRODUCERS = 16


class Load:
    """Producers that add unique entries as fast as they are acknowledged, and one who collects checkpoints."""

    def __init__(self, ledger: tamga.Ledger) -> None:
        self.ledger = ledger
        self.acknowledged: dict[int, bytes] = {}
        self.notes: list[str] = []
        self.unexpected: list = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.produce, daemon=True) for _ in range(PRODUCERS)]
        self.threads.append(threading.Thread(target=self.collect, daemon=True))

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=30)
            assert not thread.is_alive()

    def produce(self) -> None:
        connection = http.client.HTTPConnection(self.ledger.api, timeout=20)
        while not self.stopping.is_set():
            entry = secrets.token_bytes(42)
            try:
                connection.request("POST", "/add", body=entry)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                # The service is gone, or going: what was not acknowledged is nobody's loss.
                connection.close()
                time.sleep(0.005)
                continue
            if answer.status in (200, 201):
                index = int(body)
                if self.acknowledged.setdefault(index, entry) != entry:
                    self.unexpected.append(f"index {index} was given twice")
            elif answer.status != 503:
                self.unexpected.append((answer.status, body))
        connection.close()

    def collect(self) -> None:
        while not self.stopping.is_set():
            try:
                answer = self.ledger.get("/checkpoint", timeout=5)
                if answer.status == 200:
                    self.notes.append(answer.text)
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)


class Witness:
    """Remembers every entry acknowledged and every checkpoint seen, over all rounds."""

    def __init__(self, ledger: tamga.Ledger) -> None:
        self.ledger = ledger
        self.key = c2sp.VerifierKey.parse(ledger.key)
        self.acknowledged: dict[int, bytes] = {}
        self.roots: dict[int, bytes] = {}
        self.tree = c2sp.CompactRange()
        self.entries: list[bytes] = []

    def saw(self, load: Load) -> None:
        assert not load.unexpected, load.unexpected[:5]
        assert not self.acknowledged.keys() & load.acknowledged.keys(), "an index was given again after a crash"
        self.acknowledged |= load.acknowledged
        for note in set(load.notes):
            self.note(note)

    def note(self, note: str) -> None:
        checkpoint = c2sp.Checkpoint.verified(note, self.key)
        assert self.roots.setdefault(checkpoint.size, checkpoint.root) == checkpoint.root, f"two roots at {checkpoint.size}"

    def check(self) -> None:
        """Reads the log anew: every acknowledged entry at its index, every root ever seen the root of these entries."""
        size, note = self.ledger.published(max(self.acknowledged, default=-1) + 1)
        self.note(note)
        entries = c2sp.read_entries(self.get, size)
        assert entries[: len(self.entries)] == self.entries, "what was read before has changed"
        self.entries = entries
        lost = [index for index, entry in self.acknowledged.items() if index >= size or entries[index] != entry]
        assert not lost, f"{len(lost)} acknowledged entries are gone or changed: {sorted(lost)[:10]}"
        assert max(self.roots) <= size, "a checkpoint was published beyond what survived"
        tree = c2sp.CompactRange()
        for at in range(size + 1):
            if at in self.roots:
                assert tree.root() == self.roots[at], f"the root published at {at} is not of these entries"
            if at < size:
                tree.append(c2sp.leaf_hash(entries[at]))
        self.proofs()

    def proofs(self) -> None:
        sizes = sorted(size for size in self.roots if size)
        for first, second in list(zip(sizes, sizes[1:]))[-12:]:
            body = self.ledger.get(f"/v1/consistency?from={first}&to={second}").json()
            c2sp.check_consistency(first, second, c2sp.hashes(body["hashes"]), self.roots[first], self.roots[second])

    def get(self, path: str) -> bytes:
        answer = self.ledger.get(path)
        assert answer.status == 200, f"{path}: {answer}"
        return answer.body
