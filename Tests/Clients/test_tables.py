"""Tables of rates and codes, as an operator replaces them, and the authority's look-ups that real clients call."""

import pytest
import tamga
from ebarimt_pos_sdk import ApiClientSettings, EbarimtApiClient

RATES = "tax,basisPoints,from,to\nVAT,1000,,\nCITY_TAX,500,,\n"


def test_the_sdks_look_ups_are_answered(shop):
    with EbarimtApiClient(ApiClientSettings(base_url=f"http://{shop.posapi}")) as client:
        districts = client.district_code.read().data
        assert len(districts) == 533 and districts[0].branch_name == "Архангай"
        merchant = client.merchant_info.read(tin=tamga.MERCHANT).data
        assert merchant.name and merchant.found and merchant.vat_payer and merchant.city_payer
        assert client.merchant_info.read(tin="12345678901").data is None
        products = client.product_tax_code.read().data
        assert any(product.tax_product_code == "437" and product.tax_type_code == 2 for product in products)
        assert client.tin_info.read(reg_no="АА88061103").status == 500
        code, segments = "", []
        for length in (1, 2, 3, 4, 5, 7):
            below = shop.pos("GET", "/".join(["/api/info/check/barcode/v2", *segments])).json()
            assert below and all(len(row[0]) == length and row[0].startswith(code) for row in below)
            code = below[0][0]
            segments.append(code)
        assert shop.pos("GET", "/".join(["/api/info/check/barcode/v2", *segments])).json() == []
        assert client.buna.read("0", "01")


def test_an_operators_tables_decide_from_the_next_start_on(new_ledger):
    ledger = new_ledger().enrol_merchants().serve()
    ledger.file(tamga.receipt())
    tables = ledger.data / "tables"
    tables.mkdir()
    (tables / "tax-rates.csv").write_text(RATES)
    ledger.file(tamga.receipt(suffix="02"))
    assert ledger.stop() == 0
    ledger.restart()
    refused = ledger.pos("POST", "/rest/receipt", tamga.receipt(suffix="03"))
    assert refused.status == 400 and "НХАТ-г 5%" in refused.json()["message"], refused
    told = ledger.must("tables").output
    assert f"tax-rates.csv: 2 rows, {tables}/tax-rates.csv" in told and "districts.csv: 533 rows, came with" in told


def test_a_wrong_table_keeps_the_service_from_starting_and_is_named(new_ledger, cli, tmp_path):
    ledger = new_ledger()
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "tax-rates.csv").write_text(RATES + "VAT,many,,\n")
    done = cli.run("tables", "--check", folder)
    assert done.status == 1 and "tax-rates.csv" in done.error and "line 4" in done.error and "many" in done.error
    (folder).rename(ledger.data / "tables")
    process = ledger.launch()
    assert process.wait(timeout=30) == 1
    assert "tax-rates.csv" in ledger.log() and "line 4" in ledger.log()


@pytest.mark.parametrize("options", [[], ["--data", "x", "--check", "y"], ["--check", "nowhere"]], ids=str)
def test_wrong_usage(cli, options):
    done = cli.run("tables", *options)
    assert done.status == 2 and done.error.strip()


def test_tables_are_part_of_a_backup(new_ledger, tmp_path):
    ledger = new_ledger()
    (ledger.data / "tables").mkdir()
    (ledger.data / "tables" / "tax-rates.csv").write_text(RATES)
    ledger.must("backup", "--to", tmp_path / "backup", "--keys-to", tmp_path / "keys")
    machine = tamga.Tamga(ledger.tamga.path, tmp_path / "other-state")
    machine.must("restore", "--from", tmp_path / "backup", "--keys-from", tmp_path / "keys", "--data", tmp_path / "restored",
                 "--accept-unseen")
    assert (tmp_path / "restored" / "tables" / "tax-rates.csv").read_text() == RATES
