"""The report: well formed, self-contained, safe with any name, and honest about what it was given."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from mlcore.lab.report import render
from mlcore.lab.results import Report
from mlcore.lab.topics import TOPICS

Sample = Callable[..., Report]

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Checks the nesting of tags and collects what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.identifiers: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self._note(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute of <{tag}> stands twice"
        for name, value in attrs:
            if name == "id":
                self.identifiers.append(value or "")
            if name in ("src", "href", "xlink:href", "data", "action"):
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not (self.open and self.open[-1] in ("style", "script")):
            self.text.append(data)


@pytest.fixture(scope="module")
def page(sample_report: Sample) -> str:
    return render(sample_report())


def test_well_formed(page: str) -> None:
    parsed = Page(page)
    assert page.startswith("<!DOCTYPE html>")
    assert len(set(parsed.identifiers)) == len(parsed.identifiers), "no identifier stands twice"
    assert parsed.tags.count("figure") == parsed.tags.count("figcaption") == parsed.tags.count("svg")
    assert parsed.tags.count("svg") >= 14


def test_drawings_are_well_formed_xml(page: str) -> None:
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"]
        assert "width" not in root.attrib, "it takes the width of the page"


def test_needs_no_network(page: str) -> None:
    for link in Page(page).links:
        assert link.startswith(("#", "data:image/png;base64,")), link
    assert not re.search(r"https?:|//[a-z]+\.[a-z]|@import|url\(\s*['\"]?(?!#)", page)
    assert "<script" not in page


def test_links_within_the_page_have_a_target(page: str) -> None:
    parsed = Page(page)
    for link in parsed.links:
        if link.startswith("#"):
            assert link[1:] in parsed.identifiers


def test_names_from_the_file_are_text(page: str, sample_report: Sample) -> None:
    shown = "".join(Page(page).text)
    assert str(sample_report().data["name"]) in shown
    assert "alert(" in page
    assert "<script>" not in page


def test_every_number_of_the_run_is_shown(page: str, sample_report: Sample) -> None:
    report = sample_report()
    assert page.count("eps</td>") == len(report.comparisons)
    for step in report.steps:
        assert step.step in page
        assert step.idea in page


def test_errors_stand_beside_the_ratios(page: str) -> None:
    assert "<td>0.04 / 0.05</td><td></td>" in page
    assert "<td>0.04 / 0.05</td><td>0.5 / 0.6</td>" in page or "<td>0.04 / 0</td><td>0.5 / 0.6</td>" in page
    text = "".join(Page(page).text)
    assert text.index("Where mlcore is less exact") < text.index("Every comparison at a glance")
    assert "Hard inputs" in text
    assert "14.2" in text


def test_losses_stand_at_the_top(page: str, sample_report: Sample) -> None:
    text = "".join(Page(page).text)
    assert text.index("Where mlcore loses") < text.index("Every comparison at a glance")
    worst = min(sample_report().comparisons, key=lambda row: row.ratio)
    start = text.index("Where mlcore loses")
    assert f"{worst.operation} {worst.size}" in text[start : start + 400]


def test_disagreement_comes_first_and_is_not_timed(sample_report: Sample) -> None:
    text = "".join(Page(render(sample_report(wrong=True))).text)
    assert text.index("Results that disagree") < text.index("Where mlcore is faster")
    assert "so it was not timed" in text
    assert "nan" not in text.lower().replace("nanosecond", "")


def test_busy_machine_gets_a_caution_and_no_verdict(sample_report: Sample) -> None:
    text = "".join(Page(render(sample_report(undisturbed=0.5))).text)
    assert "Run the lab again when the machine is idle" in text
    assert "Where mlcore is faster" not in text
    assert "Where mlcore loses" not in text
    assert "Where mlcore is less exact" in text, "errors are what they are on any machine"
    assert "Every comparison at a glance" in text


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(("",), id="no-labels"),
        pytest.param(tuple(map(str, range(10))), id="digits"),
        pytest.param(("", "setosa", "virginica"), id="words-and-an-empty-one"),
        pytest.param(tuple(map(str, range(40))), id="many-numbers"),
        pytest.param(tuple(f"class {i}" for i in range(40)), id="many-words"),
        pytest.param(("$\\frac", "_x_", "日本"), id="not-mathematics"),
    ],
)
def test_any_labels(labels: tuple[str, ...], sample_report: Sample) -> None:
    report = sample_report(labels=labels)
    page = render(replace(report, topics=report.topics[1:2]))
    Page(page)
    assert page.count('id="figure-scores"') == 1


@pytest.mark.parametrize("name", [topic.name for topic in TOPICS])
def test_one_topic_alone(name: str, sample_report: Sample) -> None:
    report = sample_report()
    alone = replace(report, topics=tuple(topic for topic in report.topics if topic.name == name))
    Page(render(alone))


def test_nothing_found_is_still_a_report(sample_report: Sample) -> None:
    report = sample_report()
    bare = tuple(replace(t, comparisons=(), curves=(), steps=(), notes=()) for t in report.topics)
    Page(render(replace(report, topics=bare)))
