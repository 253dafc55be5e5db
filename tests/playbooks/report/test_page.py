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
from playbooks.history.entry import entries
from playbooks.history.last_words import words
from playbooks.history.past import Past
from playbooks.report.heat_map import STEPS, heat_maps
from playbooks.report.page import to_html
from playbooks.report.run import Run, Took
from playbooks.report.ticket import to_tickets
from tests.playbooks.report.runs import failing, gpu_fleet, later, passing

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
    """Chromium on a page, with further arguments, and the page changed before; what it prints."""
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH")
    page = tmp_path / "report.html"

    def look(run: Run, *arguments: str, past: Past = Past(), change: Callable[[str], str] = str) -> str:  # noqa: B008 - a tuple
        page.write_text(change(to_html(run, past).decode()), encoding="utf-8")
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
    every = {attributes.get("href") or "" for tag, attributes in elements.found if tag == "a"}
    links = {link[1:] for link in every if link.startswith("#")}

    assert len(elements.of_class("finding")) == len(failing().findings)
    assert "host-facts-train-1" in anchors
    assert links <= set(anchors)
    assert {link for link in every if link[0] != "#"} == {f"tickets/{name}" for name in to_tickets(failing(), Past())}
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


def test_it_tells_where_the_time_went() -> None:
    """Each step with its limit, and how it compares with the longest."""
    took = (Took("storage", "train", 4, 0.5, 1800), Took("training-step", "train", 1200, 10.0, 900))
    text = " ".join(to_html(replace(passing(), took=took)).decode().split())

    assert '<th scope="row">training-step</th><td>train</td><td class="number">1,200</td>' in text
    assert '<td class="number">0.5</td><td class="number">1,800</td><td class="bar"><i style="width: 5.0%">' in text
    assert 'id="times"' not in to_html(passing()).decode()


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


def _past(size: int) -> Past:
    """Three runs on a fleet that was well."""
    runs = [later(gpu_fleet(size, sick=False), number) for number in range(3)]
    return Past(tuple(line for run in runs for line in entries(run)), (words(runs[-1]),))


@pytest.mark.parametrize("size", [4, 16, 128])
def test_pairs_and_gpus_are_drawn_with_a_title_for_each(size: int) -> None:
    """What a mouse shows: every pair and every GPU by name, with its figure."""
    page = to_html(later(gpu_fleet(size), 3), _past(size)).decode()

    assert page.count("<title>train-") + page.count("<title>") > size * (size - 1) + 2 * 8 * size
    assert "train-2 and train-1: " in page
    assert "<title>train-0 and train-" + f"{size - 1}: failed</title>" in page
    assert re.search(r"<title>train-1 GPU 3: 5\d\d TFLOP/s</title>", page)
    assert "wanted ≥ 715 TFLOP/s" in page
    assert "ceiling" in page


def test_earlier_runs_of_each_machine_are_shown_with_their_trend() -> None:
    """Three times well, and now not; a node that was replaced says so."""
    run = later(gpu_fleet(4), 3)
    nodes = tuple(replace(node, instance_id="i-new") if node.index == 3 else node for node in run.nodes)
    page = to_html(replace(run, nodes=nodes), _past(4)).decode()
    history = page[page.index('id="history"') : page.index('id="nodes"')]

    first, *_ = history.split("<li>")[1:]
    assert "train-1" in first
    assert re.findall(r'<i class="(\w+ )?(pass|fail)"', first) == [("", "pass")] * 3 + [("now ", "fail")]
    assert "polyline" in first
    assert f'was instance <span class="place">{run.nodes[3].instance_id}</span> before: another machine' in history


def test_what_changed_is_shown_before_and_after_with_its_evidence() -> None:
    """The retest after a repair, and the other way round."""
    page = to_html(later(gpu_fleet(4), 3), _past(4)).decode()
    changes = page[page.index('id="changes"') : page.index('id="fleet"')]

    assert re.findall(r'class="side (\w+)"', changes) == ["pass", "fail"] * 2
    assert changes.count("<summary>clocks</summary>") == 2
    assert 'id="changes"' not in to_html(gpu_fleet(4)).decode()


def test_a_retest_that_finds_the_same_shows_both_sides_with_their_times() -> None:
    """What is still bad is open; what passed and still does is folded."""
    run = later(gpu_fleet(4), 3)
    nodes = tuple(node for node in run.nodes if node.index == 1)
    findings = tuple(finding for finding in run.findings if finding.nodes == ("train-1",))
    past = Past((), (words(gpu_fleet(4)),))
    page = to_html(replace(run, nodes=nodes, findings=findings, only=("train-1",)), past).decode()
    changes = page[page.index('id="changes"') : page.index('id="fleet"')]
    still_bad, folded = changes.split('<details class="calm"><summary>3 checks passed before and now')

    assert "train-1 tested again: before and now" in still_bad
    assert re.findall(r'class="side (\w+)"', still_bad) == ["fail", "fail"]
    assert re.findall(r"(Before|Now) <time [^>]*>([^<]+)<", still_bad) == [
        ("Before", "2026-11-27 03:12 UTC"),
        ("Now", "2026-11-30 03:12 UTC"),
    ]
    assert re.findall(r'class="side (\w+)"', folded) == ["pass", "pass"] * 3


def test_what_could_not_be_read_of_the_past_is_said() -> None:
    """In words, on the page."""
    assert "Not all is known: line 3 is odd." in to_html(passing(), Past(notes=("line 3 is odd",))).decode()


@pytest.mark.slow
def test_a_browser_reads_the_drawings_as_they_were_meant(browser: Browser) -> None:
    """Heat map, strips and trends: no element that it had to close or move."""
    run, past = later(gpu_fleet(4), 3), _past(4)
    read = Elements(browser(run, "--dump-dom", past=past).encode()).found
    written = Elements(to_html(run, past)).found

    assert [tag for tag, _ in written] == [tag for tag, _ in read]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["0", "1"], ids=["dark", "light"])
@pytest.mark.parametrize("size", [4, 16, 128])
def test_the_cross_of_a_slow_node_is_seen(browser: Browser, tmp_path: Path, scheme: str, size: int) -> None:
    """The heat map alone: its darkest shade fills as many pixels as the slow node has cells."""
    picture = tmp_path / "map.png"
    only = f"--blink-settings=preferredColorScheme={scheme}"
    browser(
        gpu_fleet(size),
        f"--screenshot={picture}",
        "--window-size=1280,1000",
        only,
        change=lambda page: page.replace("</style>", "main > :not(#pairs), body > header { display: none }</style>"),
    )
    pixels = matplotlib.image.imread(picture)[..., :3]
    worst = (243, 234, 210) if scheme == "0" else (10, 42, 82)  # --bad of page.css
    seen = (abs(pixels * 255 - worst).max(axis=-1) < 2).sum()
    (heat_map,) = heat_maps(gpu_fleet(size))
    cells = sum(cell.shade == STEPS - 1 for cell in heat_map.cells)

    assert cells >= size
    assert 0.6 < seen / (cells * heat_map.side**2) < 1.1
