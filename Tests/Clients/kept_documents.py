"""Registered acts whose documents are kept, and what lies in the folder."""

import hashlib
import os
import secrets

import pytest
from signing import Office, act, document
from tamga import Answer, Ledger, ask

PLAN, SKETCH = secrets.token_bytes(65_536), b""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Case:
    """A registered act with its document and two attachments."""

    def __init__(self, office: Office, draft: dict | None = None, main: bytes = b"") -> None:
        self.office = office
        self.main = main or secrets.token_bytes(100_000)
        self.draft = draft or act(self.main, attachments=[document(PLAN), document(SKETCH)])
        self.registered = office.registered(self.draft).json()
        self.number, self.code = self.registered["act"], self.registered["accessCode"]

    def path(self, digest: str = "") -> str:
        return f"/v1/deeds/{self.number}/documents" + (f"/{digest}" if digest else "")

    def ask(self, method: str, digest: str = "", body=None, office: Office | None = None, headers=None) -> Answer:
        token = (office or self.office).token
        return ask(
            self.office.ledger.api, method, self.path(digest), body, {"Authorization": f"Bearer {token}", **(headers or {})}, timeout=60)

    def put(self, content: bytes, digest: str = "", **options) -> Answer:
        return self.ask("PUT", digest or sha256(content), content, **options)

    def keep(self, content: bytes) -> Answer:
        answer = self.put(content)
        assert answer.status == 201, answer
        return answer

    @property
    def states(self) -> dict[str, str]:
        answer = self.ask("GET")
        assert answer.status == 200, answer
        return {each["sha256"]: each["state"] for each in answer.json()["documents"]}


@pytest.fixture
def case(office):
    return Case(office)


def files(ledger: Ledger) -> list[str]:
    folder = ledger.data / "documents"
    return sorted(os.listdir(folder)) if folder.exists() else []
