"""A will that was not opened: neither what is in it nor that there is one is found in any answer, and a wrong code is an absent act."""

import json
import re
import secrets
import shutil
import subprocess
import time
import urllib.parse

import c2sp
import pytest
import tamga
from console import Visitor
from signing import ADDRESSES, Office, act, ask_from, day, document, problem, sale, status, today, will, wrong_code
from tamga import Answer

YEAR = today().year
ABSENT = f"NT001-{YEAR}-000999"
TESTATOR = {"regnum": "ЗЮ47110923"}


class Closed:
    """A ledger with one will among other acts, and everybody who may come and ask."""

    def __init__(self, ledger, pki) -> None:
        self.ledger, self.pki = ledger.enrol_merchants().serve("--trust", pki.trust), pki
        self.office, self.other = Office.enrol(ledger, pki, "NT001"), Office.enrol(ledger, pki, "NT002")
        self.content = secrets.token_bytes(32)
        self.draft = will(self.content)
        self.ordinary = self.office.registered(act(secrets.token_bytes(32))).json()
        self.answer = self.office.registered(self.draft)
        self.number, self.code = self.answer.json()["act"], self.answer.json()["accessCode"]
        self.office.registered(act(secrets.token_bytes(32)))
        self.evidence = ledger.get(self.answer.headers["tamga-evidence"]).text
        self.tokens = {
            "nobody": None, "somebody with a wrong token": "tamga_" + "0" * 40, "another notary": self.other.token,
            "merchant": ledger.token("merchant", tamga.MERCHANT), "auditor": ledger.token("auditor", "Шалгагч"),
            "operator": ledger.token("operator", "Оператор")}

    @property
    def words(self) -> list[bytes]:
        """What is never to be found: as text, as JSON escapes it, as bytes."""
        names = [party[name] for party in self.draft["parties"] for name in ("lastName", "firstName", "regnum")]
        texts = [*names, self.number, self.code, self.code.replace("-", ""), self.draft["details"]["medicalOpinion"], self.draft["salt"],
                 self.draft["place"], "Гэрээслэл", "гэрээслэл", self.answer.headers["tamga-evidence"].rsplit("/", 1)[1]]
        digest = self.draft["document"]["sha256"]
        found = [word for text in texts for word in (text.encode(), json.dumps(text).strip('"').encode())]
        return [*found, digest.encode(), bytes.fromhex(digest), digest.upper().encode()]

    def found_in(self, answer: bytes) -> list[bytes]:
        # The kinds of acts are described to everybody, and the API's description names them.
        return [word for word in self.words if word in answer] + re.findall(rb'(?<![a-z])will(?![a-z])', answer)

    def ask(self, method: str, path: str, body=None, token: str | None = None) -> Answer:
        return ask_from(next(ADDRESSES), self.ledger, method, path, body, token)


@pytest.fixture(scope="module")
def closed(module_ledger, pki):
    return Closed(module_ledger, pki)


def stable(answer: Answer) -> tuple:
    """An answer without what differs from one moment to the next."""
    return answer.status, {name: value for name, value in answer.headers.items() if name != "date"}, answer.body


# Who may know of it


def test_notary_and_party_see_it(closed):
    ledger, office = closed.ledger, closed.office
    told = status(ledger, closed.number, closed.code)
    assert told.status == 200 and told.json()["type"] == "will" and told.json()["status"] == "in-force", told
    assert told.json()["document"] == closed.draft["document"]["sha256"]
    whole = office.act(closed.number).json()
    assert whole["content"]["parties"] == closed.draft["parties"] and whole["accessCode"] == closed.code
    for query in ({"act": closed.number}, TESTATOR, {"regnum": "ЖЭ81092214"}):
        assert [line["act"] for line in office.search(**query)] == [closed.number], query
    assert closed.number in [line["act"] for line in office.book()["lines"]]
    assert closed.found_in(told.body) and closed.found_in(closed.evidence.encode()) == [], "evidence is base64"



def test_its_notary_finds_it_by_its_document(closed):
    found = closed.office.search(document=closed.draft["document"]["sha256"])
    assert [line["act"] for line in found] == [closed.number]


# Nobody else


def everything(description: dict):
    """Every operation with every question that could be about the will: method, path, body, type."""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "delete", "put") and not {"posapi", "posapi2", "authority"} & set(operation.get("tags", [])):
                yield method.upper(), path


