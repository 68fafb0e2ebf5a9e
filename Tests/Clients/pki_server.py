"""An HTTP server on loopback that gives out a test CA's CRLs and answers OCSP requests, from files that are read for each request.

Over the folder that `tools/make-test-pki FOLDER` made; run by itself it serves until its standard input ends:

    python3 pki_server.py FOLDER [--port N]

    GET  /NAME.crl   the CRL in FOLDER/published/NAME.pem, in DER
    POST /ocsp       the answer of FOLDER/ocsp-responder.pem about certificates of FOLDER/issuing.pem
    POST /ocsp-root  the root's own answer about certificates of the root
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# The longest that an answer is held back, should a test forget it.
HOLD_LIMIT = 60
REQUEST_LIMIT = 64 << 10


class PKIServer:
    """`status`, `content` and `redirect` change every answer; `hold` keeps answers back until it is cleared."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.status = 200
        self.content: bytes | None = None
        self.redirect: str | None = None
        # What `openssl ocsp` gets: without a validity answers have no nextUpdate, and are asked for again each time.
        self.ocsp_options: tuple[str, ...] = ()
        self.released = threading.Event()
        self.released.set()
        self.lock = threading.Lock()
        (folder / "published").mkdir(exist_ok=True)
        self.http = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"pki": self}))
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def __enter__(self) -> "PKIServer":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.released.set()
        self.http.shutdown()
        self.http.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hold(self) -> None:
        self.released.clear()

    def count(self, path: str) -> int:
        with self.lock:
            return self.asked.count(path)

    def crl(self, name: str) -> bytes | None:
        path = self.folder / "published" / f"{name}.pem"
        if not path.exists():
            return None
        return self.openssl("crl", "-in", path, "-outform", "DER")

    def ocsp(self, request: bytes, authority: str, responder: str) -> bytes:
        with tempfile.TemporaryDirectory(prefix="ocsp-") as place:
            (Path(place) / "request").write_bytes(request)
            self.openssl(
                "ocsp", "-index", self.folder / f"{authority}.db" / "index", "-CA", self.folder / f"{authority}.pem",
                "-rsigner", self.folder / f"{responder}.pem", "-rkey", self.folder / f"{responder}.key",
                "-reqin", f"{place}/request", "-respout", f"{place}/response", *self.ocsp_options)
            return (Path(place) / "response").read_bytes()

    def openssl(self, *arguments) -> bytes:
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=30)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return done.stdout


class Handler(BaseHTTPRequestHandler):
    pki: PKIServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass

    def do_GET(self) -> None:
        self.answer(lambda: self.pki.crl(self.path[1:-4]) if self.path.endswith(".crl") else None, "application/pkix-crl")

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        request = self.rfile.read(min(size, REQUEST_LIMIT))
        right = self.headers.get("Content-Type") == "application/ocsp-request"
        responders = {"/ocsp": ("issuing", "ocsp-responder"), "/ocsp-root": ("root", "root")}
        who = responders.get(self.path) if right else None
        self.answer(lambda: self.pki.ocsp(request, *who) if who else None, "application/ocsp-response")

    def answer(self, make, kind: str) -> None:
        pki = self.pki
        with pki.lock:
            pki.asked.append(self.path)
        pki.released.wait(HOLD_LIMIT)
        status, content, extra = pki.status, pki.content, {}
        if pki.redirect:
            status, content, extra = 302, b"", {"Location": pki.redirect}
        elif content is None:
            try:
                content = make()
            except Exception as error:
                # As a responder does whose backend is broken.
                status, content = 500, str(error).encode()
        if content is None:
            status, content = 404, b""
        try:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **extra}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            # Who asked has gone.
            self.close_connection = True


def main() -> None:
    parser = argparse.ArgumentParser(description="CRLs and OCSP answers of a TEST PKI on loopback.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with PKIServer(options.folder, options.port) as server:
        print(json.dumps({"address": server.address}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
