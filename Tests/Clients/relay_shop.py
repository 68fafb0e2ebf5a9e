"""A shop whose tills file through, or beside, a PosAPI of its own: the service, the daemon behind it, and the fixtures of the tests."""

from __future__ import annotations

import contextlib
import itertools
import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import pytest
import tamga
from daemon import ULAANBAATAR, Daemon, Sale, Step
from tamga import Answer, Ledger, receipt

FRONT = tamga.MERCHANT
BESIDE = "61200064714"
ALONE = "110718991986"
COUNTER = itertools.count(1)


@dataclass
class Shop(Ledger):
    """A service with the daemon behind it."""

    daemon: Daemon = field(default_factory=Daemon)

    def enrol(self, folder) -> "Shop":
        """Three merchants, one for each way."""
        file = folder / "ways.json"
        merchants = [{"tin": FRONT, "way": "front", "posapi": self.daemon.address}, {"tin": BESIDE, "way": "beside"}, {"tin": ALONE}]
        file.write_text(json.dumps([{"name": "Дэлгүүр", "vatPayer": True, "cityTaxPayer": True, **each} for each in merchants]))
        self.must("issuer", "add-merchant", "--from", file)
        return self

    def close(self) -> None:
        self.daemon.reset()
        self.daemon.stop()
        super().close()

    def crash(self) -> None:
        self.kill()
        self.restart()

    # The till

    def send(self, body: dict, **options) -> Answer:
        return self.pos("POST", "/rest/receipt", body, **options)

    def sell(self, body: dict) -> Sale:
        """A sale that goes well."""
        answer = self.send(body)
        assert answer.status == 200, answer
        sale = self.daemon.sold(body)
        assert answer.body == sale.body
        return sale

    def lose(self, body: dict, reply: str = "drop", **plan) -> None:
        """A sale without an answer that tells its outcome."""
        self.daemon.plan(reply, **plan)
        answer = self.send(body)
        assert answer.status in (500, 504), answer

    def give_back(self, sale: Sale) -> Answer:
        return self.pos("DELETE", "/rest/receipt", {"id": sale.id, "date": sale.date})

    # The daemon's hook

    def push(self, body: bytes, **headers) -> Answer:
        return self.pos("POST", "/rest/push", body, {"Content-Type": "application/json", **headers})

    # The operator

    def relays(self) -> list[dict]:
        return json.loads(self.relay("list", "--json").output)

    def open(self, body: dict) -> list[dict]:
        """What is open of the till that sent this: each test has tills of its own."""
        return [each for each in self.relays() if each.get("posNo") == body["posNo"]]

    def relay(self, verb: str, *options) -> tamga.Done:
        done = self.tamga.run("relay", verb, "--data", self.data, *options)
        assert done.status == 0, done.all
        return done

    @contextlib.contextmanager
    def suspended(self, merchant: str = FRONT):
        self.must("issuer", "suspend", "--id", merchant)
        try:
            yield
        finally:
            self.must("issuer", "resume", "--id", merchant)

    # The ledger

    def records(self, merchant: str = FRONT) -> list[dict]:
        pages = self.must("receipt", "chain", "--merchant", merchant, "--all", "--json").output.splitlines()
        return [record for page in pages for record in json.loads(page)["records"]]

    def filed(self, merchant: str = FRONT) -> list[str]:
        """The numbers of the receipts in the ledger."""
        return [record["id"] for record in self.records(merchant) if record["action"] != "returned"]

    def fields(self, id: str, folder) -> dict[str, str]:
        """What the ledger says under a number."""
        self.published(self.size)
        file = folder / f"{id}.tlog-proof"
        self.tamga.must("prove", "--data", self.data, "--key", id, "--reader", "auditor", "--out", file)
        told = json.loads(self.verify(file, "--json").output)
        assert told["verdict"] == "matches"
        return {each["name"]: each.get("value") for each in told["fields"]}


def body(**members) -> dict:
    """A sale of a till and of goods that no other test has."""
    number = next(COUNTER)
    return receipt(**{"till": f"T{number}", "name": f"Бараа {number}", **members})


def recorded(date: str) -> str:
    """A PosAPI's date as records have it."""
    return f"{int(datetime.strptime(date, '%Y-%m-%d %H:%M:%S').replace(tzinfo=ULAANBAATAR).timestamp()) * 1000}+08:00"


@pytest.fixture(scope="module")
def new_shop(cli, tmp_path_factory):
    """A function that opens a shop; its service and its daemon end with the file."""
    made = []

    def make(*options) -> Shop:
        folder = tmp_path_factory.mktemp("shop")
        shop = Shop.create(cli, folder / "data")
        made.append(shop)
        shop.enrol(folder)
        return shop.serve(*options)

    yield make
    for shop in made:
        shop.close()


@pytest.fixture(scope="module")
def usual_shop(new_shop):
    return new_shop()


@pytest.fixture(scope="module")
def hasty_shop(new_shop):
    """Equal bodies are repetitions for a second only."""
    return new_shop("--repetition-window", 1)


@pytest.fixture(scope="module")
def impatient_shop(new_shop):
    """Waits a second for the daemon."""
    return new_shop("--relay-limit", 1)


def _ready(shop: Shop):
    shop.daemon.reset()
    yield shop
    shop.daemon.reset()


@pytest.fixture
def shop(usual_shop):
    yield from _ready(usual_shop)


@pytest.fixture
def hasty(hasty_shop):
    yield from _ready(hasty_shop)


@pytest.fixture
def impatient(impatient_shop):
    yield from _ready(impatient_shop)


@pytest.fixture
def pool():
    """Tills that wait for their answers."""
    with ThreadPoolExecutor(16) as pool:
        yield pool


def under_way(shop: Shop, pool, sale: dict, reply: str = "answer", held: str = "after") -> tuple[Step, Future]:
    """A sale that the daemon is at."""
    step = shop.daemon.plan(reply, held=held)
    pending = pool.submit(shop.send, sale)
    return step.wait(), pending
