"""Inputs on which two readers of one page could part."""

import hashlib
import os

import tamga_verify as tamga
from evidence_maker import LOG, ORIGIN, POLICY, WITNESS, Odd, Signer, b64, vkey_of
from verifier import ed25519

ABC = hashlib.sha256(b"abc").hexdigest().encode()
STRANGER = Signer(b"stranger.example", 3, tamga.COSIGNATURE)


def raw_line(name: bytes, blob: bytes):
    return lambda text: "— ".encode() + name + b" " + b64(blob) + b"\n"


def odd_evidence() -> dict[str, Odd | bytes]:
    good, cases = Odd(), {}
    cases["good"] = good
    for number in (0, 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30):
        cases[f"index {number}"] = good.but(index=b"%d" % number)
        cases[f"size {number}"] = good.but(size=b"%d" % number)
    for text in (b"00", b"01", b"+0", b"-0", b"0 ", b" 0", b"", b"0x0", "٠".encode()):
        cases[f"index {text!r}"] = good.but(index=text)
        cases[f"size {text!r}"] = good.but(size=text.replace(b"0", b"1"))
    for kind in (0, 2, 3, 10, 11, 255):
        cases[f"kind {kind}"] = good.but(kind=kind)
    for recorded in (0, 1, 253402300799999, 253402300800000, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1):
        cases[f"recorded {recorded}"] = good.but(recorded=recorded)
    cases["version 0"] = good.but(version=0)
    cases["version 2"] = good.but(version=2)
    cases["version 2, anything"] = good.but(body=b"\x02anything")
    cases["version 2, one byte"] = good.but(body=b"\x02")
    cases["version 2, spoilt cosignature"] = good.but(
        body=b"\x02", lines=(LOG.line, lambda text: WITNESS.line(text, spoilt=True)))
    cases["version 1, one byte"] = good.but(body=b"\x01")
    cases["empty body"] = good.but(body=b"")
    cases["a byte left over"] = good.but(body=good.content() + b"\0")
    cases["no fields"] = good.but(fields=())
    cases["empty value"] = good.but(fields=((b"act", b""),))
    cases["all hidden"] = good.but(hidden=(b"act",))
    cases["name of 255 bytes"] = good.but(fields=((b"n" * 255, b"x"),))
    cases["name with =, space, newline"] = good.but(fields=((b"a =\n", b"x"),))
    cases["name with zero byte"] = good.but(fields=((b"a\0", b"x"),))
    cases["empty name"] = good.but(fields=((b"", b"x"),))
    cases["name not UTF-8"] = good.but(fields=((b"\xff", b"x"),))
    cases["name a surrogate"] = good.but(fields=((b"\xed\xa0\x80", b"x"),))
    cases["name overlong"] = good.but(fields=((b"\xc0\x80", b"x"),))
    cases["name beyond Unicode"] = good.but(fields=((b"\xf4\x90\x80\x80", b"x"),))
    cases["names twice"] = good.but(fields=((b"a", b"x"), (b"a", b"y")))
    cases["names descending"] = good.but(fields=((b"b", b"x"), (b"a", b"y")))
    cases["names by bytes, not letters"] = good.but(fields=((b"Z", b"x"), (b"a", b"y"), ("é".encode(), b"z")))
    cases["names NFD before NFC"] = good.but(fields=(("e\u0301".encode(), b"x"), ("é".encode(), b"z")))
    cases["value not UTF-8"] = good.but(fields=((b"act", b"\xff\xfe"),))
    cases["money not a number"] = good.but(kind=2, fields=((b"total", b"x"),))
    cases["time not a time"] = good.but(kind=2, fields=((b"date", b"99999999999999999999+99:99"),))
    cases["json not JSON"] = good.but(kind=2, fields=((b"items", b"[" * 5000),))
    shown = good.content()
    cases["shown 2"] = good.but(body=shown.replace(b"\x03act\x01", b"\x03act\x02"))
    cases["value too long"] = good.but(body=shown.replace(b"\0\0\0\x0a2025", b"\xff\xff\xff\xff2025"))
    cases["fields announced, none there"] = good.but(body=shown[:10] + b"\xff\xff" + shown[12:])
    for kind in (0, 1, 2, 3, 255):
        cases[f"attached {kind}, garbage"] = good.but(attached=((kind, b"garbage"),))
        cases[f"attached {kind}, empty"] = good.but(attached=((kind, b""),))
    cases["attached 255 times"] = good.but(attached=((1, b"\x30\0"),) * 255)
    cases["attached to no deed"] = good.but(kind=3, attached=((1, b"\x30\0"),))
    room = tamga.EXTRA_BYTES_MAX - 32 - len(good.but(attached=((9, b""),)).content())
    cases["extra of 45,000 bytes"] = good.but(attached=((9, bytes(room)),))
    cases["extra of 45,001 bytes"] = good.but(attached=((9, bytes(room + 1)),))
    cases |= odd_files(good) | odd_notes(good)
    return cases


