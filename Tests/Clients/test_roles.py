"""Who may do what: every route of the service's description, over each of its listeners, for every role, against one table."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import ssl

import pytest
from console import SESSION, Visitor
from shops import make_certificate
from signing import Office, act, today
from tamga import MERCHANT, REPOSITORY, Answer, free_port, receipt

OTHER = "61200064714"
OPEN = frozenset({"nobody", "merchant", "notary", "auditor", "operator", "till"})
NOTARY, SHOP, RECEIPTS = frozenset({"notary"}), frozenset({"merchant", "till"}), frozenset({"merchant"})

# Each route of the API once, with the roles that may call it. `nobody` is who shows no token.
API = {
    "GET /checkpoint": OPEN, "GET /tile/{path}": OPEN, "GET /v1/inclusion": OPEN, "GET /v1/consistency": OPEN, "GET /healthz": OPEN,
    "POST /add": OPEN, "GET /openapi.json": OPEN, "GET /v1/deeds/kinds": OPEN,
    # With number and access code.
    "POST /v1/deeds/status": OPEN, "POST /v1/deeds/looks": OPEN,
    # With the link; a token shows more to who may see more, and is refused to who may not.
    "GET /v1/evidence/{capability}": frozenset({"nobody", "merchant", "notary", "auditor"}),
    "POST /v1/receipts": RECEIPTS, "POST /v1/receipts/return": RECEIPTS, "POST /v1/receipts:batch": RECEIPTS, "GET /v1/chain": RECEIPTS,
    "POST /v1/deeds/statement": NOTARY, "POST /v1/deeds": NOTARY, "POST /v1/deeds/signed-pdf": NOTARY,
    "POST /v1/deeds/change-statement": NOTARY, "POST /v1/deeds/changes": NOTARY, "POST /v1/deeds/search": NOTARY,
    "GET /v1/deeds/book": NOTARY, "GET /v1/deeds/{act}": NOTARY, "GET /v1/deeds/{act}/looks": NOTARY,
    "GET /v1/deeds/fees": NOTARY, "GET /v1/deeds/paper": NOTARY, "POST /v1/deeds/paper": NOTARY,
    "GET /v1/deeds/{act}/documents": NOTARY, "GET /v1/deeds/{act}/documents/{sha256}": NOTARY,
    "PUT /v1/deeds/{act}/documents/{sha256}": NOTARY, "DELETE /v1/deeds/{act}/documents/{sha256}": NOTARY,
    "GET /v1/deeds/{act}/contacts": NOTARY, "DELETE /v1/deeds/{act}/contacts/{contact}": NOTARY,
    # Lists of revoked certificates are public.
    "GET /v1/validation/{sha256}": OPEN,
}
# Each route of the PosAPI: on this machine for everybody, over the network for shops.
POSAPI = dict.fromkeys((route.strip() for line in """
    POST /rest/receipt | DELETE /rest/receipt | GET /rest/info | GET /rest/sendData | GET /rest/send
    GET /rest/bankAccounts | POST /rest/push | POST /put | POST /batch-put | POST /put-batch
    POST /returnBill | POST /return | GET /checkApi | GET /check | GET /check-api | GET /getInformation
    GET /info | GET /get-information | GET /sendData | POST /sendData | GET /send | POST /send | GET /senddata
    POST /senddata | GET /send-data | POST /send-data | POST /api/put | POST /api/batch-put
    POST /api/put-batch | POST /api/returnBill | POST /api/return | GET /api/checkApi | GET /api/check
    GET /api/check-api | GET /api/getInformation | GET /api/info | GET /api/get-information
    GET /api/sendData | POST /api/sendData | GET /api/send | POST /api/send | GET /api/senddata
    POST /api/senddata | GET /api/send-data | POST /api/send-data | GET /api/info/check/getBranchInfo
    GET /api/info/check/getInfo | GET /api/info/check/getTinInfo | GET /api/receipt/receipt/getProductTaxCode
    GET /api/info/check/barcode/v2 | GET /api/info/check/barcode/v2/{path}
