"""A stand-in for the PosAPI daemon that a merchant runs in the shop: receipts in the real shape, and behaviour as bad as that of networks.

It is never idempotent: each sale that it carries out is a new receipt, with a number, a lottery and a QR of its own.
"""

from __future__ import annotations

import json
import secrets
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import tamga

POS_NO = "10012619"
ULAANBAATAR = timezone(timedelta(hours=8))
JSON = "application/json; charset=utf-8"
# The longest that a request is held, should a test forget it.
HOLD_LIMIT = 30


@dataclass
class Sale:
    """A receipt that the daemon made."""

    request: dict
    answer: dict
    # The bytes of the answer.
    body: bytes
    is_returned: bool = False

    @property
    def id(self) -> str:
        return self.answer["id"]

    @property
    def date(self) -> str:
        return self.answer["date"]

    @property
    def never_kept(self) -> list[str]:
        """What may only be printed."""
        return [self.answer["lottery"], self.answer["qrData"]]


@dataclass
class Call:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Step:
    """What becomes of one request.

    Replies: `answer` as it should be; `refusal`, 400 with a message; `payment`, the status PAYMENT without a number; `drop`, the connection
    breaks; `cut`, it breaks in the middle of the answer; `stall`, the rest of the answer never comes; `die`, nothing listens any more; `500`
    and `500 error`, the latter with a PosAPI's status; `html` and `garbage`, with 200; `twice`, the bytes of the answer come two times;
    `chunked` and `unsized`, an answer whose length is not told before.
    """

    reply: str = "answer"
    # Whether it is carried out.
    sold: bool = True
    # Waits to be let go: `before` it is carried out, or `after`.
    held: str | None = None
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> "Step":
        """Until the daemon is at it."""
        assert self.arrived.wait(10), "the request does not come to the daemon"
        return self

    def go(self) -> None:
        self.released.set()