def questions(number: str, digest: str, index: int, regnum: str, draft: dict, capability: str):
    """What somebody would ask about an act that they know everything of but its code."""
    changes = [
        {"act": number, "change": "revoked", "reason": "x"}, {"act": number, "change": "opened", "reason": "x"},
        {"act": number, "change": "revoked", "by": "principal", "principal": {"regnum": regnum}, "reason": "x"},
        {"act": number, "change": "revoked", "by": "court", "basis": {"court": "x", "number": "1", "date": day(-1)}, "reason": "x"},
        {"act": number, "change": "opened", "by": "court", "basis": {"court": "x", "number": "1", "date": day(-1)}, "reason": "x"},
        {"act": number, "change": "revoked", "by": "court", "basis": {"court": "x", "number": "1", "date": day(-1)}, "reason": "x", "before": "0" * 64},
        {"act": number, "change": "revoked", "reason": "x", "before": "0" * 64},
        {"act": number, "change": "corrected", "reason": "x", "content": {name: draft[name] for name in draft if name != "salt"}},
    ]
    return {
        "/checkpoint": [None], "/healthz": [None], "/openapi.json": [], "/v1/deeds/kinds": [], "/add": [],
        "/tile/{path}": ["/tile/0/000", "/tile/entries/000", f"/tile/entries/000.p/{index + 2}", f"/tile/0/000.p/{index + 2}"],
        "/v1/inclusion": [f"/v1/inclusion?index={index}", f"/v1/inclusion?index={index}&size={index + 1}", f"/v1/inclusion?hash={digest}"],
        "/v1/consistency": [f"/v1/consistency?from={index}&to={index + 1}"],
        "/v1/evidence/{capability}": [f"/v1/evidence/{name}" for name in (capability, number, digest, str(index))],
        "/v1/validation/{sha256}": [f"/v1/validation/{digest}"],
        "/v1/receipts": [], "/v1/receipts/return": [{"id": number, "date": "x"}],
        "/v1/receipts:batch": [b"{}\n"], "/v1/chain": ["/v1/chain?limit=10", "/v1/chain?issuer=NT001"],
        "/v1/deeds/statement": [draft, draft | {"reference": number}, act(b"", document={"sha256": digest}),
                                sale(b"", "Ү-1", document={"sha256": digest}), act(b"", reference=number)],
        "/v1/deeds": [{"act": draft, "signature": "MIIB"}, {"act": draft, "signature": "MIIB", "fee": {"amount": 1}}, {"act": act(b"", document={"sha256": digest}), "signature": "MIIB"}],
        "/v1/deeds/signed-pdf": [{"act": draft, "pdf": "JVBERi0="}],
        "/v1/deeds/change-statement": changes, "/v1/deeds/changes": [{"change": change, "signature": "MIIB"} for change in changes],
        "/v1/deeds/search": [{"act": number}, {"regnum": regnum}, {"document": digest}, {"regnum": "ЖЭ81092214"},
                             *({"name": name} for name in ("Доржийн Бат", "Д.Бат", "Бат"))],
        "/v1/deeds/book": [f"/v1/deeds/book?year={YEAR}", f"/v1/deeds/book?year={YEAR}&notary=NT001"],
        "/v1/deeds/fees": ["/v1/deeds/fees"],
        "/v1/deeds/paper": [f"/v1/deeds/paper?year={YEAR}", f"/v1/deeds/paper?year={YEAR}&notary=NT001"],
        "/v1/deeds/{act}": [f"/v1/deeds/{number}"], "/v1/deeds/{act}/looks": [f"/v1/deeds/{number}/looks"],
        "/v1/deeds/{act}/documents": [f"/v1/deeds/{number}/documents"],
        "/v1/deeds/{act}/contacts": [f"/v1/deeds/{number}/contacts"], "/v1/deeds/{act}/contacts/{contact}": [f"/v1/deeds/{number}/contacts/1"],
        "/v1/deeds/{act}/documents/{sha256}": [f"/v1/deeds/{number}/documents/{digest}"],
        "/v1/deeds/looks": [{"act": number, "code": code} for code in ("0000-0000-0000", "")],
        "/v1/deeds/status": [{"act": number, "code": code} for code in ("0000-0000-0000", "", "x")] + [{"act": number}, {"act": number, "code": None}],
    }



