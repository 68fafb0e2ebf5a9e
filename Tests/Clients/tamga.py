"""The tamga binary as tests see it: commands, a running service, HTTP as anybody would speak it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SEEDS = REPOSITORY / "seeds"
MERCHANT = "37900846788"
# Why something may be erased.
BASIS = "Хувийн мэдээлэл хамгаалах тухай хууль 14.1; decision 2026/17"


def binary() -> Path | None:
    """The binary in TAMGA_BINARY, else the release build, else the debug build."""
    named = os.environ.get("TAMGA_BINARY")
    candidates = [Path(named)] if named else [REPOSITORY / ".build" / kind / "tamga" for kind in ("release", "debug")]
    return next((path for path in candidates if path.exists()), None)


def samples() -> Path | None:
    """The shared samples: TAMGA_SAMPLES, else ../shared/samples beside the repository."""
    folder = Path(os.environ.get("TAMGA_SAMPLES") or REPOSITORY.parent / "shared" / "samples")
    return folder if (folder / "receipts" / "INDEX.md").exists() else None


def free_port() -> int:
    """One below those that the system gives to connections: nobody takes it by accident before the service does."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("0.0.0.0", port))
            return port


def eventually(condition, seconds: float = 10):
    """Waits for something; gives it."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)
    return value


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    @property
    def index(self) -> int:
        return int(self.headers["tamga-index"])

    def __str__(self) -> str:
        return f"{self.status} {self.headers} {self.body[:2000]!r}"


def ask(address: str, method: str, path: str, body=None, headers=None, timeout: float = 20) -> Answer:
    """One request on a connection of its own. A body that is no bytes goes as JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@dataclass
class Done:
    """A command that has ended."""

    status: int
    output: str
    error: str

    @property
    def all(self) -> str:
        return self.output + self.error


@dataclass
class Tamga:
    """The binary with a home of its own for the signer's second state."""

    path: Path
    state_home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "TAMGA_STATE_HOME": str(self.state_home), "LANG": "C.UTF-8"}

    def run(self, *arguments, timeout: float = 60, input: str | None = None, folder=None) -> Done:
        done = subprocess.run(
            [str(self.path), *map(str, arguments)], capture_output=True, timeout=timeout, env=self.environment,
            input=input.encode() if input is not None else None, cwd=folder,
            stdin=subprocess.DEVNULL if input is None else None)
        return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def must(self, *arguments, **options) -> Done:
        done = self.run(*arguments, **options)
        assert done.status == 0, f"tamga {' '.join(map(str, arguments))} ended with {done.status}\n{done.all}"
        return done


