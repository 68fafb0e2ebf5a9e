"""A mail server on loopback for tests: takes what is sent to it, and behaves as badly as mail servers do.

By itself (`python3 mail_sink.py [--tls starttls|smtps] [--user U --password P]`) it says on stdout, one JSON object a line, first its port and
certificate and then each connection and mail; a line `reply NAME` on stdin plans the next connection, `usual NAME` all others; it ends with stdin.
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

# The longest that a connection is held, should a test forget it.
HOLD_LIMIT = 90
LINE_LIMIT = 4096
MESSAGE_LIMIT = 1 << 20

# What becomes of one connection. Replies to a step: `sender`, `recipient`, `gone`, `data`, `message`, with a number that
# refuses. Otherwise: `take`; `hang`, nothing is said; `hang after`, the message is taken and never answered; `drop`, closed at once; `drop after`,
# the message is taken and the connection breaks; `garbage`, no SMTP.
REFUSALS = {
    "sender": 530,
    "recipient": 451,
    "gone": 550,
    "relay": 554,
    "data": 452,
    "message": 554,
}
REPLIES = {"take", "hang", "hang after", "drop", "drop after", "garbage", *REFUSALS}


@dataclass
class Mail:
    """A message as it came."""

    sender: str
    recipients: list[str]
    # The bytes between DATA and the final dot, as Latin-1 text, dots taken off again.
    message: str
    greeting: str
    tls: bool
    login: str | None
    # Every command line but logins.
    commands: list[str] = field(default_factory=list)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A TEST certificate for 127.0.0.1 and localhost that signs itself, and its key."""
    certificate, key = folder / "mail-test.pem", folder / "mail-test.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=TEST mail server"]
        + ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key


class MailSink:
    """A server on a port of its own.

    `tls` is `None`, `starttls` or `smtps`. With `user` mail is taken only after a login, and a login only under TLS.
    """

    def __init__(self, tls: str | None = None, user: str | None = None, password: str = "", heard: Callable[[dict], None] | None = None) -> None:
        self.tls, self.user, self.password = tls, user, password
        # Is told of every connection and mail.
        self.heard = heard or (lambda event: None)
        self.lock = threading.Lock()
        self.mails: list[Mail] = []
        self.connections = 0
        self.plans: deque[str] = deque()
        self.usual = "take"
        self.released = threading.Event()
        self.ca: Path | None = None
        self.context: ssl.SSLContext | None = None
        self.folder: tempfile.TemporaryDirectory | None = None
        if tls:
            self.folder = tempfile.TemporaryDirectory(prefix="mail-sink-")
            self.ca, key = make_certificate(Path(self.folder.name))
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.ca, key)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self) -> "MailSink":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    @property
    def address(self) -> str:
        return f"{'smtps' if self.tls == 'smtps' else 'smtp'}://127.0.0.1:{self.port}"

    def plan(self, reply: str) -> None:
        """What becomes of the next connection that has no plan."""
        assert reply in REPLIES, reply
        with self.lock:
            self.plans.append(reply)

    def close(self) -> None:
        self.released.set()
        # Wakes the thread that waits for connections.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        if self.folder:
            self.folder.cleanup()

    def accept(self) -> None:
        while not self.released.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.heard({"connections": self.connections})
                reply = self.plans.popleft() if self.plans else self.usual
            threading.Thread(target=self.serve, args=(connection, reply), daemon=True).start()

    def serve(self, connection: socket.socket, reply: str) -> None:
        connection.settimeout(HOLD_LIMIT)
        try:
            if reply == "hang":
                self.released.wait(HOLD_LIMIT)
            elif reply == "garbage":
                connection.sendall(b"\x00\xff\x16 no mail here\r\n" * 50)
            elif reply != "drop":
                tls = self.tls == "smtps"
                if tls:
                    connection = self.context.wrap_socket(connection, server_side=True)
                Conversation(self, connection, reply, tls).run()
        except (OSError, ssl.SSLError, EOFError):
            pass
        finally:
            connection.close()

    def take(self, mail: Mail) -> None:
        with self.lock:
            self.mails.append(mail)
            self.heard(asdict(mail))


