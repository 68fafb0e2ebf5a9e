"""What later entries make of an act: amended, corrected, revoked; by whom, at whose request, and what is refused."""

import base64
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from act_cases import (
    ORDER, REQUESTS, Case, case, changed, check_evidence_of_changes, commitment, deeds, fresh, office, other,
    refused,
)
from signing import OTHER_REGNUM, REGNUM, day, document, problem, sale, status, today


# What is done


def test_amendment_correction_and_revocation_are_told_with_their_history(deeds, pki, case, tmp_path):
    office, number = case.office, case.number
    steps = [
        {"change": "corrected", "content": case.content(place="Дархан")},
        {"change": "amended", "by": "parties", "content": case.content(place="Дархан", validUntil=day(200))},
        {"change": "corrected", "content": case.content(place="Эрдэнэт", validUntil=day(200))},
        {"change": "revoked", "by": "parties"},
    ]
    answers, states = [], ["corrected", "amended", "corrected", "revoked"]
    for step, state in zip(steps, states):
        answer = changed(office.change({"act": number, "reason": f"Шалтгаан {state}", **step}))
        assert answer.json()["act"] == number and answer.json()["change"] == step["change"]
        answers.append(answer)
        told = status(deeds, number, case.code)
        assert told.status == 200 and told.json()["status"] == case.told["status"] == state
        history = told.json()["changes"]
        assert [(one["change"], one["by"], one["notary"], one["index"], one["evidence"]) for one in history] == [
            (step["change"], step.get("by", "notary"), "NT001", answer.index, answer.headers["tamga-evidence"])
            for step, answer in zip(steps, answers)]
        # Whoever has the code is told what happened, never the contents.
        assert not [word for word in ("Шалтгаан", "Дархан", "Эрдэнэт", REGNUM, "Болдбаатар", "content") if word in told.text]
    assert case.told["content"]["place"] == "Эрдэнэт" and case.told["validUntil"] == day(200)
    assert case.told["revoked"] >= answers[2].json()["recorded"]
    check_evidence_of_changes(deeds, pki, case, answers, states, tmp_path)


@pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS)
def test_revoked_at_the_request_of(deeds, pki, case, tmp_path, request_of):
    answer = changed(case.office.change({"act": case.number, "change": "revoked", **request_of}))
    told = status(deeds, case.number, case.code).json()
    assert told["status"] == "revoked" and told["changes"][0]["by"] == request_of.get("by", "notary")
    commitment(deeds, pki, answer, tmp_path, "action=revoked", f"by={request_of.get('by', 'notary')}")


def test_principal_may_go_to_another_notary(deeds, other, case):
    changed(other.change({"act": case.number, "change": "revoked", **REQUESTS["principal"]}))
    told = status(deeds, case.number, case.code).json()
    assert told["status"] == "revoked" and told["changes"][0]["notary"] == "NT002"
    assert case.told["state"]["employeeCode"] == "NT002" and case.told["state"]["status"] == 0
    assert other.act(case.number).status == 404, "the act is still the other's"


def test_court_may_have_an_act_corrected(deeds, case):
    changed(case.office.change({"act": case.number, "change": "corrected", "content": case.content(place="Ховд"), **REQUESTS["court"]}))
    assert case.told["content"]["place"] == "Ховд" and case.told["changes"][0]["by"] == "court"


def test_changed_act_is_found_under_what_it_says_now_and_said_before(office, case):
    parties = [case.draft["parties"][0], case.draft["parties"][1] | {"firstName": "Тэмүүлэн", "regnum": "ХЭ92030415"}]
    later = fresh()
    changed(office.change({"act": case.number, "change": "corrected", "content": case.content(parties=parties, document=document(later))}))
    for query in ({"regnum": "ХЭ92030415"}, {"document": document(later)["sha256"]}, {"document": case.draft["document"]["sha256"]}):
        found = office.search(**query)
        assert [line["act"] for line in found] == [case.number] and found[0]["status"] == "corrected", query
    assert case.number in [line["act"] for line in office.search(regnum=OTHER_REGNUM, limit=100)]


# What is refused


def test_other_notary_changes_nothing_of_their_own_motion(deeds, other, case):
    before = deeds.size
    for by in ("notary", "parties"):
        for change in ({"change": "revoked"}, {"change": "amended", "content": case.content(place="x")},
                       {"change": "corrected", "content": case.content(place="x")}):
            refused(other.change({"act": case.number, "by": by, **change}), 404, "act-not-found")
    assert deeds.size == before and case.told["status"] == "in-force"


