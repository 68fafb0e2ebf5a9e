"""The service whose consoles are tested: a merchant for each group of tests, and browsers."""

from __future__ import annotations

import contextlib
import json

import pytest
from browser import Browser
from console import EVIL, Screen

# Each group of tests has a merchant of its own.
FINDER, CHANGER, IMPORTER, ACCOUNTANT, HOLDER, TARGET, NASTY, STRANGER = (f"9001000100{number}" for number in range(1, 9))
LESSEES = {"90010001011": True, "90010001012": False}
ENROLLED = [
    {"tin": FINDER, "name": "Хайгч", "way": "beside"}, {"tin": CHANGER, "name": "Засагч"},
    {"tin": IMPORTER, "name": "Импортлогч"},
    {"tin": ACCOUNTANT, "name": "Нягтлан", "customers": [
        {"tin": tin, "name": f"Түрээслэгч {tin[-1]}", "vatPayer": vat, "cityTaxPayer": vat} for tin, vat in LESSEES.items()]},
    {"tin": HOLDER, "name": "Эзэмшигч"}, {"tin": TARGET, "name": "Бай"},
    {"tin": NASTY, "name": EVIL, "customers": [{"tin": "90010001013", "name": EVIL, "vatPayer": True}]},
    {"tin": STRANGER, "name": "Танихгүй"}]


@pytest.fixture(scope="module")
def shop(module_ledger, pki, tmp_path_factory):
    """A service with the merchants of all these tests."""
    file = tmp_path_factory.mktemp("merchants") / "merchants.json"
    file.write_text(json.dumps([{"vatPayer": True, "cityTaxPayer": True, **each} for each in ENROLLED]))
    module_ledger.enrol_merchants().must("issuer", "add-merchant", "--from", file)
    return module_ledger.serve("--trust", pki.trust)


@pytest.fixture(scope="module")
def screen(shop):
    """A browser without scripts."""
    with contextlib.closing(Browser(javascript=False)) as browser:
        yield Screen(browser, shop)


@pytest.fixture(scope="module")
def narrow(shop):
    """One in a window as narrow as a phone."""
    with contextlib.closing(Browser(javascript=False, width=360)) as browser:
        yield Screen(browser, shop)


@pytest.fixture(scope="module")
def scripted(shop):
    """A browser that runs scripts."""
    with contextlib.closing(Browser()) as browser:
        yield Screen(browser, shop)


@pytest.fixture(params=[False, True], ids=["without scripts", "with scripts"])
def either(request):
    """One browser, then the other."""
    return request.getfixturevalue("scripted") if request.param else request.getfixturevalue("screen")
