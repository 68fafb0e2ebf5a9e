"""The file of options of `tamga serve`, and its check."""

import re

import pytest
from tamga import free_port, receipt


def options_of_help(cli) -> set[str]:
    return set(re.findall(r"^  --([a-z-]+)", cli.must("serve", "--help").output, re.M))


def test_every_option_is_in_the_example_with_its_description(cli):
    example = cli.must("config", "example").output
    keys = set(re.findall(r"^# ([a-z-]+) = ", example, re.M))
    assert keys == options_of_help(cli) - {"data", "config", "accept-clock", "version"}
    for block in example.split("\n\n")[1:]:
        description, key = block.strip().split("\n")
        assert len(description) > 20 and " = " in key, block


def test_the_example_is_good_as_it_is_and_with_its_values_taken(ledger):
    example = ledger.tamga.must("config", "example").output
    path = ledger.data / "tamga.toml"
    path.write_text(example)
    assert ledger.must("config", "check").output.rstrip().endswith("is good")
    taken = "\n".join(line[2:] if re.match(r"# [a-z-]+ = (?!\"\")", line) else line for line in example.split("\n"))
    path.write_text(taken)
    shown = ledger.must("config", "check").output
    assert re.search(r"^shop-rate = 50 +\(", shown, re.M) and re.search(r"^pos-no = 10000001 +\(", shown, re.M)


def test_a_start_takes_the_file_and_the_command_line_goes_before(ledger):
    other = f"127.0.0.1:{free_port()}"
    (ledger.data / "tamga.toml").write_text(f'pos-no = "20000002"\nlisten = "{other}"\npublic-url = "https://from.file.mn"\n')
    ledger.enrol_merchants().serve("--public-url", "https://from.command.mn")
    answer = ledger.file(receipt()).json()
    assert answer["id"].endswith("20000002")
    assert answer["qrData"].startswith("https://from.command.mn/")
    assert "options of" in ledger.log() and "pos-no" in ledger.log()


def test_a_named_file_takes_the_place_of_the_folders_own(ledger, tmp_path):
    (ledger.data / "tamga.toml").write_text("shop-rate = 1\n")
    (tmp_path / "other.toml").write_text("shop-quota = 2\n")
    shown = ledger.must("config", "check", "--config", tmp_path / "other.toml").output
    assert "shop-rate = 50\n" in shown and "shop-quota = 2 " in shown


@pytest.mark.parametrize(
    "text, told",
    [
        ("shop-rat = 5\n", "there is no option shop-rat"),
        ("shop-rate = \"many\"\n", "shop-rate"),
        ("shop-rate = [1]\n", "shop-rate is a text"),
        ("allow-raw = 1\n", "allow-raw is true or false"),
        ("accept-clock = true\n", "said at a start"),
        ("data = \"elsewhere\"\n", "said at a start"),
        ("scrub-days = -4\n", "--scrub-days is 0 to 3650"),
        ("posapi = \"0.0.0.0:7080\"\n", "no passwords"),
        ("shops = \"127.0.0.1:7443\"\n", "go together"),
        ("shop-rate = 5\nshop-rate = 6\n", "tamga.toml"),
        ("shop-rate = \n", "line 1"),
        ("shops = \"127.0.0.1:0\"\ntls-certificate = \"none.pem\"\ntls-key = \"none.key\"\n", "none.pem"),
        ("trust = \"no-such-folder\"\n", "no-such-folder"),
    ],
)
def test_what_a_start_would_refuse_is_told_by_the_check_and_by_the_start(ledger, text, told):
    (ledger.data / "tamga.toml").write_text(text)
    done = ledger.command("config", "check")
    assert done.status in (1, 2) and told in done.all, done.all
    started = ledger.command("serve", timeout=20)
    assert started.status in (1, 2) and told in started.all, started.all


def test_paths_are_those_of_the_file(ledger, tmp_path, pki):
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "trust").symlink_to(pki.folder / "trust")
    (folder / "tamga.toml").write_text('trust = "trust"\n')
    shown = ledger.must("config", "check", "--config", folder / "tamga.toml", folder="/").output
    assert f"trust = {folder}/trust" in shown
