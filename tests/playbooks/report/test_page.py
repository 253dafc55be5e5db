"""Tests of report.html, in a browser where there is one."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.image
import pytest

from playbooks.findings import Finding, Verdict
from playbooks.report.page import to_html
from playbooks.report.run import Run
from tests.playbooks.report.runs import failing, passing

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
CANARY = (
    "</pre></style><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\x1b[31m\u202e"
)

Browser = Callable[..., str]


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """Chromium on a page, with further arguments; what it prints."""
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH")
    page = tmp_path / "report.html"

    def look(run: Run, *arguments: str) -> str:
        page.write_bytes(to_html(run))
        command = [CHROMIUM, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", *arguments, page.as_uri()]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout

    return look


class Elements(HTMLParser):
    """Every element of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, dict(attrs)))

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        """Attributes of those that have this class."""
        return [attributes for _, attributes in self.found if name in (attributes.get("class") or "").split()]


@pytest.mark.parametrize("run", [passing(), failing(), failing(300)], ids=["passing", "failing", "large"])
def test_nothing_is_loaded_from_anywhere(run: Run) -> None:
    """The only addresses are names of XML namespaces."""
    page = to_html(run)

    assert {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"} >= set(
        re.findall(r"https?://[^\s\"'<)]+", page.decode())
    )
    assert not [tag for tag, _ in Elements(page).found if tag in ("script", "link", "img", "iframe", "object")]
    assert "@import" not in page.decode()
    assert "url(" not in re.sub(r"url\(#\w+\)", "", page.decode())


@pytest.mark.parametrize("size", [4, 300])
def test_every_node_has_a_tile_with_its_verdict_in_words_and_a_row(size: int) -> None:
    """Colour alone tells nothing to one in twelve men."""
    page = to_html(failing(size))
    elements = Elements(page)
    tiles = elements.of_class("tile")

    assert size == len(tiles)
    assert tiles[1]["href"] == "#train-1"
    assert "fail" in (tiles[1]["class"] or "")
    words = re.findall(r'class="tile.*?</a>', page.decode())
    assert all(any(verdict in tile for verdict in Verdict) for tile in words)
    assert "FAIL" in words[1]
    assert {f"train-{index}" for index in range(size)} <= {attributes.get("id") for _, attributes in elements.found}


def test_every_finding_can_be_linked_and_every_link_leads_somewhere() -> None:
    """By an anchor that is the same in the next run."""
    elements = Elements(to_html(failing()))
    anchors = [attributes["id"] for _, attributes in elements.found if attributes.get("id")]
    links = {(attributes.get("href") or "")[1:] for tag, attributes in elements.found if tag == "a"}

    assert len(elements.of_class("finding")) == len(failing().findings)
    assert "host-facts-train-1" in anchors
    assert links <= set(anchors)
    assert len(anchors) == len(set(anchors))


def test_a_finding_tells_figure_threshold_source_reason_and_evidence() -> None:
    """For the clock that is off."""
    text = to_html(failing()).decode()

    for told in (
        "4.27 s",
        "wanted ≤ 1 s",
        "smoke.clockOffsetSeconds in Pulumi.sandbox.yaml",
        "chronyc tracking",
        "Not synchronised",
    ):
        assert told in text


def test_passing_findings_of_a_large_fleet_are_folded_away() -> None:
    """The one that fails is not buried by 298 that pass."""
    text = to_html(failing(300)).decode()

    assert "298 findings with nothing to do" in text
    assert text.index('id="host-facts-train-1"') < text.index('id="host-facts-train-0"')


def test_what_a_node_says_is_shown_and_never_obeyed(browser: Browser) -> None:
    """In every field that a node or a person can fill."""
    finding = Finding(CANARY, (CANARY,), Verdict.ERROR, CANARY, action=CANARY, evidence={CANARY: CANARY})
    run = replace(passing(), environment=CANARY, run=CANARY, findings=(finding,), titles={CANARY: CANARY})
    page = to_html(run).decode()

    assert not set(page) & {"\x1b", "\u202e"}
    assert r"\x1b[31m\u202e" in page
    assert not [tag for tag, _ in Elements(page.encode()).found if tag in ("script", "img")]
    assert "<title>owned" not in browser(run, "--dump-dom")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["0", "1"], ids=["dark", "light"])
def test_a_browser_draws_it(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """In dark and in light: the corner is the paper, and there is something on it."""
    picture = tmp_path / "page.png"
    browser(
        failing(),
        f"--screenshot={picture}",
        "--window-size=1280,1500",
        f"--blink-settings=preferredColorScheme={scheme}",
    )
    pixels = matplotlib.image.imread(picture)

    paper = pixels[3, 3, :3].mean()
    assert (paper < 0.2) if scheme == "0" else (paper > 0.9)
    assert pixels[..., :3].std() > 0.03


def test_a_browser_reads_it_as_it_was_meant(browser: Browser) -> None:
    """No tag that it had to close or move: its document has as many elements as the file."""
    run = failing()
    read = Elements(browser(run, "--dump-dom").encode()).found
    written = Elements(to_html(run)).found

    assert [tag for tag, _ in written] == [tag for tag, _ in read]
