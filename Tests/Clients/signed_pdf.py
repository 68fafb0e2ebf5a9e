"""PDFs of one page, and their signatures by pyHanko."""

import asyncio
import io
import secrets

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from signers import hanko_signer


def blank(text: str = "") -> bytes:
    """A PDF of one page, each time another one."""
    content = f"BT /F1 14 Tf 60 760 Td (TEST act {text}{secrets.token_hex(8)}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content), b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    made, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, inner in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, inner)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(made)


def sign(pki, code: str, content: bytes | None = None, is_pades=True, digest="sha256", timestamper=None, field="Signature1") -> bytes:
    form = fields.SigSeedSubFilter.PADES if is_pades else fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    metadata = signers.PdfSignatureMetadata(field_name=field, subfilter=form, md_algorithm=digest)
    signer = signers.PdfSigner(metadata, signer=hanko_signer(pki, code), timestamper=timestamper)
    out = io.BytesIO()
    target = IncrementalPdfFileWriter(io.BytesIO(content or blank()))
    asyncio.run(signer.async_sign_pdf(target, output=out))
    return out.getvalue()