def odd_files(good: Odd) -> dict[str, Odd | bytes]:
    data = good.file()
    cases: dict[str, Odd | bytes] = {
        "empty file": b"", "a newline": b"\n", "two newlines": b"\n\n", "one byte": b"c", "zeros": bytes(3000),
        "header only": b"c2sp.org/tlog-proof@v1\n", "BOM": b"\xef\xbb\xbf" + data, "CRLF": data.replace(b"\n", b"\r\n"),
        "no final newline": data[:-1], "newline more": data + b"\n", "text more": data + b"x\n",
        "no extra": b"\n".join(line for line in data.split(b"\n") if not line.startswith(b"extra")),
        "extra twice": data.replace(b"extra", b"extra AAAA\nextra", 1),
        "empty extra": data.replace(b"extra ", b"extra \nx"),
        "extra with two blanks": data.replace(b"extra ", b"extra  "), "upper case": data.replace(b"index", b"Index"),
        "other version": data.replace(b"@v1", b"@v2"), "random": os.urandom(4000),
        "512 KiB": data.ljust(tamga.EVIDENCE_BYTES_MAX, b"x"),
        "512 KiB and 1": data.ljust(tamga.EVIDENCE_BYTES_MAX + 1, b"x"),
        "zero byte": data.replace(b"\n\n", b"\n\0\n", 1), "checkpoint twice": data + data.split(b"\n\n", 1)[1],
    }
    tail = next(n for n in range(20) if len(good.but(attached=((9, bytes(n)),)).content()) % 3 == 0)  # 32 more: one =
    padded = good.but(attached=((9, bytes(tail)),))
    cases["padding"] = padded
    cases["padding left out"] = padded.but(respell=lambda extra: extra.rstrip(b"="))
    cases["padding more"] = padded.but(respell=lambda extra: extra + b"=")
    cases["bits left over"] = padded.but(respell=lambda extra: respelt(extra))
    cases["blank in base64"] = good.but(respell=lambda extra: extra[:8] + b" " + extra[8:])
    cases["newline in base64"] = good.but(respell=lambda extra: extra[:8] + b"\n" + extra[8:])
    cases["URL-safe base64"] = good.but(
        attached=((9, b"\xff" * 9),), respell=lambda extra: extra.replace(b"/", b"_").replace(b"+", b"-"))
    node = b64(bytes(32))
    for count in (1, 62, 63, 64, 65, 66, 1000):
        cases[f"{count} hashes too many"] = good.but(hashes=(node,) * count)
    cases["hash of 31 bytes"] = good.but(hashes=(b64(bytes(31)),))
    cases["hash with bits left over"] = good.but(hashes=(node[:-2] + b"B=",))
    cases["root of 31 bytes"] = good.but(root=b64(bytes(31)))
    cases["root with bits left over"] = good.but(root=respelt(b64(good.leaf())))
    cases["other root"] = good.but(root=node)
    cases["empty tree"] = good.but(size=b"0", root=b64(hashlib.sha256().digest()))
    neighbour = hashlib.sha256(b"neighbour").digest()
    two = good.but(size=b"2", hashes=(b64(neighbour),), root=b64(tamga.node_hash(good.leaf(), neighbour)))
    cases["two leaves"] = two
    cases["two leaves, index 1"] = two.but(index=b"1")
    cases["two leaves, index 2"] = two.but(index=b"2")
    deep = good.leaf()
    for _ in range(62):
        deep = tamga.node_hash(deep, neighbour)
    cases["62 levels"] = good.but(size=b"%d" % 2**62, hashes=(b64(neighbour),) * 62, root=b64(deep))
    deep = tamga.node_hash(deep, neighbour)
    cases["63 levels"] = good.but(size=b"%d" % (2**63 - 1), hashes=(b64(neighbour),) * 63, root=b64(deep))
    cases["63 levels, size 2^63"] = good.but(size=b"%d" % 2**63, hashes=(b64(neighbour),) * 63, root=b64(deep))
    return cases