def test_no_answer_differs_from_that_about_nothing(closed):
    """Every operation, asked about the will and about an act that is not there, by everybody: the same status, headers and body.

    What a question itself holds comes back in refusals and statements; it is taken out of both answers."""
    index = closed.answer.index
    about = (closed.number, closed.draft["document"]["sha256"], index, TESTATOR["regnum"], closed.draft, secrets.token_hex(16))
    missing = will(b"", salt=secrets.token_hex(32), document=document(secrets.token_bytes(32)))
    for party, regnum in zip(missing["parties"], ("ЗЮ47110931", "ЖЭ81092222")):
        party["regnum"] = regnum
    nothing = (ABSENT, missing["document"]["sha256"], index, "ЗЮ47110931", missing, secrets.token_hex(16))
    ours, theirs = questions(*about), questions(*nothing)
    description = closed.ledger.get("/openapi.json").json()
    asked, different = 0, []
    for method, path in everything(description):
        assert path in ours, f"{path} is new: what would be asked of it about a will?"
        for question, other in zip(ours[path], theirs[path], strict=True):
            # A status is asked for without a token, and not many times.
            callers = {"nobody": None} if path in ("/v1/deeds/status", "/v1/deeds/looks") else closed.tokens
            for caller, token in callers.items():
                answers = []
                for each in (question, other):
                    target, body = (path, each) if method == "POST" else (each or path, None)
                    answers.append(closed.ask(method, target, body, token))
                asked += 1
                one, two = (comparable(answer, values) for answer, values in zip(answers, (about, nothing)))
                found = closed.found_in(answers[0].body)
                if one != two or found and not (caller == "another notary" and path in ECHOING):
                    different.append((method, path, caller, question, one, two, found))
    assert asked > 280
    assert not different, f"{len(different)} of {asked} differ:\n" + "\n\n".join(map(str, different[:5]))


# What a notary writes into a statement comes back with it.
ECHOING = ("/v1/deeds/statement",)


def comparable(answer: Answer, values) -> tuple:
    body = answer.body.decode(errors="replace")
    number, digest, _, regnum, draft, capability = values
    for value, name in ((number, "N"), (digest, "D"), (regnum, "R"), (draft["parties"][1]["regnum"], "W"), (draft["salt"], "S"),
                        (capability, "C")):
        body = body.replace(value, name)
    # Sealed lines are digests under the salt, a checkpoint and the tree grow with what others file.
    body = re.sub(r"[0-9a-f]{32,64}", "H", body)
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status, headers, body



@pytest.mark.parametrize("request_of", [
    {}, {"by": "parties"}, {"by": "principal", "principal": {"regnum": "УБ85030413"}}, {"before": "0" * 64}], ids=["notary", "parties", "principal", "before"])
@pytest.mark.parametrize("path", ["/v1/deeds/change-statement", "/v1/deeds/changes"])
def test_other_notary_cannot_tell_a_will_by_the_gap_between_numbers(closed, path, request_of):
    """Numbers have no gaps: were other acts told from absent ones, whatever is "absent" between them would be a will."""
    def asked(number):
        change = {"act": number, "change": "revoked", "reason": "x", **request_of}
        body = change if path.endswith("statement") else {"change": change, "signature": "MIIB"}
        answer = closed.ask("POST", path, body, closed.other.token)
        return answer.status, answer.body.replace(number.encode(), b"N")

    assert asked(closed.number) == asked(closed.ordinary["act"])


def test_entries_tiles_and_proofs_are_those_of_any_act(closed):
    size, _ = closed.ledger.published(closed.answer.index + 1)
    entries = c2sp.read_entries(lambda path: closed.ledger.get(path).body, size)
    entry, ordinary = entries[closed.answer.index], entries[closed.answer.index - 1]
    assert len(entry) == len(ordinary) == 42 and entry[:2] == ordinary[:2]
    assert not closed.found_in(b"".join(entries))


def test_same_document_under_an_act_of_another_notary_is_not_warned_of(new_ledger, pki):
    """Not before signing, not at registration: a warning would tell that there is a will."""
    closed = Closed(new_ledger(), pki)
    for draft in (act(closed.content), will(closed.content), sale(closed.content, f"Ү-{secrets.token_hex(4)}")):
        told = closed.other.prepared(draft).json()
        assert closed.number not in json.dumps(told["warnings"], ensure_ascii=False)
    answer = closed.other.register(will(closed.content), acknowledge=())
    assert answer.status == 201, answer


