"""The service against its own description (GET /openapi.json): generated requests, examples, and who may do what."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance, negative_data_rejection, response_headers_conformance, response_schema_conformance,
    status_code_conformance)
from shops import Shops
from signing import act
from tamga import MERCHANT, REPOSITORY, ask, receipt

load_all_checks()
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance]
ON_POSAPI = {"posapi", "posapi2", "authority"}
# The merchant of the examples.
CAFE = "90010000025"

# Read before there is a service, so that each operation is a test of its own. That the service gives out this is a test, too.
DOCUMENT = REPOSITORY / "Sources" / "COpenAPI" / "openapi.json"


def load(examples: int, *phases: str):
    """The description as schemathesis reads it; the same requests in every run."""
    schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text()), config=schemathesis.Config())
    schema.config.generation.update(
        max_examples=examples, deterministic=True, no_shrink=True, with_security_parameters=False)
    schema.config.phases.update(phases=list(phases))
    return schema


api = load(10, "examples", "coverage", "fuzzing")
# A bill may come in three wrappings, and every answer is HTTP 200: to cover each member of each takes long and says little.
old_api = load(40, "examples", "fuzzing")


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl")
def lines(_, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


@pytest.fixture(scope="module")
def shops(module_ledger, pki, tmp_path_factory):
    """A service with merchants, and with the listener for shops."""
    return Shops(module_ledger.enrol_merchants(), tmp_path_factory.mktemp("tls"), "--trust", pki.trust)


@pytest.fixture(scope="module")
def service(shops):
    return shops.ledger


@pytest.fixture(scope="module")
def tokens(service, office):
    return {
        "merchant": service.token("merchant", MERCHANT), "till": service.token("till", f"{MERCHANT}/001/7"),
        "notary": office.token, "auditor": service.token("auditor", "revenue"), "operator": service.token("operator", "Бат")}


@pytest.fixture(scope="module")
def cafe(service):
    return service.token("merchant", CAFE)


@pytest.fixture(scope="module")
def description(service):
    answer = service.get("/openapi.json")
    assert answer.status == 200, answer
    return answer.json()


@pytest.fixture(scope="module")
def operations(description):
    return every_operation(description)


def every_operation(description) -> list[tuple]:
    """Path, method and operation."""
    paths = description["paths"]
    return [(path, method, paths[path][method]) for path in paths for method in paths[path] if method != "servers"]


def roles(operation) -> list[str]:
    """The roles of which one is enough; none where everybody may."""
    return [role for way in operation["security"] for role in way.get("token", [])]


def on_posapi(operation) -> bool:
    return not ON_POSAPI.isdisjoint(operation["tags"])


def resolved(description, value):
    while "$ref" in value:
        kind, name = value["$ref"].split("/")[-2:]
        value = description["components"][kind][name]
    return value


def send(case, service, token=None, checks=CHECKS):
    """Sends a request as it was made, and holds the answer against the description."""
    operation = case.operation.definition.raw
    kwargs = case.as_transport_kwargs(
        base_url=f"http://{service.posapi if on_posapi(operation) else service.api}",
        headers={"Authorization": f"Bearer {token}"} if token else {})
    # What OpenAPI cannot say: the rest of a path has slashes.
    kwargs["url"] = kwargs["url"].replace("%2F", "/")
    answer = requests.request(**kwargs, timeout=20)
    case.validate_response(answer, checks=list(checks))
    return answer


def test_the_service_gives_out_its_description(service):
    answer = service.get("/openapi.json")
    assert answer.status == 200 and answer.headers["content-type"].startswith("application/json"), answer
    assert answer.body == DOCUMENT.read_bytes()


# Generated requests


def takes_anything(operation) -> bool:
    """Any bytes are an entry; rows, and tills of PosAPI 2.x, are told what is wrong under HTTP 200."""
    return operation["operationId"] in ("appendRawEntry", "fileBatch") or "posapi2" in operation["tags"]


def generated(name: str):
    """The test of one operation: a function of its own, since xdist cannot tell the cases of one function apart."""

    @(old_api if name == "putBill" else api).include(operation_id=name).parametrize()
    @settings(deadline=None, suppress_health_check=list(HealthCheck))
    def test(case, service, tokens, cafe):
        operation = case.operation.definition.raw
        role = None if on_posapi(operation) else next(iter(roles(operation)), None)
        checks = CHECKS if takes_anything(operation) else [*CHECKS, negative_data_rejection]
        send(case, service, cafe if role == "merchant" else tokens.get(role), checks)

    return test


for _, _, each in every_operation(json.loads(DOCUMENT.read_text())):
    if not each.get("description", "").startswith("Another address of "):
        globals()[f"test_answers_to_{each['operationId']}"] = generated(each["operationId"])


def test_the_service_is_well_after_all_that(service):
    assert service.get("/healthz").json()["status"] == "ok"
    assert "request failed" not in service.log()


# Requests that are taken


def media(description, part):
    """The media types of a body or an answer, each with its examples."""
    for type, content in resolved(description, part).get("content", {}).items():
        values = [each["value"] for each in content.get("examples", {}).values()]
        yield type, content["schema"], values + ([content["example"]] if "example" in content else [])


TAKEN = ("fileReceipt", "issueReceipt", "fileBatch", "makeActStatement", "putBill")


@pytest.mark.parametrize("name", TAKEN)
def test_examples_are_taken(service, description, operations, tokens, name):
    path, method, operation = next(each for each in operations if each[2]["operationId"] == name)
    taken = 0
    for type, schema, examples in media(description, operation["requestBody"]):
        for example in examples or resolved(description, schema).get("examples", []):
            tin = json.loads(example)["receipt"]["merchantTin"] if isinstance(example, str) else example.get("merchantTin")
            token = service.token("merchant", tin) if roles(operation) == ["merchant"] else tokens["notary"]
            query = {"lib": MERCHANT} if name == "putBill" else {}
            case = api[path][method.upper()].Case(body=example, media_type=type, query=query)
            answer = send(case, service, None if on_posapi(operation) else token)
            assert answer.status_code in (200, 201) and '"verdict":"refused"' not in answer.text, answer.text
            assert name != "putBill" or answer.json()["success"] is True, answer.text
            taken += 1
    assert taken


def test_aliases_of_old_tills_answer_alike(service, description, operations):
    bill = description["components"]["schemas"]["Bill"]["examples"][0] | {"billIdSuffix": "alias"}
    bodies = {"putBill": bill, "returnBill": {"returnBillId": "1", "date": ""}}
    told = {}
    for path, method, operation in operations:
        if "posapi2" in operation["tags"]:
            name = operation["operationId"].split("At")[0].removesuffix("ByPost")
            body = {"body": bodies[name], "media_type": "application/json"} if name in bodies else {}
            query = {"lib": MERCHANT} if name != "sendBills" else {}
            answer = send(api[path][method.upper()].Case(query=query, **body), service).json()
            answer.get("extraInfo", {}).pop("lastSentDate", None)
            assert told.setdefault(name, answer) == answer, path
    assert told["putBill"]["success"] is True and len(told) == 5


def test_a_receipt_through_all_its_states_is_as_described(service, tokens):
    def call(path, method="POST", body=None, token=None, **more):
        more |= {"body": body, "media_type": "application/json"} if body is not None else {}
        return send(api[path][method].Case(**more), service, token)

    token = tokens["merchant"]
    sale = {"body": receipt(suffix="described"), "token": token, "headers": {"Idempotency-Key": "described"}}
    first, again = call("/v1/receipts", **sale), call("/v1/receipts", **sale)
    assert (first.status_code, again.status_code) == (201, 200) and first.json() == again.json()
    reused = sale | {"body": receipt(suffix="described", total=2240)}
    assert call("/v1/receipts", **reused).status_code == 422
    told = first.json()
    capability = {"capability": told["evidence"].rsplit("/", 1)[1]}
    for reader in (None, token, tokens["auditor"]):
        assert call("/v1/evidence/{capability}", "GET", None, reader, path_parameters=capability).status_code == 200
    giving = {"id": told["id"], "date": told["date"]}
    assert [call("/v1/receipts/return", body=giving, token=token).status_code for _ in range(2)] == [201, 200]
    assert call("/rest/receipt", "DELETE", giving).status_code == 200
    for query in ({}, {"limit": 1}, {"till": "001", "branch": "001"}):
        assert call("/v1/chain", "GET", None, token, query=query).json()["issuer"] == MERCHANT
    assert call("/v1/inclusion", "GET", query={"index": told["index"]}).json()["index"] == told["index"]


def test_a_raw_entry_is_as_described(new_ledger):
    ledger = new_ledger().serve("--allow-raw")
    case = api["/add"]["POST"].Case(body=b"entry", media_type="application/octet-stream")
    assert [send(case, ledger).text for _ in range(2)] == ["0", "0"]


def test_an_act_through_all_its_states_is_as_described(service, description, office):
    def checked(name, answer):
        validator(description, {"$ref": f"#/components/schemas/{name}"}).validate(answer.json())
        return answer.json()

    draft = act(b"described")
    validator(description, {"$ref": "#/components/schemas/Act"}).validate(draft)
    prepared = checked("Statement", office.prepared(draft))
    validator(description, {"$ref": "#/components/schemas/Act"}).validate(prepared["act"])
    told = checked("RegisteredAct", office.registered(draft))
    number = told["act"]
    again = checked("Statement", office.prepared(act(b"described")))
    assert [(warning["act"], warning["reason"]) for warning in again["warnings"]] == [(number, "document-registered")]
    asked = {"act": told["act"], "code": told["accessCode"]}
    for state in ("in-force", "amended", "revoked"):
        answer = service.post("/v1/deeds/status", asked)
        if answer.status == 429:
            # The generated requests have used up the attempts.
            assert checked("Problem", answer)["code"] == "too-many-attempts" and answer.headers["retry-after"]
        else:
            assert checked("ActStatus", answer)["status"] == state
        assert checked("WholeAct", office.act(number))["status"] == state
        if state == "in-force":
            content = {name: value for name, value in {**draft, "note": "Засав"}.items() if name != "salt"}
            change = {"act": number, "change": "amended", "reason": "Талууд тохиролцов", "content": content}
            validator(description, {"$ref": "#/components/schemas/ChangeDraft"}).validate(change)
            sent = checked("Statement", office.prepared(change, change=True))["change"]
            validator(description, {"$ref": "#/components/schemas/ChangeDraft"}).validate(sent)
            assert checked("FiledChange", office.change(change))["change"] == "amended"
        if state == "amended":
            assert checked("FiledChange", office.revoke(number))["change"] == "revoked"
    found, booked = office.search(regnum=draft["parties"][0]["regnum"]), office.book()["lines"]
    for schema, lines in (("ActLine", found), ("ActLine", booked), ("ActKind", service.get("/v1/deeds/kinds").json())):
        assert lines
        for line in lines:
            validator(description, {"$ref": f"#/components/schemas/{schema}"}).validate(line)


def test_lines_of_a_batch_are_as_described(service, description, tokens):
    rows = [
        {"idempotencyKey": "k", "receipt": receipt(suffix="row")}, receipt(suffix="row 2"), {}, [], "",
        {"return": {"id": "1", "date": "x"}}, {"idempotencyKey": "k", "receipt": receipt(suffix="other")}]
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    verdict = validator(description, {"$ref": "#/components/schemas/BatchVerdict"})
    end = validator(description, {"$ref": "#/components/schemas/BatchEnd"})
    for query in ("", "?evidence=inline"):
        headers = {"Content-Type": "application/x-ndjson"}
        answer = service.post(f"/v1/receipts:batch{query}", body, tokens["merchant"], headers)
        told = [json.loads(line) for line in answer.text.splitlines()]
        assert len(told) == len(rows) + 1
        for line in told[:-1]:
            verdict.validate(line)
        end.validate(told[-1])


# Who may do what


@pytest.fixture(scope="module")
def capability(service):
    return service.file(receipt(suffix="capability")).headers["tamga-evidence"].rsplit("/", 1)[1]


def sample(description, path, operation, capability):
    """A request of the right form: path with its parameters, body, type of the body."""
    query = []
    for parameter in operation.get("parameters", []):
        parameter = resolved(description, parameter)
        if parameter["in"] == "path":
            given = {"capability": capability, "act": "NT012-2026-000001"}
            example = given.get(parameter["name"]) or next(iter(parameter["examples"].values()))["value"]
            path = path.replace("{%s}" % parameter["name"], example)
        elif parameter["in"] == "query" and "example" in parameter:
            query.append(f"{parameter['name']}={parameter['example']}")
    target = path + ("?" + "&".join(query) if query else "")
    if "requestBody" not in operation:
        return target, None, "application/json"
    return target, b"{}", next(iter(resolved(description, operation["requestBody"])["content"]))


def outcome(answer, operation) -> int:
    """The status; of PosAPI 2.x the one that its refusals name."""
    body = answer.json() if "posapi2" in operation["tags"] and answer.status == 200 else {}
    return body.get("errorCode", answer.status)


def test_every_operation_refuses_whoever_has_no_role_for_it(shops, service, description, operations, tokens, capability):
    callers = {"nobody": None, "a wrong token": "tamga_" + "0" * 40, **tokens}
    wrong, asked = [], 0
    for path, method, operation in operations:
        if not roles(operation):
            continue
        target, body, type = sample(description, path, operation, capability)
        for caller, token in callers.items():
            if on_posapi(operation):
                # On this machine everybody may; over the network there must be a role.
                answer = shops.ask(method.upper(), target, {} if body else None, token)
                may = caller in roles(operation)
            else:
                headers = {"Content-Type": type, **({"Authorization": f"Bearer {token}"} if token else {})}
                answer = ask(service.api, method.upper(), target, body, headers)
                may = caller in roles(operation) or caller == "nobody" and {} in operation["security"]
            status = outcome(answer, operation)
            if may:
                # No notary has filed the receipt whose evidence is asked for.
                right = status not in (401, 403) or (operation["operationId"], caller) == ("readEvidence", "notary")
            else:
                right = status == (401 if caller in ("nobody", "a wrong token") else 403)
            if not right:
                wrong.append(f"{method.upper()} {path} by {caller}: {status}")
            asked += 1
    assert not wrong, "\n".join(wrong)
    assert asked > 200


def test_what_needs_no_role_asks_for_none(service, description, operations, capability):
    for path, method, operation in operations:
        if not roles(operation) or {} in operation["security"]:
            target, body, type = sample(description, path, operation, capability)
            address = service.posapi if on_posapi(operation) else service.api
            assert ask(address, method.upper(), target, body, {"Content-Type": type}).status != 401, path


# The description itself


def validator(description, schema):
    """Checks values against a schema that may refer to the description."""
    return jsonschema_rs.Draft202012Validator({"components": description["components"], **schema})


def test_examples_are_of_their_own_schema(description, operations):
    pairs = [
        ({"$ref": f"#/components/schemas/{name}"}, schema.get("examples", []))
        for name, schema in description["components"]["schemas"].items()]
    for _, _, operation in operations:
        for part in [operation.get("requestBody", {}), *operation["responses"].values()]:
            pairs += [(schema, examples) for _, schema, examples in media(description, part)]
        for parameter in operation.get("parameters", []):
            parameter = resolved(description, parameter)
            values = [each["value"] for each in parameter.get("examples", {}).values()]
            pairs.append((parameter["schema"], values + ([parameter["example"]] if "example" in parameter else [])))
    for schema, examples in pairs:
        for example in examples:
            validator(description, schema).validate(example)
    assert sum(len(examples) for _, examples in pairs) > 60


def test_samples_that_are_taken_are_of_the_schema(description, samples):
    schema = validator(description, {"$ref": "#/components/schemas/ReceiptRequest"})
    found = [json.loads(file.read_text()) for file in sorted((samples / "receipts").glob("*.json"))]
    taken = [each["request"] for each in found if each["_op"].startswith("POST") and each["_expect"].startswith("accept")]
    assert taken
    for body in taken:
        schema.validate(body)