@pytest.mark.parametrize("principal", [{"regnum": OTHER_REGNUM}, {"regnum": "УБ85030413"}, {"civilId": "110718991986"}],
                         ids=["the representative", "a stranger", "another sort of number"])
def test_only_the_principal_counts_as_principal(deeds, office, other, case, principal):
    before = deeds.size
    for whose, told in ((office, (403, "claimant-not-principal")), (other, (404, "act-not-found"))):
        refused(whose.change({"act": case.number, "change": "revoked", "by": "principal", "principal": principal}), *told)
    assert deeds.size == before


def test_seller_is_no_principal(deeds, office):
    contract = Case(office, sale(fresh(), None))
    refused(office.change({"act": contract.number, "change": "revoked", "by": "principal", "principal": {"regnum": "УХ79120815"}}),
            403, "claimant-not-principal")


SHAPES = {
    "no reason": ({"change": "revoked", "reason": None}, "act-field-missing"),
    "no change": ({}, "act-field-missing"),
    "unknown change": ({"change": "burnt"}, "act-choice-unknown"),
    "unknown requester": ({"change": "revoked", "by": "neighbour"}, "act-choice-unknown"),
    "unknown member": ({"change": "revoked", "x": 1}, "act-key-unknown"),
    "court without order": ({"change": "revoked", "by": "court"}, "act-field-missing"),
    "order without day": ({"change": "revoked", "by": "court", "basis": {"court": "x", "number": "1"}}, "act-field-missing"),
    "order without court": ({"change": "revoked", "basis": ORDER}, "act-field-unsuited"),
    "principal without number": ({"change": "revoked", "by": "principal"}, "act-field-missing"),
    "number without principal": ({"change": "revoked", "principal": {"regnum": REGNUM}}, "act-field-unsuited"),
    "two numbers": ({"change": "revoked", "by": "principal", "principal": {"regnum": REGNUM, "tin": "37900846788"}}, "party-identity-unclear"),
    "revoked with content": ({"change": "revoked", "content": "own"}, "act-field-unsuited"),
    "amended without content": ({"change": "amended"}, "act-field-missing"),
    "amended by the principal": ({"change": "amended", "by": "principal", "principal": {"regnum": REGNUM}, "content": "own"}, "act-field-unsuited"),
    "content with a salt": ({"change": "amended", "content": {"salt": "0" * 64}}, "act-field-unsuited"),
    "content against the rules": ({"change": "amended", "content": {"validUntil": day(2000)}}, "act-validity-out-of-range"),
    "content of another type": ({"change": "corrected", "content": "sale"}, "act-type-changed"),
    "bad entry before": ({"change": "revoked", "before": "x"}, "act-digest-invalid"),
    "number that is none": ({"act": "17", "change": "revoked"}, "act-number-invalid"),
}


@pytest.mark.parametrize("change, code", SHAPES.values(), ids=SHAPES)
def test_change_against_the_rules_is_refused_by_name(deeds, case, change, code):
    before = deeds.size
    draft = {"act": case.number, **change}
    if draft.get("content") == "own":
        draft["content"] = case.content()
    elif draft.get("content") == "sale":
        draft["content"] = {name: value for name, value in sale(fresh(), None).items() if name != "salt"}
    elif "content" in draft:
        draft["content"] = case.content() | draft["content"]
    refused(case.office.change(draft), 422, code)
    assert REGNUM not in case.office.change(draft).text and deeds.size == before


def test_absent_act_is_not_changed(office):
    refused(office.change({"act": f"NT001-{today().year}-999999", "change": "revoked"}), 404, "act-not-found")


def test_act_is_revoked_once_and_not_changed_after(deeds, case):
    changed(case.office.revoke(case.number))
    before = deeds.size
    for change in ({"change": "revoked"}, {"change": "amended", "content": case.content(place="x")},
                   {"change": "corrected", "content": case.content(place="x")}, {"change": "revoked", **REQUESTS["court"]}):
        refused(case.office.change({"act": case.number, **change}), 409, "act-revoked-already")
    assert deeds.size == before