""".splitlines() for route in line.split("|") if route.strip()), SHOP)

# Routes that hide what is there from whoever has the role, and not the right: answered as if it were not there.
HIDDEN = dict.fromkeys((route for route in API if "/{act}" in route), "another notary")
# What was asked for is not there, for whoever may ask: a receipt that was never given, a document that stays with the notary, a contact that
# nobody named.
MAY_BE_ABSENT = {"POST /v1/receipts/return", "GET /v1/deeds/{act}/documents/{sha256}", "DELETE /v1/deeds/{act}/contacts/{contact}"}
# The role has the right to some of what the route gives, but not to this.
NOT_THEIRS = {("GET /v1/evidence/{capability}", "another notary"), ("GET /v1/evidence/{capability}", "another merchant")}

# Forms of the consoles, and whose they are.
FORMS = {
    "merchant": ("/merchant/tokens", "/merchant/password", "/merchant/import", "/merchant/receipts/0/return", "/merchant/receipts/0/correct",
                 "/merchant/tokens/1/revoke"),
    "notary": ("/notary/drafts", "/notary/drafts/1", "/notary/drafts/1/delete", "/notary/drafts/1/register", "/notary/search", "/notary/office",
               "/notary/import", "/notary/office/hand-over", "/notary/office/hand-over/withdraw", "/notary/acts/NT001-2026-000001/contacts/1/remove"),
    "operator": ("/operator/merchants", "/operator/file", "/operator/approvals/1/approve", "/operator/approvals/1/refuse",
                 "/operator/approvals/1/check", "/operator/approvals/1/token", "/operator/notaries/NT001/hand-over",
                 "/operator/issuers/NT001/suspend", "/operator/issuers/NT001/resume", "/operator/issuers/NT001/forget-password",
                 "/operator/hand-overs/1/carry-out", "/operator/hand-overs/1/refuse"),
}
# Of these there are tests of their own: signing in and out, the citizens' page, and files that come as they are read.
OTHER_FORMS = {r"\(path)/sign-in", r"\(path)/sign-out", "act"}


class Service:
    """A service with all its listeners, and callers of every sort."""

    def __init__(self, ledger, pki, folder) -> None:
        self.ledger = ledger.enrol_merchants()
        self.certificate, key = make_certificate(folder, "roles")
        self.ports = {"api-tls": free_port(), "shops": free_port()}
        ledger.serve(
            "--trust", pki.trust, "--api-tls", f"127.0.0.1:{self.ports['api-tls']}", "--shops", f"127.0.0.1:{self.ports['shops']}",
            "--tls-certificate", self.certificate, "--tls-key", key, "--shop-rate", "0", "--keep-documents")
        self.notary, other = Office.enrol(ledger, pki, "NT001"), Office.enrol(ledger, pki, "NT002")
        draft = act(secrets.token_bytes(32))
        filed = self.notary.registered(draft).json()
        self.document = draft["document"]["sha256"]
        self.act, self.link = filed["act"], filed["evidence"].rsplit("/", 1)[1]
        sold = ledger.post("/v1/receipts", receipt(suffix="roles"), ledger.token("merchant", MERCHANT)).json()
        self.sold = sold["evidence"].rsplit("/", 1)[1]
        self.tokens = {
            "nobody": None, "notary": self.notary.token, "another notary": other.token, "merchant": ledger.token("merchant", MERCHANT),
            "another merchant": ledger.token("merchant", OTHER), "till": ledger.token("till", f"{MERCHANT}/001/7"),
            "auditor": ledger.token("auditor", "Шалгагч"), "operator": ledger.token("operator", "Оператор Од")}
        self.unusable = {"a wrong token": "tamga_" + "0" * 40, "no token at all": "", "a revoked token": self.revoked()}

    def revoked(self) -> str:
        token = self.ledger.token("notary", "NT001")
        listed = json.loads(self.ledger.must("token", "list", "--json").output)
        self.ledger.must("token", "revoke", "--id", max(each["id"] for each in listed))
        return token

    def ask(self, listener, method, path, body=None, headers=None) -> Answer:
        if listener in self.ports:
            context = ssl.create_default_context(cafile=self.certificate)
            connection = http.client.HTTPSConnection("127.0.0.1", self.ports[listener], context=context, timeout=20)
        else:
            connection = http.client.HTTPConnection(getattr(self.ledger, listener), timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def call(self, description, listener, route, token=None, headers=None, link=None, tin=MERCHANT) -> int:
        """A request of the right form but for its content, and the status that it is answered with."""
        method, path = route.split(" ")
        operation = description["paths"][path][method.lower()]
        query = []
        for parameter in operation.get("parameters", []):
            if "$ref" in parameter:
                parameter = description["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
            if parameter["in"] == "path":
                given = {"capability": link or self.link, "act": self.act, "path": "0/000", "sha256": self.document, "contact": "1"}[parameter["name"]]
                path = path.replace("{%s}" % parameter["name"], given)
            elif parameter["in"] == "query" and (parameter.get("required") or parameter["name"] == "tin"):
                value = {"tin": tin, "year": today().year}.get(parameter["name"], parameter.get("example"))
                query.append(f"{parameter['name']}={value}")
        body = operation.get("requestBody")
        if body and "$ref" in body:
            body = description["components"]["requestBodies"][body["$ref"].rsplit("/", 1)[1]]
        sent = dict(headers or {}, **({"Content-Type": next(iter(body["content"]))} if body else {}))
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        answer = self.ask(listener, method, path + ("?" + "&".join(query) if query else ""), b"{}" if body else None, sent)
        if "posapi2" in operation["tags"] and answer.status == 200:
            # Tills of that time know no status: their refusals name it.
            return answer.json().get("errorCode", 200)
        return answer.status


@pytest.fixture(scope="module")
def service(module_ledger, pki, tmp_path_factory):
    return Service(module_ledger, pki, tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def description(service):
    return service.ledger.get("/openapi.json").json()


def outcome(status: int) -> str:
    # A fault of the service's is nobody's right.
    assert status < 500 or status == 503, status
    return {401: "401", 403: "403", 404: "absent"}.get(status, "allowed")


def test_the_table_has_every_route_of_the_description_and_no_other(service, description):
    routes = {f"{method.upper()} {path}": operation for path, methods in description["paths"].items()
              for method, operation in methods.items() if method != "servers"}
    assert set(routes) == {**API, **POSAPI}.keys() and not API.keys() & POSAPI.keys()
    over_tls = json.loads(service.ask("api-tls", "GET", "/openapi.json").body)
    assert over_tls == description
    for route, operation in routes.items():
        security = operation["security"]
        described = {role for way in security for role in way.get("token", [])} | ({"nobody"} if {} in security or not security else set())
        if not security:
            described = set(OPEN)
        # On this machine nobody is asked at the PosAPI.
        assert described == (SHOP | {"nobody"} if route in POSAPI else API[route]), route
        assert any("certificate" in way for way in security) == (route in POSAPI), route


@pytest.mark.parametrize("listener", ["api", "api-tls"])
@pytest.mark.parametrize("route", API)
def test_route_of_the_api_is_for_its_roles(service, description, listener, route):
    allowed = API[route]
    wrong = []

    def expect(caller, expected, status):
        if outcome(status) not in expected:
            wrong.append(f"{route} by {caller}: {status}, not {' or '.join(sorted(expected))}")

    for caller, token in service.tokens.items():
        role = caller.removeprefix("another ")
        if role not in allowed:
            expected = {"401"} if role == "nobody" else {"403"}
        elif HIDDEN.get(route) == caller:
            expected = {"absent"}
        elif (route, caller) in NOT_THEIRS:
            expected = {"403"}
        else:
            # Absent is what was asked for with `{}`, where a role has no look at it.
            expected = {"allowed", "absent"} if role in ("nobody", "auditor") or allowed == OPEN else {"allowed"}
            if route in MAY_BE_ABSENT:
                expected = {"allowed", "absent"}
            if route == "POST /add":
                expected = {"403"}  # It is off unless asked for at the start.
        link = service.sold if role == "merchant" else None
        expect(caller, expected, service.call(description, listener, route, token, link=link))
    for caller, token in service.unusable.items():
        if route == "POST /add":
            continue
        expect(caller, {"allowed", "absent"} if allowed == OPEN else {"401"}, service.call(description, listener, route, token))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("listener", ["api", "api-tls"])
def test_the_posapi_is_not_on_the_listeners_of_the_api(service, description, listener):
    found = {route: service.call(description, listener, route, service.tokens["merchant"]) for route in POSAPI}
    assert set(found.values()) == {404}, {route: status for route, status in found.items() if status != 404}


def test_the_api_is_not_on_the_listeners_of_tills(service, description):
    for listener in ("posapi", "shops"):
        found = {route: service.call(description, listener, route, service.tokens["notary"]) for route in API}
        assert set(found.values()) == {404}, (listener, found)


@pytest.mark.parametrize("route", POSAPI)
def test_route_of_the_posapi_is_for_shops_over_the_network(service, description, route):
    wrong = []
    for caller, token in {**service.tokens, **service.unusable}.items():
        role = caller.removeprefix("another ")
        expected = {"401"} if caller in service.unusable or role == "nobody" else {"allowed", "absent"} if role in SHOP else {"403"}
        status = service.call(description, "shops", route, token, tin=OTHER if caller == "another merchant" else MERCHANT)
        if outcome(status) not in expected:
            wrong.append(f"{route} by {caller}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)


# Sessions of the consoles


@pytest.fixture(scope="module")
def people(service):
    subjects = {"merchant": "merchant", "notary": "notary", "operator": "operator"}
    return {area: Visitor(service.ledger, area, "en").sign_in(token=service.tokens[role]) for area, role in subjects.items()}


def test_a_session_opens_nothing_of_the_api(service, description, people):
    """Only a token does: what a browser sends by itself, from whatever site, files and reads nothing."""
    for visitor in people.values():
        cookie = {"Cookie": f"{SESSION}={visitor.session}"}
        for route, allowed in API.items():
            if "nobody" not in allowed:
                assert service.call(description, "api", route, headers=cookie) == 401, route


def test_every_form_of_the_consoles_is_in_the_table():
    sources = "\n".join(path.read_text() for path in (REPOSITORY / "Sources" / "Service" / "Console").rglob("*.swift"))
    routes = set(re.findall(r'router\.post\(\s*"([^"]*)"', sources)) - OTHER_FORMS
    patterns = {route: re.compile("/" + re.sub(r":[a-z]+|\\\([a-z]+\)", "[^/]+", route)) for route in routes}
    forms = [path for paths in FORMS.values() for path in paths]
    assert len(routes) > 20
    assert not [route for route, pattern in patterns.items() if not any(pattern.fullmatch(path) for path in forms)]
    assert not [path for path in forms if not any(pattern.fullmatch(path) for pattern in patterns.values())]


@pytest.mark.parametrize("area", FORMS)
def test_forms_are_for_their_area_and_with_the_sessions_key(people, area):
    visitor = people[area]
    for path in FORMS[area]:
        nobody = visitor.post(path, session="")
        assert (nobody.status, nobody.headers["location"]) == (303, f"/{area}/sign-in"), path
        assert visitor.post(path, session="0" * 64).status == 303, path
        for key in (None, "", "0" * len(visitor.key)):
            assert visitor.post(path, {"key": key}).status == 403, (path, key)
        for other, stranger in people.items():
            if other != area:
                foreign = visitor.post(path, {"key": stranger.key}, session=stranger.session)
                assert (foreign.status, foreign.headers["location"]) == (303, f"/{area}/sign-in"), (path, other)
        assert visitor.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status == 403, path
