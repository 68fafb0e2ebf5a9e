"""Where the tests find the page, the vectors and the samples."""

import os
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))


def shared(name: str, variable: str) -> Path:
    return Path(os.environ.get(variable) or ROOT.parent / "shared" / name)


@pytest.fixture(scope="session")
def page() -> dict[str, bytes]:
    """The examples of Ledger/FORMATS.md: bytes of hex blocks, text of text blocks."""
    text = (ROOT / "Ledger" / "FORMATS.md").read_text("utf-8")
    blocks = {}
    for kind, name, body in re.findall(r"^```(hex|text) name=(\S+)\n(.*?)^```$", text, re.M | re.S):
        blocks[name] = bytes.fromhex(body) if kind == "hex" else body.encode()
    return blocks


@pytest.fixture(scope="session")
def vectors():
    """A function that gives the path of one folder of vectors, or skips and names it."""

    def folder(name: str) -> Path:
        path = shared("vectors", "TAMGA_VECTORS") / name
        if not path.is_dir():
            pytest.skip(f"no vectors: {name} (set TAMGA_VECTORS)")
        return path

    return folder