def respelt(text: bytes) -> bytes:
    """The same bytes with another last digit: the bits left over are not zero."""
    digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    place = len(text.rstrip(b"=")) - 1
    assert text.endswith(b"=")
    return text[:place] + digits[digits.index(text[place]) + 1:][:1] + text[place + 1:]


def odd_notes(good: Odd) -> dict[str, Odd]:
    cases = {
        "extension line": good.but(extensions=b"more\n"),
        "two extension lines": good.but(extensions=b"more\nand more\n"),
        "empty extension line": good.but(extensions=b"\n"),
        "extension like a signature": good.but(extensions="— x AAAAAAAA\n".encode()),
        "DEL in extension": good.but(extensions=b"a\x7f\n"), "tab in extension": good.but(extensions=b"a\tb\n"),
        "C1 control in extension": good.but(extensions="a\u0085b\n".encode()),
        "extension not UTF-8": good.but(extensions=b"\xff\n"),
    }
    origins = [b"", b"a", b"a" * 255, b"a" * 256, "é".encode() * 127, "é".encode() * 128, b"a b", b"a+b",
               "a\u00a0b".encode(), "a\u0085b".encode(), "a\u2028b".encode(), "a\u200bb".encode(), b"a\x7fb",
               "a\u180eb".encode(), "a\u3000b".encode(), "a\ufeffb".encode(), "e\u0301".encode(), b"\xff"]
    for origin in origins:
        own = Signer(origin, 1)
        cases[f"origin {origin[:20]!r} of {len(origin)}"] = good.but(origin=origin, lines=(own.line, WITNESS.line))
        cases[f"line of {origin[:20]!r} of {len(origin)}"] = good.but(
            lines=(LOG.line, WITNESS.line, raw_line(origin, bytes(40))))
    for count in (4, 5, 67, 68, 69, 75, 76, 77):
        for signer in (LOG, WITNESS, STRANGER):
            cases[f"{signer.name.decode()} with {count} bytes"] = good.but(
                lines=(LOG.line, WITNESS.line, raw_line(signer.name, signer.key_id + bytes(count - 4))))
    for count in (0, 3):
        cases[f"stranger with {count} bytes"] = good.but(lines=(LOG.line, raw_line(b"x", bytes(count))))
    cases["64 lines"] = good.but(lines=(LOG.line, WITNESS.line) + (STRANGER.line,) * 62)
    cases["65 lines"] = good.but(lines=(LOG.line, WITNESS.line) + (STRANGER.line,) * 63)
    cases["64 lines, last counts"] = good.but(lines=(LOG.line,) + (STRANGER.line,) * 62 + (WITNESS.line,))
    cases["no lines"] = good.but(lines=())
    cases["cosignature only"] = good.but(lines=(WITNESS.line,))
    cases["log line twice"] = good.but(lines=(LOG.line, LOG.line, WITNESS.line))
    spoilt_log, spoilt = (lambda text: LOG.line(text, spoilt=True)), (lambda text: WITNESS.line(text, spoilt=True))
    cases["log line good and spoilt"] = good.but(lines=(LOG.line, spoilt_log, WITNESS.line))
    cases["log line spoilt and good"] = good.but(lines=(spoilt_log, LOG.line, WITNESS.line))
    cases["log line spoilt"] = good.but(lines=(spoilt_log, WITNESS.line))
    cases["both spoilt"] = good.but(lines=(spoilt_log, spoilt))
    cases["cosignature spoilt"] = good.but(lines=(LOG.line, spoilt))
    cases["cosignature good and spoilt"] = good.but(lines=(LOG.line, WITNESS.line, spoilt))
    cases["cosignature twice"] = good.but(lines=(WITNESS.line, LOG.line, WITNESS.line))
    other = Signer(ORIGIN, 9)
    cases["another key of the origin"] = good.but(lines=(other.line, LOG.line, WITNESS.line))
    cases["another key of the origin only"] = good.but(lines=(other.line, WITNESS.line))
    cases["log key under another origin"] = good.but(origin=b"other.example")
    for time in (0, 1, 2**32, 253402300800, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1):
        cases[f"cosigned at {time}"] = good.but(lines=(LOG.line, lambda text, time=time: WITNESS.line(text, time)))
    late = good.but(lines=(LOG.line, WITNESS.line, lambda text: WITNESS.line(text, 5)))
    cases["two times of one witness"] = late
    cases["everything wrong"] = good.but(kind=77, index=b"9", lines=(spoilt_log, spoilt))
    cases["kind unknown and quorum missing"] = good.but(kind=77, lines=(LOG.line,))
    cases["quorum missing and log spoilt"] = good.but(lines=(spoilt_log,))
    return cases


