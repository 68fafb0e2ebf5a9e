"""Fixtures: data folders and services that end with the test, and whose logs are shown when it fails."""

from __future__ import annotations

import pytest
import signing
import tamga


def pytest_addoption(parser):
    parser.addoption("--receipts", type=int, default=100_000, help="how many receipts the large ledger gets")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the logs of every service that the test used to a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        ledgers = {id(value): value for value in getattr(item, "funcargs", {}).values() if isinstance(value, tamga.Ledger)}
        for ledger in ledgers.values():
            if ledger.logs:
                report.sections.append((f"service log of {ledger.data.name}", ledger.log()))


@pytest.fixture(scope="session")
def binary():
    path = tamga.binary()
    if path is None:
        pytest.fail("the tamga binary is not built: swift build -c release --product tamga")
    return path


@pytest.fixture(scope="session")
def cli(binary, tmp_path_factory):
    """The binary."""
    return tamga.Tamga(binary, tmp_path_factory.mktemp("state-home"))


@pytest.fixture(scope="session")
def samples():
    folder = tamga.samples()
    if folder is None:
        pytest.skip("the shared samples are missing; name their folder in TAMGA_SAMPLES")
    return folder


@pytest.fixture
def new_ledger(cli, tmp_path):
    """A function that makes a fresh ledger; its service ends with the test."""
    made = []

    def make(name: str = "data", **options) -> tamga.Ledger:
        ledger = tamga.Ledger.create(cli, tmp_path / name, **options)
        made.append(ledger)
        return ledger

    yield make
    for ledger in made:
        ledger.close()


@pytest.fixture
def ledger(new_ledger):
    """A fresh ledger without a service."""
    return new_ledger()


@pytest.fixture
def shop(ledger):
    """A fresh service with the merchants enrolled."""
    return ledger.enrol_merchants().serve()


@pytest.fixture(scope="module")
def module_ledger(cli, tmp_path_factory):
    """A fresh ledger for all tests of a file."""
    ledger = tamga.Ledger.create(cli, tmp_path_factory.mktemp("ledger") / "data")
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def open_shop(module_ledger):
    """A service with the merchants enrolled, for all tests of a file."""
    return module_ledger.enrol_merchants().serve()


@pytest.fixture(scope="module")
def office(service, pki):
    """A notary of the service that a file of tests has."""
    return signing.Office.enrol(service, pki, "NT001")


@pytest.fixture(scope="module")
def other(service, pki):
    """Another notary."""
    return signing.Office.enrol(service, pki, "NT002")


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """The TEST notary PKI."""
    return signing.PKI.make(tmp_path_factory.mktemp("pki") / "pki")