def test_operator_is_told_nothing(closed, tmp_path):
    """By commands, too: but the data folder holds the keys, and whoever has it can read everything with a program of their own."""
    ledger = closed.ledger
    told, absent = (ledger.command("deed", "status", number) for number in (closed.number, ABSENT))
    assert (told.status, told.all.replace(closed.number, "N")) == (absent.status, absent.all.replace(ABSENT, "N")) and told.status == 1
    told, absent = (ledger.command("prove", "--key", number, "--out", tmp_path / "out") for number in (closed.number, ABSENT))
    assert (told.status, told.all.replace(closed.number, "N")) == (absent.status, absent.all.replace(ABSENT, "N")), told.all
    assert not (tmp_path / "out").exists()
    for listing in (("issuer", "list", "--json"), ("token", "list", "--json"), ("audit",)):
        assert not closed.found_in(ledger.must(*listing).output.encode()), listing


@pytest.mark.parametrize("area, kind, name", [
    ("operator", "operator", "Оператор"), ("merchant", "merchant", tamga.MERCHANT), ("notary", "notary", "NT002")])
def test_pages_of_others_tell_nothing(closed, area, kind, name):
    """Every page that a link leads to."""
    visitor = Visitor(closed.ledger, area, "mn").sign_in(token=closed.ledger.token(kind, name))
    waiting, seen = [f"/{area}", f"/{area}/acts/{closed.number}", f"/{area}/acts/{closed.number}/evidence",
                     f"/{area}/acts/{closed.number}/change?what=revoked", f"/{area}/change?act={closed.number}", "/act",
                     f"/act?number={closed.number}&code={wrong_code()}"], set()
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 80:
            continue
        seen.add(path)
        answer = visitor.get(path)
        found = [word for word in closed.found_in(answer.body) if word not in (b"will", "Гэрээслэл".encode(), "гэрээслэл".encode())]
        # The number that was asked for may stand in the form again.
        assert not [word for word in found if word != closed.number.encode() or closed.number not in path], (path, found)
        if answer.headers.get("content-type", "").startswith("text/html"):
            links = re.findall(r'href="(/[^"#]*)"', answer.text)
            waiting += [link for link in map(urllib.parse.unquote, links) if "sign-out" not in link]
    assert len(seen) > 6
    if area == "notary":
        pages = [visitor.get(f"/notary/acts/{number}{rest}") for rest in ("", "/evidence", "/change?what=revoked", "/change?what=opened") for number in (closed.number, ABSENT)]
        for one, two in zip(pages[::2], pages[1::2]):
            assert (one.status, one.text.replace(closed.number, "N")) == (two.status, two.text.replace(ABSENT, "N"))


def test_logs_and_files_name_nobody_and_nothing(closed):
    for path in [*closed.ledger.logs, *closed.ledger.files()]:
        content = path.read_bytes()
        found = [word for word in closed.words if word in content]
        assert not found, (path, found)


# Revoked and opened


def test_revoked_before_it_was_opened_it_stays_closed(new_ledger, pki):
    closed = Closed(new_ledger(), pki)
    refused = closed.other.change({"act": closed.number, "change": "revoked", "by": "principal", "principal": TESTATOR})
    absent = closed.other.change({"act": ABSENT, "change": "revoked", "by": "principal", "principal": TESTATOR})
    assert stable(refused) == stable(absent) and problem(refused) == "act-not-found"
    revoked = closed.office.change({"act": closed.number, "change": "revoked", "by": "principal", "principal": TESTATOR})
    assert revoked.status == 201, revoked
    assert status(closed.ledger, closed.number, closed.code).json()["status"] == "revoked"
    assert closed.other.act(closed.number).status == 404
    again = closed.other.change({"act": closed.number, "change": "revoked"})
    assert problem(again) == "act-not-found"
    assert closed.other.prepared(act(closed.content)).json()["warnings"] == []


@pytest.mark.parametrize("by", ["notary", "court"])
def test_opened_it_is_an_act_like_others(new_ledger, pki, tmp_path, by):
    closed = Closed(new_ledger(), pki)
    ledger, office, other = closed.ledger, closed.office, closed.other
    opening = {"act": closed.number, "change": "opened", "by": by}
    if by == "court":
        opening["basis"] = {"court": "Өмнөговь аймгийн шүүх", "number": "12", "date": day(-1)}
    refused = other.change(opening)
    assert refused.status in (403, 404) and problem(refused) == problem(other.change(opening | {"act": ABSENT})), refused
    opened = office.change(opening)
    assert opened.status == 201 and opened.json()["change"] == "opened", opened
    told = status(ledger, closed.number, closed.code).json()
    assert told["status"] == "in-force" and [change["change"] for change in told["changes"]] == ["opened"]
    evidence = ledger.evidence(opened, tmp_path / "opened.tlog-proof")
    done = ledger.verify(evidence, "--trust", pki.trust, "--expect", "action=opened", "--expect", f"by={by}", "--json")
    assert done.status == 0 and '"outcome":"valid"' in done.output, done.all
    assert ledger.must("deed", "status", closed.number).output.startswith(f"{closed.number}: in-force")
    again = office.change(opening)
    assert again.status == 409 and problem(again) == "act-not-closed", again
    ordinary = office.change(opening | {"act": closed.ordinary["act"]})
    assert ordinary.status == 409 and problem(ordinary) == "act-not-closed", ordinary
    own = other.change({"act": closed.number, "change": "revoked"})
    assert stable(own)[0] == 404 and problem(own) == "act-not-found", own



