"""A notary who is suspended, or handed the office over: every token refused, every session ended, and back when it is lifted."""

import secrets

import pytest
from console import Visitor, page
from notary_console import MAIN, OTHER, drafted, power, register, statement
from signing import Office, act, problem, status, will
from tamga import ask

PASSWORD = "нууц үг болсон өгүүлбэр"


class Case:
    """Two offices, the first with acts and a session of each sort."""

    def __init__(self, ledger, pki) -> None:
        self.ledger = ledger.serve("--trust", pki.trust, "--keep-documents")
        self.office, self.other = (Office.enrol(ledger, pki, code) for code in (MAIN, OTHER))
        draft = act(secrets.token_bytes(8))
        self.digest = draft["document"]["sha256"]
        filed = self.office.registered(draft).json()
        self.act, self.code, self.link = filed["act"], filed["accessCode"], filed["evidence"].rsplit("/", 1)[1]
        self.will = self.office.registered(will(secrets.token_bytes(8))).json()["act"]
        self.by_token = Visitor(ledger, "notary").sign_in(token=self.office.token)
        taken = self.by_token.post("/notary/office", {"password": PASSWORD, "again": PASSWORD})
        assert taken.status in (200, 303), page(taken, taken.status).notes
        self.by_password = Visitor(ledger, "notary").sign_in(code=MAIN, password=PASSWORD)

    def answers(self, token: str) -> dict[str, tuple[int, str]]:
        """What each route that knows the role of notaries says to a token."""
        found = {}
        for path, methods in self.ledger.get("/openapi.json").json()["paths"].items():
            for method, operation in methods.items():
                if method == "servers" or not any("notary" in way.get("token", []) for way in operation["security"]):
                    continue
                real = path.replace("{act}", self.will).replace("{sha256}", self.digest).replace("{capability}", self.link)
                answer = ask(self.ledger.api, method.upper(), real + "?year=2026", b"{}", {
                    "Authorization": f"Bearer {token}", "Content-Type": "application/json"})
                found[f"{method.upper()} {path}"] = (answer.status, problem(answer) if answer.status >= 400 else "")
        return found


@pytest.fixture
def case(new_ledger, pki):
    return Case(new_ledger(), pki)


def refuses_everything(case: Case) -> None:
    answers = case.answers(case.office.token)
    assert len(answers) >= 15 and set(answers.values()) == {(403, "notary-suspended")}, answers
    for visitor in (case.by_token, case.by_password):
        for path in ("/notary", f"/notary/acts/{case.will}", "/notary/search", "/notary/office"):
            answer = visitor.get(path)
            assert (answer.status, answer.headers.get("location")) == (303, "/notary/sign-in"), path
    for fields in ({"token": case.office.token}, {"code": MAIN, "password": PASSWORD}):
        answer = case.by_token.try_to_sign_in(**fields)
        assert answer.status == 403 and f"{MAIN} is suspended" in page(answer, 403).notes[0]
    wrong = case.by_token.try_to_sign_in(code=MAIN, password="өөр нууц үг, буруу")
    assert "suspended" not in page(wrong, wrong.status).main.text, "only who knows it is told"


def test_who_is_suspended_has_nothing_until_it_is_lifted(case):
    before = case.answers(case.office.token)
    assert not {code for _, code in before.values()} & {"notary-suspended", "forbidden", "unauthorised"}, before
    case.ledger.must("issuer", "suspend", "--id", MAIN)
    refuses_everything(case)
    assert status(case.ledger, case.act, case.code).status == 200, "a party has what a party has"
    assert case.ledger.get(f"/v1/evidence/{case.link}").status == 200
    assert case.other.registered(act(secrets.token_bytes(8))), "nobody else is touched"
    case.ledger.must("issuer", "resume", "--id", MAIN)
    assert case.office.act(case.will).status == 200 and case.office.registered(act(secrets.token_bytes(8)))
    assert not case.by_token.is_in and not case.by_password.is_in, "what ended stays ended"
    assert Visitor(case.ledger, "notary").sign_in(code=MAIN, password=PASSWORD).is_in
    assert Visitor(case.ledger, "notary").sign_in(token=case.office.token).is_in


def test_a_suspension_in_a_closed_folder_ends_sessions_too(case):
    case.ledger.stop()
    case.ledger.must("issuer", "suspend", "--id", MAIN)
    case.ledger.must("issuer", "resume", "--id", MAIN)
    case.ledger.restart()
    assert not case.by_token.is_in and case.office.act(case.act).status == 200


def test_who_handed_the_office_over_has_nothing_and_the_successor_everything(case):
    operator = Visitor(case.ledger, "operator").sign_in(token=case.ledger.token("operator", "Оператор"))
    operator.done(f"/operator/notaries/{MAIN}/hand-over", {"successor": OTHER})
    refuses_everything(case)
    assert case.ledger.command("issuer", "resume", "--id", MAIN).status != 0
    refuses_everything(case)
    assert case.other.act(case.will).status == 200
    assert {case.other.act(number).json()["act"] for number in (case.act, case.will)} == {case.act, case.will}


def test_an_act_under_way_in_the_console_waits_for_the_resumption(case, pki):
    draft = drafted(case.by_token, power())
    signature = pki.sign(statement(case.by_token, draft), MAIN)
    size = case.ledger.size
    case.ledger.must("issuer", "suspend", "--id", MAIN)
    answer = register(case.by_token, draft, signature)
    assert answer.headers["location"] == "/notary/sign-in" and case.ledger.size == size + 1, "the suspension alone"
    case.ledger.must("issuer", "resume", "--id", MAIN)
    visitor = Visitor(case.ledger, "notary").sign_in(token=case.office.token)
    assert register(visitor, draft, signature).status == 303 and case.ledger.size == size + 3