def money(recorded: bytes, expected: bytes):
    return Odd(kind=2, fields=((b"total", recorded),)), None, ((b"total", expected),)


def deed(value: bytes, document: bytes | None, *expected, hidden=()):
    return Odd(fields=((b"document", value),), hidden=hidden), document, expected


NAMES_OF_DEEDS = (
    b"action", b"act", b"type", b"notary", b"by", b"before", b"name", b"size", b"attachments", b"parties", b"details",
    b"validuntil", b"property", b"reference", b"note", b"place", b"paper", b"corrects", b"reason", b"basis", b"principal", b"fee",
    b"time", b"signed", b"level", b"signature", b"certificate", b"signingtime", b"timestamp", b"revocation", b"ranges",
    b"covered", b"sealed", b"salt", b"chain", b"previous", b"sequence", b"unknown",
)
NAMES_OF_RECEIPTS = (
    b"action", b"id", b"date", b"merchant", b"pos", b"consumer", b"suffix", b"items", b"other", b"held", b"act",
    b"chain", b"previous", b"sequence", b"document", b"unknown",
)

EXPECTATIONS = [
    money(b"560000", b""), money(b"", b""), money(b"", b"0"), money(b"x", b"x"), money(b"x", b"5600"),
    money(b"+500", b"5"), money(b"+500", b"+500"), money(b"007", b"0.07"), money(b"007", b"007"), money(b"-0", b"0"),
    money(b"-0", b"-0"), money(b"-500", b"-5"), money(b"500 ", b"5"), money(b"5.00", b"5.00"), money(b"0", b"-0"),
    money("٥".encode(), b"5"), money(b"999999999999999999", b"9999999999999999.99"),
    money(b"1000000000000000000", b"10000000000000000"), money(b"9223372036854775807", b"92233720368547758.07"),
    money(b"9223372036854775808", b"9223372036854775808"), money(b"9223372036854775807", b"x"),
    money(b"9223372036854775808", b"x"), money(b"1000000000000000000", b"x"), money(b"560000", b"\xff"),
    money(b"1" * 40, b"x"), money(b"1" * 40, b"1" * 40), money(b"0x10", b"0x10"),
    deed(ABC, b"abc"), deed(ABC.upper(), b"abc"), deed(ABC, b"abd"), deed(ABC[:-1], b"abc"), deed(b"", b"abc"),
    deed(ABC + b"\n", b"abc"), deed(b" " + ABC, b"abc"), deed(b"z" * 64, b"abc"), deed(b"\xff", b"abc"),
    deed(ABC, b"abc", hidden=(b"document",)), deed(ABC, b"abc", (b"document", b"x")),
    deed(ABC, None, (b"document", ABC.upper())), deed(ABC, b"abc", (b"x", b"y"), hidden=(b"document",)),
    deed(ABC, None, (b"document", b"x"), hidden=(b"document",)), deed(ABC, b"abc", (b"a", b""), (b"a", b"b")),
    (Odd(), b"abc", ()), (Odd(), b"abc", ((b"act", b"x"),)), (Odd(), None, ((b"act", b"2025-00017"),)),
    (Odd(kind=2, fields=((b"document", ABC),)), b"abc", ()),
    (Odd(kind=7, fields=((b"document", ABC.upper()),)), b"abc", ()),
    (Odd(kind=7, fields=((b"total", b"560000"),)), None, ((b"total", b"5600"),)),
    (Odd(kind=7, fields=((b"total", b"560000"),)), None, ((b"total", b"560000"),)),
    (Odd(fields=((b"total", b"560000"),)), None, ((b"total", b"5600"),)),
    (Odd(fields=(("é".encode(), b"x"),)), None, (("e\u0301".encode(), b"x"),)),
    (Odd(fields=((b"note", "é".encode()),)), None, ((b"note", "e\u0301".encode()),)),
    (Odd(fields=((b"note", b"a=b"),)), None, ((b"note", b"a=b"),)),
    (Odd(fields=((b"a=b", b"c"),)), None, ((b"a=b", b"c"),)),
    (Odd(fields=((b"note", b"\xff"),)), None, ((b"note", "\ufffd".encode()),)),
    (Odd(fields=((b"note", b" a"),)), None, ((b"note", b"a"),)),
    *[(Odd(fields=((name, b"abcdef"),)), None, ((name, b"ABCDEF"),)) for name in NAMES_OF_DEEDS],
    *[(Odd(kind=2, fields=((name, b"abcdef"),)), None, ((name, b"ABCDEF"),)) for name in NAMES_OF_RECEIPTS],
    *[(Odd(kind=kind, fields=((name, b"abcdef"),)), None, ((name, b"ABCDEF"),))
      for kind in range(3, 11)
      for name in (b"document", b"previous", b"root", b"digest", b"certificate", b"commitment")],
    *[(Odd(kind=2, fields=((name, b"560000"),)), None, ((name, b"5,600"),))
      for name in (b"total", b"vat", b"citytax", b"amount", b"sequence")],
]