class Daemon:
    """A daemon on a port of its own. What it made outlives its death."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sales: list[Sale] = []
        self.calls: list[Call] = []
        self.numbers: dict[str, int] = {}
        self.server: ThreadingHTTPServer | None = None
        self.port = 0
        self.reset()

    def reset(self) -> None:
        """Lets go of what is held, forgets plans, and lives. What was sold stays."""
        for step in getattr(self, "steps", []):
            step.go()
        self.steps: list[Step] = []
        self.plans: dict[str, deque[Step]] = {"POST": deque(), "DELETE": deque()}
        # What becomes of a sale without a plan.
        self.usual: Callable[[dict], Step] = lambda request: Step()
        # How `GET /rest/receipt` is answered: not at all, with what was `made`, with nothing (`empty`), or `garbage`.
        self.listing: str | None = None
        # Whether a receipt that was returned before can be returned.
        self.returns_again = True
        self.start()

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(self, *_) -> None:
        for step in self.steps:
            step.go()
        self.stop()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        if self.server:
            return
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.posapi = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Closes the listening socket."""
        server, self.server = self.server, None
        if server:
            server.shutdown()
            server.server_close()

    # What the daemon is told

    def plan(self, reply: str = "answer", *, sold: bool | None = None, held: str | None = None, method: str = "POST") -> Step:
        """What becomes of the next request that has no plan."""
        step = Step(reply, reply not in ("refusal", "payment") if sold is None else sold, held)
        self.steps.append(step)
        self.plans[method].append(step)
        return step

    def next(self, method: str, request: dict) -> Step:
        with self.lock:
            if plan := self.plans[method]:
                return plan.popleft()
        return self.usual(request) if method == "POST" else Step()

    # What the daemon says of itself

    def made(self, request: dict) -> list[Sale]:
        """The receipts of exactly this request."""
        with self.lock:
            return [sale for sale in self.sales if sale.request == request]

    def sold(self, request: dict) -> Sale:
        """The one receipt of this request."""
        (sale,) = self.made(request)
        return sale

    def posts(self, request: dict) -> int:
        """How often this request came, carried out or not."""
        with self.lock:
            return sum(call.method == "POST" and json.loads(call.body) == request for call in self.calls)

    def asked(self, method: str, path: str) -> list[Call]:
        with self.lock:
            return [call for call in self.calls if call.method == method and call.path == path]

    # What the daemon does

    def sell(self, request: dict) -> Sale:
        """Makes a receipt, as for a till that speaks to the daemon itself."""
        with self.lock:
            now = datetime.now(ULAANBAATAR)
            day = (now.year - 2000) * 365 + now.timetuple().tm_yday
            start = f"{request['merchantTin'].zfill(12)}{request['branchNo'].zfill(3)}{day:05d}"
            ids = iter(range(self.numbers.get(start, 0), 100_000))

            def number() -> str:
                return f"{start}{next(ids):05d}{POS_NO}"

            echo = stated({name: value for name, value in request.items() if name != "billIdSuffix"})
            answer = {"id": number(), "version": "3.2.39", **echo}
            answer["receipts"] = [{"id": number(), **part} for part in echo["receipts"]]
            self.numbers[start] = next(ids)
            answer |= {
                "posId": 101321077, "status": "SUCCESS", "message": "", "qrData": digits(190),
                "lottery": f"{letters(2)} {digits(8)}", "date": f"{now:%Y-%m-%d %H:%M:%S}", "easy": True}
            # Spaces and a line end, as no writer of ours has them.
            sale = Sale(request, answer, json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            self.sales.append(sale)
            return sale

    def give_back(self, request: dict) -> str | None:
        """Takes a receipt back; says why not."""
        with self.lock:
            sale = next((sale for sale in self.sales if sale.id == request.get("id")), None)
            if sale is None or sale.date != request.get("date"):
                return "Баримт олдсонгүй"
            if sale.is_returned and not self.returns_again:
                return "Баримт буцаагдсан байна"
            sale.is_returned = True
            return None

    def info(self) -> dict:
        merchants = [{"tin": tamga.MERCHANT, "name": "ТЕСТИЙН ХЭРЭГЛЭГЧ 1", "vatPayer": True, "customers": []}]
        return {
            "operatorName": "TEST OPERATOR 1", "operatorTIN": "15200005097", "posId": 101321077, "posNo": POS_NO, "version": "3.2.39",
            "lastSentDate": "2026-02-12 15:31:42", "leftLotteries": 19992, "paymentTypes": [{"code": "CASH", "name": "Бэлэн"}],
            "appInfo": {"applicationDir": "/opt/posapi", "currentDir": "/opt/posapi", "database": "QSQLITE", "database-host": "",
                        "supported-databases": ["QSQLITE"], "workDir": "/var/posapi"},
            "merchants": merchants, "condition": {"isMedicine": False}}

    def accounts(self, tin: str) -> list[dict]:
        return [{"id": 7, "tin": tin, "bankAccountNo": "5000000007", "bankAccountName": "Дэлгүүрийн данс", "bankId": 5,
                 "bankName": "Дэлгүүрийн банк", "iBan": "000000005000000007"}]


def pushed(sale: Sale | dict, kind: str = "SEND_ONLY", **changes) -> bytes:
    """The body of the daemon's hook (manual, chapter 11)."""
    answer = sale.answer if isinstance(sale, Sale) else sale
    body = {"type": kind, "receipt": {**answer, **changes}, "ipAddress": "192.168.1.5", "macAddress": "00-B0-D0-63-C2-26"}
    return json.dumps(body, ensure_ascii=False).encode()


def stated(value):
    """Without members that are empty: daemons do not echo them."""
    if isinstance(value, dict):
        return {name: stated(inner) for name, inner in value.items() if inner is not None and inner != ""}
    return [stated(inner) for inner in value] if isinstance(value, list) else value


def digits(count: int) -> str:
    return "1" + "".join(secrets.choice("0123456789") for _ in range(count - 1))


def letters(count: int) -> str:
    return "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(count))


def head(*lines: str, status: int = 200, type: str = JSON) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", f"Content-Type: {type}", *lines, "\r\n"]).encode()


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    posapi: Daemon

    def shutdown_request(self, request) -> None:
        # Without a farewell: what is not answered is a connection that breaks.
        self.close_request(request)

    def handle_error(self, request, client_address) -> None:
        """Clients that went away are what the tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *_) -> None:
        pass

    @property
    def posapi(self) -> Daemon:
        return self.server.posapi

    def take(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.posapi.lock:
            self.posapi.calls.append(Call(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        return body

    def say(self, status: int, body: bytes | dict | list = b"", type: str = JSON, times: int = 1) -> None:
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        self.wfile.write((head(f"Content-Length: {len(body)}", "Connection: close", status=status, type=type) + body) * times)

    def drop(self) -> None:
        # Closing with a zero linger time sends a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def do_POST(self) -> None:
        body = self.take()
        if self.path != "/rest/receipt":
            return self.say(404)
        request = json.loads(body)
        step = self.posapi.next("POST", request)
        self.follow(step, lambda: self.posapi.sell(request).body)

    def do_DELETE(self) -> None:
        body = self.take()
        if self.path != "/rest/receipt":
            return self.say(404)
        request = json.loads(body)
        step = self.posapi.next("DELETE", request)
        refusals: list[str] = []

        def carry_out() -> bytes:
            refusals.extend(filter(None, [self.posapi.give_back(request)]))
            return b""

        def answer(body: bytes) -> None:
            self.say(400, {"status": "ERROR", "message": refusals[0]}) if refusals else self.say(200, body)

        self.follow(step, carry_out, answer)

    def do_GET(self) -> None:
        self.take()
        path, _, query = self.path.partition("?")
        posapi = self.posapi
        if path == "/rest/receipt" and posapi.listing:
            if posapi.listing == "garbage":
                return self.say(200, b"\x00\xffunknown", "text/plain")
            with posapi.lock:
                made = [sale.answer for sale in posapi.sales] if posapi.listing == "made" else []
            return self.say(200, made)
        if path == "/rest/info":
            return self.say(200, posapi.info())
        if path in ("/rest/sendData", "/rest/send"):
            return self.say(200, {})
        if path == "/rest/bankAccounts":
            return self.say(200, posapi.accounts(query.removeprefix("tin=")))
        self.say(404, {"status": "ERROR", "message": "Not found"})

    def follow(self, step: Step, carry_out: Callable[[], bytes], answer: Callable[[bytes], None] | None = None) -> None:
        self.close_connection = True
        made = b""
        if step.sold and step.held != "before":
            made = carry_out()
        step.arrived.set()
        if step.held:
            step.released.wait(HOLD_LIMIT)
        if step.sold and step.held == "before":
            made = carry_out()
        match step.reply:
            case "answer":
                answer(made) if answer else self.say(200, made)
            case "refusal":
                self.say(400, {"status": "ERROR", "message": "НХАТ-г 2%-р тооцоолоогүй байна. Шалгуур дүн: 50"})
            case "payment":
                self.say(200, {"status": "PAYMENT", "message": "Төлбөр дутуу"})
            case "drop":
                self.drop()
            case "cut":
                self.part(made)
                self.drop()
            case "stall":
                self.part(made)
                step.released.wait(HOLD_LIMIT)
            case "die":
                self.posapi.stop()
                self.drop()
            case "500":
                self.say(500, b"Internal Server Error", "text/plain")
            case "500 error":
                self.say(500, {"status": "ERROR", "message": "database is locked"})
            case "html":
                self.say(200, b"<html><body>It works!</body></html>", "text/html")
            case "garbage":
                self.say(200, secrets.token_bytes(200), "application/octet-stream")
            case "chunked":
                parts = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (made[:100], made[100:]))
                self.wfile.write(head("Transfer-Encoding: chunked") + parts + b"0\r\n\r\n")
            case "unsized":
                self.wfile.write(head("Connection: close") + made)
            case "twice":
                self.say(200, made, times=2)
            case _:
                raise AssertionError(f"no such reply: {step.reply}")

    def part(self, made: bytes) -> None:
        self.wfile.write(head(f"Content-Length: {len(made)}") + made[: len(made) // 2])
        # A part that is on its way is not overtaken by the reset behind it.
        time.sleep(0.05)
