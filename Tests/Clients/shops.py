"""A service with the listener for shops, and TEST certificates."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess

from tamga import Answer, free_port


def make_certificate(folder, name: str) -> tuple[str, str]:
    """A self-signed TEST certificate for 127.0.0.1."""
    certificate, key = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
         certificate, "-days", "2", "-subj", f"/CN=TEST {name}", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True)
    return certificate, key


class Shops:
    def __init__(self, ledger, folder, *options):
        self.ledger = ledger
        self.certificate, self.key = make_certificate(folder, "server")
        self.port = free_port()
        self.options = (
            "--shops", f"127.0.0.1:{self.port}", "--tls-certificate", self.certificate, "--tls-key", self.key, *options)
        ledger.serve(*self.options)

    def ask(self, method, path, body=None, token=None, client=None, language=None) -> Answer:
        context = ssl.create_default_context(cafile=self.certificate)
        if client:
            context.load_cert_chain(*client)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=20)
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()