def test_opened_it_is_warned_of_and_found_by_its_document(new_ledger, pki):
    closed = Closed(new_ledger(), pki)
    assert closed.office.change({"act": closed.number, "change": "opened"}).status == 201
    found = closed.office.search(document=closed.draft["document"]["sha256"])
    warned = closed.other.prepared(act(closed.content)).json()["warnings"]
    assert ([line["act"] for line in found], [(one["act"], one["reason"]) for one in warned]) == (
        [closed.number], [(closed.number, "document-registered")])


# A wrong code and an absent act


@pytest.fixture
def sealed(new_ledger, pki):
    """Acts in segments with an index on disk: a look-up reads."""
    ledger = new_ledger(segment_height=4).serve("--trust", pki.trust)
    office = Office.enrol(ledger, pki, "NT001")
    acts = [office.registered(act(secrets.token_bytes(32))).json() for _ in range(40)]
    ledger.published(ledger.size)
    ledger.compact("--seal-tail")
    ledger.stop()
    ledger.restart()
    ledger.acts = acts
    return ledger


class Reads:
    """Counts the system calls by which the service reads files of the data folder while something is asked."""

    CALLS = "pread64,preadv,preadv2,read,readv,openat,mmap"

    def __init__(self, ledger, folder) -> None:
        self.ledger, self.log = ledger, folder / f"strace-{secrets.token_hex(4)}.log"

    def __enter__(self) -> "Reads":
        self.process = subprocess.Popen(
            ["strace", "-f", "-yy", "-o", str(self.log), "-e", f"trace={self.CALLS}", "-p", str(self.ledger.process.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = self.process.stderr.readline()
        if "attached" not in said:
            self.process.kill()
            pytest.skip(f"strace may not trace here: {said}")
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stderr.close()

    @property
    def counts(self) -> tuple[int, int]:
        """Reads of pages of the index, and of anything else."""
        lines = self.log.read_text(errors="replace").splitlines()
        # The index of parties is followed twice a second, whoever asks; nothing of it is read for a status.
        reads = [line for line in lines if str(self.ledger.data) in line and ".sqlite" not in line]
        pages = sum(f"{self.ledger.data}/index/" in line for line in reads)
        return pages, len(reads) - pages


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: tools/setup --python")
def test_wrong_code_and_absent_act_cost_the_same_reads(sealed, tmp_path):
    def asked(number, code):
        return stable(status(sealed, number, code))

    right = [(one["act"], one["accessCode"]) for one in sealed.acts[:20]]
    wrong = [(one["act"], wrong_code()) for one in sealed.acts[20:]]
    absent = [(f"NT001-{YEAR}-{number:06}", wrong_code()) for number in range(900, 920)]
    # One character wrong is no code at all, which is known without asking; it costs the same all the same.
    mistyped = [(one["act"], one["accessCode"][:-1] + ("0" if one["accessCode"][-1] != "0" else "1")) for one in sealed.acts[:20]]
    nonsense = [("act " * number, "?") for number in range(20)]
    asked(ABSENT, wrong_code())
    counts, answers = [], []
    for batch in (right, wrong, absent, mistyped, nonsense):
        with Reads(sealed, tmp_path) as reads:
            answers.append([asked(*case) for case in batch])
            time.sleep(0.2)
        counts.append(reads.counts)
    assert {answer[0] for answer in answers[0]} == {200}
    refusal = answers[1][0]
    assert refusal[0] == 404 and all(answer == refusal for batch in answers[1:] for answer in batch), "equal status, headers and bodies"
    assert min(counts[0]) >= len(right), f"the reads of an act that is there are counted: {counts}"
    # Of a key that is not there one page of each run is read, though a filter in memory would hold nearly all of them back.
    pages = counts[1][0]
    assert pages >= 20 and pages % 20 == 0, counts
    assert set(counts[1:]) == {(pages, 0)}, f"right, wrong, absent, mistyped and nonsense: {counts}"
