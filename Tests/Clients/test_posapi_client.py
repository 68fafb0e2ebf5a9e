"""The client that tills really use, ebarimt-pos-sdk from PyPI: filing, returning, reading, and resending what got no answer."""

import asyncio
import contextlib
import socket
import struct
import threading
from decimal import Decimal

import pytest
import tamga
from ebarimt_pos_sdk import PosApiHttpError
from till_client import client


class DroppingProxy:
    """Hands each request on to the till's interface and does with the answers what the plan says, one step a request.

    `pass`: hands it back. `reset`: the connection breaks instead. `503`: another answer comes instead. A function is called first
    (to kill the service, say) and the connection breaks. After the plan everything passes.
    """

    def __init__(self, ledger: tamga.Ledger, *plan) -> None:
        self.ledger, self.plan = ledger, list(plan)
        self.requests: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.connection: socket.socket | None = None
        self.failures: list[BaseException] = []
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> "DroppingProxy":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        # A socket that is only closed leaves its reader waiting.
        for waiting in (self.listener, self.connection):
            with contextlib.suppress(OSError, AttributeError):
                waiting.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(timeout=10)
        assert not self.failures, self.failures

    def run(self) -> None:
        while True:
            try:
                self.connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.connection:
                    self.handle(self.connection)
            except BaseException as failure:
                self.failures.append(failure)

    def handle(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        while request := read_message(connection):
            self.requests.append(request.partition(b"\r\n\r\n")[2])
            host, port = self.ledger.posapi.split(":")
            with socket.create_connection((host, int(port)), timeout=20) as service:
                service.sendall(request)
                answer = read_message(service)
            assert answer, "the service gave no answer"
            step = self.plan.pop(0) if self.plan else "pass"
            if step == "pass":
                connection.sendall(answer)
            elif step == "503":
                connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            else:
                if callable(step):
                    step()
                # Closing with a zero linger time sends a reset, which the client takes for a broken network.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return


def read_message(connection: socket.socket) -> bytes:
    """One HTTP message with a Content-Length, or nothing when the other side is done."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body


def test_files_and_returns(open_shop):
    till = client(open_shop.posapi)
    before = open_shop.size
    made = till.receipt.create(tamga.receipt(suffix="sdk"))
    assert made.status == "SUCCESS" and len(made.id) == 33 and len(made.receipts) == 1
    assert "/v1/evidence/" in made.qr_data and not made.lottery
    assert till.receipt.delete({"id": made.id, "date": made.date}) is None
    assert open_shop.size == before + 2


def test_async_client_files_and_returns(open_shop):
    async def work():
        till = client(open_shop.posapi)
        made = await till.receipt.acreate(tamga.receipt(suffix="async"))
        await till.receipt.adelete({"id": made.id, "date": made.date})
        return made

    assert asyncio.run(work()).status == "SUCCESS"


def test_decimals_as_json_strings_are_exact(open_shop):
    item = {"name": "Мах", "measureUnit": "кг", "qty": Decimal("1.235"), "unitPrice": Decimal("0.81"), "barCodeType": "UNDEFINED",
            "classificationCode": "2349010", "totalAmount": Decimal("1.00"), "totalVAT": Decimal("0.09"),
            "totalCityTax": Decimal("0.02")}
    sums = {"totalAmount": Decimal("1.00"), "totalVAT": Decimal("0.09"), "totalCityTax": Decimal("0.02")}
    body = tamga.receipt(suffix="decimal", **sums, receipts=[
        {"taxType": "VAT_ABLE", "merchantTin": tamga.MERCHANT, "items": [item], **sums}],
        payments=[{"code": "CASH", "status": "PAID", "paidAmount": Decimal("1.00")}])
    made = client(open_shop.posapi).receipt.create(body)
    assert Decimal(str(made.total_amount)) == 1
    assert Decimal(str(made.receipts[0].items[0].qty)) == Decimal("1.235")


def test_reads_info_accounts_and_sends(open_shop):
    till = client(open_shop.posapi)
    info = till.info.read()
    assert tamga.MERCHANT in [merchant.tin for merchant in info.merchants]
    accounts = till.bank_accounts.read(tin=tamga.MERCHANT)
    assert [account.tin for account in accounts] == [tamga.MERCHANT]
    assert till.send_data.send() is None
    assert open_shop.pos("GET", "/rest/send").status in (200, 204)


def test_refusal_reaches_the_client_in_its_own_form(open_shop):
    body = tamga.receipt(suffix="refused")
    body["payments"][0]["paidAmount"] = 5000
    with pytest.raises(PosApiHttpError) as refused:
        client(open_shop.posapi).receipt.create(body)
    assert "5000" in str(refused.value) or "1120" in str(refused.value)


@pytest.mark.parametrize("plan", [["reset"], ["503"], ["reset", "503"], ["503", "reset"]], ids="-".join)
def test_resent_receipt_is_one_entry_with_one_id(open_shop, tmp_path, plan):
    before = open_shop.size
    with DroppingProxy(open_shop, *plan) as proxy:
        made = client(proxy.address).receipt.create(tamga.receipt(suffix="resent " + "-".join(plan)))
    assert len(proxy.requests) == len(plan) + 1 and len(set(proxy.requests)) == 1
    again = open_shop.pos("POST", "/rest/receipt", proxy.requests[0], {"Content-Type": "application/json"})
    assert again.json()["id"] == made.id and again.json()["qrData"] == made.qr_data and again.index == before
    assert open_shop.size == before + 1
    evidence = open_shop.evidence(again, tmp_path / "evidence.tlog-proof")
    assert open_shop.verify(evidence, "--expect", f"id={made.id}").status == 0


def test_resent_after_kill_between_commit_and_answer_is_one_entry(shop, tmp_path):
    def crash():
        shop.kill()
        shop.restart()

    first = shop.file(tamga.receipt(suffix="before")).json()
    before = shop.size
    with DroppingProxy(shop, crash, crash) as proxy:
        made = client(proxy.address).receipt.create(tamga.receipt(suffix="across a crash"))
    assert len(proxy.requests) == 3
    assert made.id != first["id"]
    again = shop.pos("POST", "/rest/receipt", proxy.requests[0], {"Content-Type": "application/json"})
    assert (again.json()["id"], again.json()["date"], again.index) == (made.id, f"{made.date:%Y-%m-%d %H:%M:%S}", before)
    evidence = shop.evidence(again, tmp_path / "evidence.tlog-proof")
    assert shop.verify(evidence, "--expect", f"id={made.id}").status == 0
    assert shop.size == before + 1


def test_resent_return_is_one_entry(shop):
    def crash():
        shop.kill()
        shop.restart()

    filed = shop.file(tamga.receipt(suffix="returned")).json()
    before = shop.size
    with DroppingProxy(shop, "reset", crash) as proxy:
        client(proxy.address).receipt.delete({"id": filed["id"], "date": filed["date"]})
    assert len(proxy.requests) == 3
    assert shop.size == before + 1


def test_numbers_go_on_after_a_crash(shop):
    ids = [shop.file(tamga.receipt(suffix=f"{number}")).json()["id"] for number in range(3)]
    shop.kill()
    shop.restart()
    ids += [shop.file(tamga.receipt(suffix=f"{number}")).json()["id"] for number in range(3, 6)]
    assert len(set(ids)) == 6 and ids == sorted(ids)
