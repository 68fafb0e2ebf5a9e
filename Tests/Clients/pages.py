"""Pages of the consoles read apart, and the amounts and tables that they hold."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser

from tamga import Answer

VOID = {"meta", "link", "input", "br", "hr", "img"}


@dataclass
class Node:
    """An element, and what is in it."""

    tag: str
    attributes: dict[str, str]
    inside: list["Node | str"] = field(default_factory=list)

    def __iter__(self) -> Iterator["Node"]:
        """All elements within, in their order."""
        for each in self.inside:
            if isinstance(each, Node):
                yield each
                yield from each

    def all(self, tag: str, **attributes: str) -> list["Node"]:
        """`_` stands for a hyphen, and behind a name that Python keeps for itself."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [node for node in self if node.tag == tag and wanted.items() <= node.attributes.items()]

    def one(self, tag: str, **attributes: str) -> "Node":
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes} in {self.text[:1000]}"
        return found[0]

    @property
    def text(self) -> str:
        """Its words with single blanks between them, as a browser shows them."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for each in self.inside:
            if isinstance(each, str):
                yield each
            else:
                apart = "" if each.tag in ("span", "a", "strong") else " "
                yield apart
                yield from each._pieces()
                yield apart


class Page(HTMLParser):
    """A page as a tree; elements that are not closed as they should be are an error."""

    def __init__(self, text: str):
        super().__init__()
        self.root = Node("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root], f"not closed: {[node.tag for node in self.open]}"

    def handle_starttag(self, tag, attrs):
        node = Node(tag, {name: value or "" for name, value in attrs})
        assert len(attrs) == len(node.attributes), f"an attribute stands twice: {attrs}"
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].inside.append(data)

    @property
    def h1(self) -> str:
        return self.root.one("h1").text

    @property
    def main(self) -> Node:
        return self.root.one("main")

    @property
    def notes(self) -> list[str]:
        """What the page has to say of what was done."""
        return [node.text for node in self.main if node.attributes.get("role") in ("alert", "status")]

    def facts(self) -> dict[str, str]:
        """Terms and their descriptions."""
        return {term.text: told.text for term, told in zip(self.main.all("dt"), self.main.all("dd"), strict=True)}

    def rows(self, caption: str = "") -> list[list[str]]:
        """The cells of the body of the table whose caption begins so; without one, of the first table."""
        for table in self.main.all("table"):
            captions = table.all("caption")
            if not caption or captions and captions[0].text.startswith(caption):
                body = table.one("tbody")
                return [[cell.text for cell in row if cell.tag in ("td", "th")] for row in body.all("tr")]
        return []

    def links(self) -> dict[str, str]:
        return {node.text: node.attributes["href"] for node in self.main.all("a")}


def page(answer: Answer, status: int = 200) -> Page:
    """The page that an answer holds."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def amount(text: str) -> Decimal:
    """An amount as pages write it: 12 345,90 ₮."""
    assert re.fullmatch(r"−?\d{1,3}([ \xa0]\d{3})*,\d\d[ \xa0]₮", text), text
    return Decimal(re.sub(r"[ \xa0₮]", "", text).replace(",", ".").replace("−", "-"))


def table_file(answer: Answer) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    assert answer.status == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8", answer
    assert answer.body.startswith(b"\xef\xbb\xbf"), "spreadsheets need the mark to take it for UTF-8"
    return list(csv.DictReader(io.StringIO(answer.body[3:].decode(), newline="")))


def grouped(much) -> str:
    """An amount as pages have it."""
    return f"{Decimal(much):,.2f} ₮".replace(",", " ").replace(".", ",")