def test_change_of_what_was_changed_meanwhile_is_refused(deeds, pki, case):
    """The statement names the entry that it changes: when another came first, it must be made and signed anew."""
    office = case.office
    first, second = (office.prepared({"act": case.number, "change": "corrected", "reason": "x", "content": case.content(place=place)},
                                     change=True).json() for place in ("Дархан", "Ховд"))
    assert first["change"]["before"] == second["change"]["before"] and f"Өмнөх бичилт: {first['change']['before']}\n" in first["signed"]
    signatures = [pki.sign(told["signed"].encode(), "NT001") for told in (first, second)]
    changed(office.submit_change(first["change"], signatures[0]))
    before = deeds.size
    refused(office.submit_change(second["change"], signatures[1]), 409, "act-changed-meanwhile")
    refused(office.prepared(second["change"], change=True), 409, "act-changed-meanwhile")
    # Without the entry's name it is another statement than the one that was signed.
    unnamed = {name: value for name, value in second["change"].items() if name != "before"}
    refused(office.submit_change(unnamed, signatures[1]), 422, "signature-over-other-content")
    assert deeds.size == before and case.told["content"]["place"] == "Дархан"


def test_of_changes_at_the_same_moment_one_passes(deeds, pki, office, other):
    for _ in range(8):
        case = Case(office)
        told = [whose.prepared({"act": case.number, "change": "revoked", "reason": "x", **REQUESTS[by]}, change=True).json()
                for whose, by in ((office, "notary"), (office, "court"), (other, "principal"))]
        cases = list(zip((office, office, other), told, [
            pki.sign(one["signed"].encode(), whose.code) for whose, one in zip((office, office, other), told)]))
        begin = threading.Barrier(3)

        def file(filing):
            begin.wait(30)
            return filing[0].submit_change(filing[1]["change"], filing[2])

        before = deeds.size
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(file, cases))
        assert sorted(answer.status for answer in answers) == [201, 409, 409], answers
        assert {problem(answer) for answer in answers if answer.status == 409} <= {"act-changed-meanwhile", "act-revoked-already"}
        assert deeds.size == before + 1 and len(case.told["changes"]) == 1


def test_same_change_sent_again_is_one_entry(deeds, pki, case):
    told = case.office.prepared({"act": case.number, "change": "revoked", "reason": "x"}, change=True).json()
    signature = pki.sign(told["signed"].encode(), "NT001")
    first, second = (case.office.submit_change(told["change"], signature) for _ in range(2))
    assert (first.status, second.status) == (201, 200) and first.json() == second.json() and first.index == second.index
    assert deeds.size == first.index + 1


def test_signature_of_a_change_is_checked_as_that_of_an_act(deeds, pki, office, case):
    told = office.prepared({"act": case.number, "change": "revoked", "reason": "x"}, change=True).json()
    before = deeds.size
    refused(office.submit_change(told["change"], pki.sign(told["signed"].encode(), "NT002")), 403, "signer-not-notary")
    refused(office.submit_change(told["change"], pki.sign(told["statement"].encode(), "NT001")), 422, "signature-over-other-content")
    refused(office.submit_change(told["change"], pki.sign(told["signed"].encode(), "NT001", digest="sha1")), 422, "signature-digest-weak")
    signature = pki.sign(told["signed"].encode(), "NT001")
    for other in ({"reason": "y"}, {"by": "parties"}, {"salt": secrets.token_hex(32)}, {"change": "corrected", "content": case.content()}):
        refused(office.submit_change(told["change"] | other, signature), 422, "signature-over-other-content")
    # A signature over the document alone revokes nothing.
    refused(office.submit_change(told["change"], pki.sign(case.draft["document"]["sha256"].encode(), "NT001")), 422, "signature-over-other-content")
    assert deeds.size == before and case.told["status"] == "in-force"
    # Nor does that of one act revoke another.
    twin = Case(office)
    refused(office.submit_change(told["change"] | {"act": twin.number, "before": None}, signature), 422, "signature-over-other-content")


def test_changes_need_a_notarys_token(deeds, pki, case):
    draft = {"act": case.number, "change": "revoked", "reason": "x"}
    for path in ("/v1/deeds/change-statement", "/v1/deeds/changes"):
        body = draft if path.endswith("statement") else {"change": draft, "signature": base64.b64encode(b"x").decode()}
        assert deeds.post(path, body).status == 401
        assert deeds.post(path, body, deeds.token("operator", "Оператор")).status == 403