AMOUNTS = [
    "5600", "5600.0", "5600.00", "5600.000", "5600,0", "5600,00", "5600,000", "5,600", "5,600.00", "5,600,00", "5.600",
    "5.600,00", "5 600", "5 600,00", "5 600.00", "5\u00a0600", "5\u202f600", "5\u2009600", "5'600", "5_600", "56 00",
    "5,6,0,0", "0005600", "05600", "0,005,600", "005,600", "0005,600", "5600₮", "₮5600", "₮ 5600", "5600 ₮", "₮5600₮",
    "5600 MNT", "5600MNT", "MNT5600", "mnt 5600", "5600 Mnt", "5600 төг", "5600төгрөг", "төгрөг 5600", "5600 төгрөг₮",
    "төг рөг 5600", "5600 ТӨГ", "5600 төг.", "5600\t", "\t5600", "5600\u00a0₮", "\u202f5600", "5600\n", " 5600 ",
    "\u30005600", "\u20095600", "-5600", "--5600", "- 5600", "-₮5600", "₮-5600", "+5600", "−5600", "5600-", "(5600)",
    "", " ", "₮", "MNT", "-", ".", ",", "5600.", "5600,", ".5", ",5", "5600.0.0", "5600,0,0", "5,600,00,0", "0x15e0",
    "5.6e3", "5600.0₮", "٥٦٠٠", "５６００", "0000000000005600", "00000000000005600",
    "9999999999999999", "99999999999999999",
    "1" * 400, "5600.00 ₮ ", "5, 600", "5 ,600", "5,\u00a0600", "5600. 00", "5 600 000", "5\u00a0600 000", "5,600 000",
    "560 0", "5600 .00", "5600 ,00", "₮₮5600", "5600\u200b", "5600\0".replace("\0", "\u0001"),
]