@dataclass
class Ledger:
    """A data folder, and the service on it when one was started."""

    tamga: Tamga
    data: Path
    origin: str
    logs: list[Path] = field(default_factory=list)
    process: subprocess.Popen | None = None
    api: str = ""
    posapi: str = ""
    options: tuple = ()
    # What the service is started under, such as a tracer that lets system calls fail.
    under: tuple = ()

    @classmethod
    def create(
        cls, tamga: Tamga, data: Path, origin: str = "test.example/tamga", init: tuple = (), segment_height: int | None = None
    ) -> "Ledger":
        """A new ledger. With a segment height, a segment holds 2 to the power of that many entries instead of 65,536."""
        tamga.must("init", "--data", data, "--origin", origin, *init)
        if segment_height is not None:
            with (data / "ledger.conf").open("a") as conf:
                conf.write(f"segment-height {segment_height}\n")
        return cls(tamga, data, origin)

    @property
    def key(self) -> str:
        return (self.data / "verifier.key").read_text().strip()

    def command(self, *arguments, **options) -> Done:
        """A subcommand of one or two words with --data behind it."""
        words = 2 if arguments[0] in ("access", "issuer", "token", "receipt", "deed", "clock", "config") else 1
        return self.tamga.run(*arguments[:words], "--data", self.data, *arguments[words:], **options)

    def must(self, *arguments, **options) -> Done:
        done = self.command(*arguments, **options)
        assert done.status == 0, f"tamga {' '.join(map(str, arguments))} ended with {done.status}\n{done.all}"
        return done

    def enrol_merchants(self) -> "Ledger":
        self.must("issuer", "add-merchant", "--from", SEEDS / "merchants.json")
        return self

    def launch(self, *options) -> subprocess.Popen:
        """Starts the service without waiting for it. The addresses stay those of the first start, since answers hold them."""
        if not self.api:
            self.api, self.posapi = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        log = self.data.parent / f"{self.data.name}-service-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*self.under, str(self.tamga.path), "serve", "--data", str(self.data), "--listen", self.api, "--posapi", self.posapi,
                 *map(str, options)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=self.tamga.environment)
        return self.process

    def serve(self, *options, again: bool = False) -> "Ledger":
        """Starts the service and waits until it takes filings. `again` repeats the options of the last start."""
        if not again:
            self.options = options
        process = self.launch(*self.options)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert process.poll() is None, f"the service ended with {process.returncode}\n{self.log()}"
            try:
                if ask(self.api, "GET", "/healthz", timeout=2).status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"the service does not come up\n{self.log()}")

    def restart(self) -> "Ledger":
        return self.serve(again=True)

    def stop(self) -> int:
        """Stops gracefully; gives the exit status."""
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=60)

    def kill(self) -> None:
        process, self.process = self.process, None
        process.kill()
        process.wait(timeout=60)

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()

    def compact(self, *options) -> dict:
        """Does all background work that is due; gives the status afterwards."""
        return json.loads(self.must("compact", "--now", "--json", *options).output)["status"]

    def files(self) -> list[Path]:
        """Every file of the data folder."""
        return [path for path in self.data.rglob("*") if path.is_file() and not path.is_socket()]

    def log(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-6000:]}" for log in self.logs[-2:])

    # Requests

    def get(self, path: str, **options) -> Answer:
        return ask(self.api, "GET", path, **options)

    def post(self, path: str, body=None, token: str | None = None, headers=None, **options) -> Answer:
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return ask(self.api, "POST", path, body, headers, **options)

    def pos(self, method: str, path: str, body=None, headers=None, **options) -> Answer:
        return ask(self.posapi, method, path, body, headers, **options)

    def file(self, receipt, **options) -> Answer:
        """Files a receipt as a till does; it must be taken."""
        answer = self.pos("POST", "/rest/receipt", receipt, **options)
        assert answer.status == 200, answer
        return answer

    def token(self, kind: str, name: str) -> str:
        return self.must("token", "create", f"--{kind}", name).output.strip()

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return self.get("/healthz").json()["size"]

    def published(self, at_least: int = 0) -> tuple[int, str]:
        """Waits until the published checkpoint has a size; gives size and text."""
        end = time.monotonic() + 15
        while True:
            answer = self.get("/checkpoint")
            size = int(answer.text.split("\n")[1]) if answer.status == 200 else -1
            if size >= at_least:
                return size, answer.text
            assert time.monotonic() < end, f"published: {answer}; waited for {at_least}"
            time.sleep(0.05)

    def evidence(self, answer: Answer, path: Path) -> Path:
        """Fetches the evidence that an answer names into a file."""
        link = answer.headers["tamga-evidence"]
        assert link.startswith("/") and urllib.parse.urlsplit(link).netloc == ""
        fetched = self.get(link)
        assert fetched.status == 200, fetched
        path.write_bytes(fetched.body)
        return path

    def verify(self, file: Path, *options) -> Done:
        return self.tamga.run("verify", file, "--key", self.key, *options)


def receipt(total: int = 1120, till: str = "001", suffix: str = "01", name: str = "Талх", **members) -> dict:
    """A small valid receipt with VAT and city tax of the test merchant. Total: a multiple of 1120."""
    sums = {"totalAmount": total, "totalVAT": total // 1120 * 100, "totalCityTax": total // 1120 * 20}
    item = {"name": name, "barCodeType": "UNDEFINED", "classificationCode": "2349010", "measureUnit": "ш", "qty": 1,
            "unitPrice": total, **sums}
    return {
        "branchNo": "001", "districtCode": "2501", "merchantTin": MERCHANT, "posNo": till, "type": "B2C_RECEIPT",
        "billIdSuffix": suffix, **sums, "receipts": [{"taxType": "VAT_ABLE", "merchantTin": MERCHANT, "items": [item], **sums}],
        "payments": [{"code": "CASH", "status": "PAID", "paidAmount": total}], **members,
    }


def of(merchant: str, sale: dict) -> dict:
    """The same sale by another merchant."""
    return {**sale, "merchantTin": merchant, "receipts": [{**part, "merchantTin": merchant} for part in sale["receipts"]]}