class Conversation:
    """One client, until it says QUIT or goes away."""

    def __init__(self, sink: MailSink, connection: socket.socket, reply: str, tls: bool) -> None:
        self.sink, self.connection, self.reply, self.tls = sink, connection, reply, tls
        self.file = connection.makefile("rb")
        self.greeting = ""
        self.login: str | None = None
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.commands: list[str] = []

    def say(self, *lines: str) -> None:
        self.connection.sendall("".join(line + "\r\n" for line in lines).encode())

    def line(self) -> bytes:
        line = self.file.readline(LINE_LIMIT)
        if not line.endswith(b"\n"):
            raise EOFError
        return line

    def refuses(self, *steps: str) -> bool:
        if self.reply not in steps:
            return False
        number = REFUSALS[self.reply]
        # As real servers do, with the address in it: it must not reach a log.
        self.say(f"{number} 5.1.1 not taken: {', '.join(self.recipients) or self.sender or 'you'}")
        return True

    def run(self) -> None:
        self.say("220 sink.invalid TEST mail server")
        while True:
            line = self.line().rstrip(b"\r\n").decode("latin-1")
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            if verb != "AUTH":
                self.commands.append(line)
            match verb:
                case "EHLO" | "HELO":
                    self.greet(rest)
                case "STARTTLS" if self.sink.tls == "starttls" and not self.tls:
                    self.say("220 go on")
                    self.connection = self.sink.context.wrap_socket(self.connection, server_side=True)
                    self.file = self.connection.makefile("rb")
                    self.tls = True
                case "AUTH" if self.tls and self.sink.user:
                    self.authenticate(rest)
                case "MAIL":
                    self.sender = rest.partition(":")[2].partition(">")[0].strip("<")
                    self.recipients = []
                    if self.sink.user and self.login is None:
                        self.say("530 5.7.0 log in first")
                    elif not self.refuses("sender"):
                        self.say("250 ok")
                case "RCPT":
                    self.recipients.append(rest.partition(":")[2].partition(">")[0].strip("<"))
                    if not self.refuses("recipient", "gone", "relay"):
                        self.say("250 ok")
                case "DATA":
                    if not self.refuses("data") and not self.data():
                        return
                case "RSET" | "NOOP":
                    self.say("250 ok")
                case "QUIT":
                    return self.say("221 bye")
                case _:
                    self.say("502 no such command")

    def greet(self, name: str) -> None:
        self.greeting = name
        offers = ["sink.invalid", "8BITMIME", f"SIZE {MESSAGE_LIMIT}"]
        if self.sink.tls == "starttls" and not self.tls:
            offers.append("STARTTLS")
        if self.tls and self.sink.user:
            offers.append("AUTH PLAIN LOGIN")
        self.say(*(f"250{'-' if offer != offers[-1] else ' '}{offer}" for offer in offers))

    def authenticate(self, rest: str) -> None:
        kind, _, first = rest.partition(" ")
        if kind.upper() == "PLAIN":
            if not first:
                self.say("334 ")
                first = self.line().decode().strip()
            _, user, password = base64.b64decode(first).decode().split("\0")
        else:
            if not first:
                self.say("334 VXNlcm5hbWU6")
                first = self.line().decode().strip()
            user = base64.b64decode(first).decode()
            self.say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self.line().decode().strip()).decode()
        if (user, password) == (self.sink.user, self.sink.password):
            self.login = user
            self.say("235 welcome")
        else:
            self.say("535 5.7.8 wrong")

    def data(self) -> bool:
        """Takes a message; false when the connection is to be closed."""
        self.say("354 go on, end with a dot")
        message = b""
        while (line := self.line()) != b".\r\n":
            message += line[1:] if line.startswith(b".") else line
            if len(message) > MESSAGE_LIMIT:
                self.say("552 too long")
                return False
        if self.refuses("message"):
            return True
        mail = Mail(self.sender or "", self.recipients, message.decode("latin-1"), self.greeting, self.tls, self.login, list(self.commands))
        self.sink.take(mail)
        if self.reply == "drop after":
            return False
        if self.reply == "hang after":
            self.sink.released.wait(HOLD_LIMIT)
            return False
        self.say("250 taken")
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description="A mail server on loopback for tests.")
    parser.add_argument("--tls", choices=["starttls", "smtps"])
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    options = parser.parse_args()

    lock = threading.Lock()

    def tell(value: dict) -> None:
        with lock:
            print(json.dumps(value), flush=True)

    with MailSink(options.tls, options.user, options.password, heard=tell) as sink:
        tell({"port": sink.port, "address": sink.address, "ca": str(sink.ca) if sink.ca else None})
        for line in sys.stdin:
            command, _, reply = line.strip().partition(" ")
            if command == "usual" and reply in REPLIES:
                sink.usual = reply
            elif command == "reply":
                sink.plan(reply)
            tell({"planned": reply})


if __name__ == "__main__":
    main()