def odd_policies() -> dict[str, tuple[bytes, bytes | None]]:
    """Label → policy, and the evidence if it is not the good one."""
    log, witness, key = LOG.vkey, WITNESS.vkey, STRANGER.vkey
    both = b"log %s\nwitness w %s\n" % (log, witness)
    plain, cosigning = Signer(b"witness.example", 2), Signer(ORIGIN, 1, tamga.COSIGNATURE)
    three = b"".join(b"witness w%d %s\n" % (n, Signer(b"w%d" % n, 10 + n, 4).vkey) for n in range(3))
    texts = {
        "good": POLICY, "empty": b"", "no log": b"witness w %s\nquorum w\n" % witness, "none only": b"quorum none\n",
        "no quorum": both, "no final newline": POLICY[:-1], "CRLF": POLICY.replace(b"\n", b"\r\n"),
        "tabs and blanks": POLICY.replace(b" ", b" \t ").replace(b"log", b"\t log"),
        "blanks behind": both + b"quorum w \t\n",
        "comment": b"# x\n \t# y\n" + POLICY, "comment behind": both + b"quorum w # x\n",
        "NBSP": both + "quorum\u00a0w\n".encode(),
        "comment touching": both + b"quorum w#\n", "DEL in comment": b"# \x7f\n" + POLICY, "zero": b"# \0\n" + POLICY,
        "not UTF-8 comment": b"# \xff\n" + POLICY, "form feed": b"\x0c" + POLICY,
        "not UTF-8 name": b"log %s\nwitness \xff %s\nquorum \xff\n" % (log, witness), "BOM": b"\xef\xbb\xbf" + POLICY,
        "NFC and NFD names": b"log %s\nwitness %s %s\nquorum %s\n" % (log, "é".encode(), witness, "e\u0301".encode()),
        "quorum first": b"quorum w\n" + both,
        "quorum in between": b"log %s\nquorum none\nwitness w %s\n" % (log, witness),
        "quorum twice": POLICY + b"quorum w\n", "quorum twice none": both + b"quorum none\nquorum none\n",
        "quorum of two": both + b"quorum w w\n", "quorum empty": both + b"quorum\n",
        "quorum unknown": both + b"quorum x\n",
        "quorum all": both + b"quorum all\n", "upper-case keyword": both + b"Quorum w\n",
        "unknown keyword": POLICY + b"mirror x\n",
        "log with URL": b"log %s https://x\nquorum none\n" % log,
        "log with two URLs": b"log %s x y\nquorum none\n" % log,
        "URL odd": b"log %s %s\nquorum none\n" % (log, "\u0085é".encode()), "log without key": b"log\nquorum none\n",
        "log named": b"log x %s\nquorum none\n" % log, "witness without name": b"witness %s\nquorum none\n" % witness,
        "log twice": b"log %s\n" % log + POLICY, "witness twice": both + b"witness v %s\nquorum w\n" % witness,
        "witness name twice": both + b"witness w %s\nquorum w\n" % key,
        "one key as log and witness": b"log %s\nwitness w %s\nquorum w\n" % (log, Signer(b"q", 1, 4).vkey),
        "plain and cosigning key of one witness": both + b"witness v %s\nquorum w\n" % plain.vkey,
        "witness with plain key": b"log %s\nwitness w %s\nquorum w\n" % (log, plain.vkey),
        "log with cosigning key": b"log %s\nquorum none\n" % cosigning.vkey,
        "group": both + b"group g all w\nquorum g\n", "group any": both + b"group g any w\nquorum g\n",
        "group 1": both + b"group g 1 w\nquorum g\n", "group 01": both + b"group g 01 w\nquorum g\n",
        "group +1": both + b"group g +1 w\nquorum g\n", "group 0": both + b"group g 0 w\nquorum g\n",
        "group 2 of 1": both + b"group g 2 w\nquorum g\n",
        "group huge": both + b"group g 99999999999999999999 w\nquorum g\n",
        "group Any": both + b"group g Any w\nquorum g\n", "group empty": both + b"group g any\nquorum g\n",
        "group of unknown": both + b"group g any x\nquorum g\n", "group of itself": both + b"group g any g\nquorum g\n",
        "group of none": both + b"group g any none\nquorum g\n",
        "group twice the member": both + b"group g any w w\nquorum g\n",
        "two groups one member": both + b"group g any w\ngroup h any w\nquorum g\n",
        "nested": both + b"group g any w\ngroup h all g\nquorum h\n",
        "group name in use": both + b"group w any w\nquorum w\n",
        "quorum of a member": both + b"group g any w\nquorum w\n",
        "later group": both + b"group h any g\ngroup g any w\nquorum h\n",
        "2 of 3, one there": both + three + b"group g 2 w w0 w1\nquorum g\n",
        "1 of 3, one there": both + three + b"group g 1 w w0 w1\nquorum g\n",
        "any of groups": both + three + b"group a all w0 w1\ngroup b any w\ngroup g any a b\nquorum g\n",
        "all of groups": both + three + b"group a all w0 w1\ngroup b any w\ngroup g all a b\nquorum g\n",
        "40 witnesses": b"log %s\n" % log + b"".join(
            b"witness w%d %s\n" % (n, Signer(b"w%d" % n, 10 + n, 4).vkey) for n in range(40)) + b"quorum none\n",
        "40 comments": b"#\n" * 40 + POLICY,
        "nested 40": both + b"group g0 any w\n" + b"".join(
            b"group g%d any g%d\n" % (n + 1, n) for n in range(40)) + b"quorum g40\n",
    }
    for name in (b"none", b"all", b"any", b"2", b"#w", b"log", b"quorum", b"a+b", b"None"):
        texts[f"witness named {name.decode()}"] = b"log %s\nwitness %s %s\nquorum %s\n" % (log, name, witness, name)
        texts[f"group named {name.decode()}"] = both + b"group %s any w\nquorum %s\n" % (name, name)
    for label, vkey in odd_keys().items():
        texts[f"log key: {label}"] = b"log %s\nlog %s\nquorum none\n" % (log, vkey)
        texts[f"witness key: {label}"] = b"log %s\nwitness w %s\nquorum none\n" % (log, vkey)
    cases: dict[str, tuple[bytes, bytes | None]] = {label: (text, None) for label, text in texts.items()}
    by_plain = Odd(lines=(LOG.line, plain.line)).file()
    cases["cosigned by plain key"] = (texts["witness with plain key"], by_plain)
    cases["spoilt by plain key"] = (
        texts["witness with plain key"], Odd(lines=(LOG.line, lambda text: plain.line(text, spoilt=True))).file())
    cases["logged by cosigning key"] = (texts["log with cosigning key"], Odd(lines=(cosigning.line,)).file())
    same_name = Signer(ORIGIN, 4, tamga.COSIGNATURE)
    cases["witness named like the log"] = (
        b"log %s\nwitness w %s\nquorum w\n" % (log, same_name.vkey), Odd(lines=(LOG.line, same_name.line)).file())
    cases["spoilt witness named like the log"] = (
        b"log %s\nwitness w %s\nquorum w\n" % (log, same_name.vkey),
        Odd(lines=(LOG.line, lambda text: same_name.line(text, spoilt=True))).file())
    return cases


