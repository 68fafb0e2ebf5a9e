"""Signatures by programs that share nothing with the implementation under test: pyHanko, and a token through PKCS#11."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest
from asn1crypto import algos, cms, pem, tsp, x509
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signing import NOTARIES, PKI, Office, problem

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "4711"
SEEN = "that no certificate was revoked then is checked with the lists of that day"


class Authority(TimeStamper):
    """The TEST timestamp authority, which answers with `openssl ts`. An unfaithful one stamps something else."""

    def __init__(self, pki: PKI, is_faithful: bool = True) -> None:
        super().__init__()
        self.pki, self.is_faithful = pki, is_faithful

    async def async_request_tsa_response(self, request: tsp.TimeStampReq) -> tsp.TimeStampResp:
        if not self.is_faithful:
            imprint = request["message_imprint"]
            imprint["hashed_message"] = bytes(byte ^ 1 for byte in imprint["hashed_message"].native)
        return tsp.TimeStampResp.load(self.pki.timestamp(request.dump(force=True)))


def certificate(path: Path) -> x509.Certificate:
    return x509.Certificate.load(pem.unarmor(path.read_bytes())[2])


def sign(signer: Signer, content: bytes, digest: str, cades: bool, signing_time=None, timestamper=None) -> bytes:
    attributes = PdfCMSSignedAttributes(signing_time=signing_time or datetime.now(timezone.utc))
    made = asyncio.run(signer.async_sign_general_data(
        content, digest, use_cades=cades, timestamper=timestamper, signed_attr_settings=attributes))
    return made.dump()


def hanko(pki: PKI, content: bytes, code: str, digest: str = "sha256", cades: bool = True, **options) -> bytes:
    """A detached CMS signature made by pyHanko."""
    return sign(hanko_signer(pki, code), content, digest, cades, **options)


def hanko_signer(pki: PKI, code: str) -> SimpleSigner:
    signer = SimpleSigner.load(
        str(pki.key(code)), str(pki.certificate(code)), ca_chain_files=(str(pki.issuing(code)),))
    assert signer is not None
    return signer


class Token:
    """A softhsm2 token that holds the key of one notary, with the certificate or without it."""

    def __init__(self, pki: PKI, code: str, folder: Path, with_certificate: bool = True) -> None:
        self.pki, self.code, self.folder = pki, code, folder
        (folder / "tokens").mkdir(parents=True)
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.environment = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
        self.run("softhsm2-util", "--init-token", "--free", "--label", "NOTARY", "--so-pin", "123456", "--pin", PIN)
        self.run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", pki.key(code), "-out", folder / "key.p8")
        self.run("softhsm2-util", "--import", folder / "key.p8", "--token", "NOTARY", "--label", "sign", "--id", "01", "--pin", PIN)
        (folder / "key.p8").unlink()
        (folder / "certificate.der").write_bytes(certificate(pki.certificate(code)).dump())
        if with_certificate:
            self.tool("--write-object", folder / "certificate.der", "--type", "cert", "--label", "sign", "--id", "01")
        (folder / "pin").write_text(PIN + "\n")

    def run(self, *arguments) -> None:
        done = subprocess.run(list(map(str, arguments)), env=self.environment, capture_output=True, timeout=30)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()

    def tool(self, *arguments) -> None:
        self.run("pkcs11-tool", "--module", SOFTHSM, "--token-label", "NOTARY", "--login", "--pin", PIN, *arguments)

    def sign(self, content: bytes) -> bytes:
        """CMS by pyHanko around a signature that pkcs11-tool has the token make."""
        return sign(TokenSigner(self), content, "sha256", cades=True)


class TokenSigner(Signer):
    """Asks the token for the bare signature."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.is_rsa = certificate(token.pki.certificate(token.code)).public_key.algorithm == "rsa"
        name = "sha256_rsa" if self.is_rsa else "sha256_ecdsa"
        super().__init__(
            signing_cert=certificate(token.pki.certificate(token.code)),
            cert_registry=SimpleCertificateStore.from_certs([certificate(token.pki.issuing(token.code))]),
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": name}), embed_roots=False)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:
            return bytes(256)
        assert digest_algorithm == "sha256"
        message, made = self.token.folder / "message", self.token.folder / "signature"
        # For EC the token signs a digest that is made outside of it.
        message.write_bytes(data if self.is_rsa else hashlib.sha256(data).digest())
        how = ("SHA256-RSA-PKCS",) if self.is_rsa else ("ECDSA", "--signature-format", "openssl")
        self.token.tool("--sign", "--id", "01", "--mechanism", *how, "--input-file", message, "--output-file", made)
        return made.read_bytes()


def without_certificate_of_signer(signature: bytes, other: Path) -> bytes:
    """The same signature with another certificate in the place of the signer's: its key must be the same."""
    content = cms.ContentInfo.load(signature)
    signed, twin = content["content"], certificate(other)
    signer = signed["signer_infos"][0]
    old = signer["sid"].chosen["serial_number"].native
    kept = [choice.chosen for choice in signed["certificates"] if choice.chosen.serial_number != old]
    signed["certificates"] = cms.CertificateSet([cms.CertificateChoices("certificate", one) for one in [*kept, twin]])
    signer["sid"] = cms.SignerIdentifier(
        "issuer_and_serial_number",
        cms.IssuerAndSerialNumber({"issuer": twin.issuer, "serial_number": twin.serial_number}))
    return content.dump(force=True)


# What readers find


def judged(ledger, answer, trust, folder, exit_code=0) -> dict:
    """What the offline verifier says of the notary's signature in the evidence."""
    evidence = ledger.evidence(answer, folder / f"{secrets.token_hex(4)}.tlog-proof")
    done = ledger.verify(evidence, "--trust", trust, "--json")
    assert done.status == exit_code, done.all
    (told,) = json.loads(done.output)["issuerSignatures"]
    return told


def root_alone(pki, folder):
    """What a citizen needs to trust: the root and nothing else."""
    (folder / "roots").mkdir(parents=True)
    shutil.copy(pki.folder / "root.pem", folder / "roots")
    return folder


def trust_with_crl(pki, folder):
    """The root, and the newest CRL of the issuing authority."""
    root_alone(pki, folder)
    (folder / "crls").mkdir()
    shutil.copy(pki.folder / "trust" / "crls" / "issuing.pem", folder / "crls")
    return folder


# Whose signatures are tried


@pytest.fixture(scope="module")
def offices(deeds, pki):
    return {code: Office.enrol(deeds, pki, code) for code in NOTARIES}


@pytest.fixture
def refuses(deeds):
    """Checks that an answer refuses with a code, and that nothing was recorded."""
    before = deeds.size

    def check(answer, code, status=422):
        assert (answer.status, problem(answer)) == (status, code), answer
        assert deeds.size == before

    return check