def odd_keys() -> dict[str, bytes]:
    name, plain = b"k.example", b"\x01"
    good = vkey_of(name, base(plain))
    head, key_id, material = good.split(b"+", 2)
    modulus = ed25519.P
    keys = {
        "good": good, "upper-case id": b"+".join([head, key_id.upper(), material]),
        "wrong id": b"+".join([head, b"00000000", material]), "short id": b"+".join([head, key_id[1:], material]),
        "no padding": good.rstrip(b"="), "empty": b"", "plus only": b"++",
        "no name": vkey_of(b"", plain + bytes([9] * 32)),
        "name not UTF-8": vkey_of(b"\xff", base(plain)),
        "name with NBSP": vkey_of("a\u00a0b".encode(), base(plain)), "name with DEL": vkey_of(b"a\x7fb", base(plain)),
        "name of 300 bytes": vkey_of(b"n" * 300, base(plain)),
        "31 bytes": vkey_of(name, plain + bytes(31)), "33 bytes": vkey_of(name, base(plain) + b"\0"),
        "no algorithm": vkey_of(name, b""), "zeros": vkey_of(name, plain + bytes(32)),
        "minus one": vkey_of(name, plain + (modulus - 1).to_bytes(32, "little")),
        "one, negative zero": vkey_of(name, plain + (1 | 1 << 255).to_bytes(32, "little")),
    }
    for algorithm in (0, 2, 3, 4, 5, 6, 0xFA, 0xFF):
        keys[f"algorithm {algorithm}"] = vkey_of(name, base(bytes([algorithm])))
    keys["ML-DSA-44"] = vkey_of(name, b"\x06" + bytes(range(1, 33)) * 41)
    keys["algorithm 5 with 32 bytes"] = vkey_of(name, b"\x05" + bytes(range(32)))
    for number in range(2, 9):
        keys[f"y = {number}"] = vkey_of(name, plain + number.to_bytes(32, "little"))
    for excess in range(19):
        for sign in (0, 1):
            encoded = (modulus + excess | sign << 255).to_bytes(32, "little")
            keys[f"y = p + {excess}, sign {sign}"] = vkey_of(name, plain + encoded)
    return keys


def base(algorithm: bytes) -> bytes:
    return algorithm + bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
