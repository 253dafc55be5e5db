import copy
import json
from typing import Any

import pytest

from playbooks.checks.node import efa_counters
from playbooks.findings import Figure, Finding, Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask, completed, everywhere, verdicts
from tests.playbooks.checks.node.machines import DATA

Readings = dict[str, dict[str, int]]
BEFORE: Readings = json.loads((DATA / "efa" / "hw_counters-p4de-2023.json").read_text(encoding="utf-8"))
CARD = "rdmap144s27"


def after(**rises: int) -> Readings:
    """A later reading, with counters that rose by so much; those that are not told begin at 0."""
    later = copy.deepcopy(BEFORE)
    for name, rise in rises.items():
        later[CARD][name] = later[CARD].get(name, 0) + rise
    return later


def found(before: Readings, later: Readings) -> Finding:
    """What is found of a node with these two readings."""
    [finding] = of_fleet((before, later))
    return finding


def of_fleet(*readings: tuple[Readings, Readings], declared: int | None = None) -> list[Finding]:
    """What is found of a fleet, a node of two readings each."""
    question = ask(count=len(readings), declared=declared)
    texts = [json.dumps({"hostname": "ip-10-0-0-1", "before": before, "after": later}) for before, later in readings]
    return efa_counters.CHECK.judge(question, everywhere(question, texts.__getitem__))


def test_counters_that_stand_still_pass_with_what_was_moved() -> None:
    """The error counters that an interface lacks are named."""
    before = {CARD: {name: count for name, count in BEFORE[CARD].items() if name != "rdma_write_wr_err"}}
    finding = found(before, after(tx_bytes=10**9, rx_bytes=2 * 10**9, rdma_read_bytes=5))

    assert (finding.verdict, finding.reason) == (Verdict.PASS, "EFA's error counters stood still")
    assert {figure.name: figure.value for figure in finding.measurements} == {
        "sent over EFA": 10**9,
        "received over EFA": 2 * 10**9,
    }
    assert finding.evidence == {"not told": "rdma_write_wr_err"}
    assert [(sample.parts, sample.values) for sample in finding.samples] == [((CARD,), (1e9,))]


@pytest.mark.parametrize("counter", efa_counters.ERRORS)
def test_an_error_counter_that_rose_fails_and_shows_both_readings(counter: str) -> None:
    """It is named with its interface; how high it stood before does not count."""
    before = copy.deepcopy(BEFORE)
    before[CARD][counter] = 7
    later = copy.deepcopy(before)
    later[CARD][counter] = 10
    finding = found(before, later)

    assert (finding.verdict, finding.nodes) == (Verdict.FAIL, ("gpu-0",))
    assert finding.reason == f"EFA's error counters rose: {CARD} {counter} +3"
    assert finding.action
    assert f'"{counter}": 7' in finding.evidence["before"]
    assert f'"{counter}": 10' in finding.evidence["after"]
    assert found(before, before).verdict is Verdict.PASS


@pytest.mark.parametrize("counter", efa_counters.OF_PEERS)
def test_a_peer_that_went_away_makes_no_node_fail(counter: str) -> None:
    """Each that spoke to it counts it: the counter tells of the peer, and of one finding over all that saw it."""
    quiet = after(**dict.fromkeys(efa_counters.OF_PEERS, 0))
    saw = copy.deepcopy(quiet)
    saw[CARD][counter] = 3
    *own, doubt = of_fleet((quiet, saw), (quiet, quiet), (quiet, saw))

    assert verdicts(own) == [("PASS", ("gpu-0",)), ("PASS", ("gpu-1",)), ("PASS", ("gpu-2",))]
    assert Figure(counter, 3, "") in own[0].measurements
    assert verdicts([doubt]) == [("INCONCLUSIVE", ("gpu-0", "gpu-2"))]
    assert doubt.evidence == dict.fromkeys(("gpu-0", "gpu-2"), f"{CARD} {counter} +3")
    assert doubt.action


def test_a_peer_that_is_known_explains_what_others_saw_of_it() -> None:
    """A node that was lost, or that counts errors of its own: the others' counters are measurements alone."""
    quiet = after(unresponsive_remote_events=0)
    saw, sick = after(unresponsive_remote_events=3), after(rx_drops=2)

    assert verdicts(of_fleet((quiet, saw), (BEFORE, sick))) == [("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",))]
    assert verdicts(of_fleet((quiet, saw), declared=2)) == [("PASS", ("gpu-0",))]


def test_another_path_is_no_error() -> None:
    """SRD changes it where a packet is late, as it is made to."""
    quiet = after(retrans_timeout_events=0)
    [finding] = of_fleet((quiet, after(retrans_timeout_events=9)))

    assert finding.verdict is Verdict.PASS
    assert Figure("retrans_timeout_events", 9, "") in finding.measurements


def test_an_interface_that_is_gone_or_began_anew_is_an_error() -> None:
    """The two readings say nothing of each other; one that came is no fault."""
    gone, fell = found(BEFORE, {}), found(BEFORE, after(rx_bytes=-1))

    assert (gone.verdict, gone.reason) == (Verdict.ERROR, f"no longer there since the gate began: {CARD}")
    assert (fell.verdict, fell.reason) == (Verdict.ERROR, f"counters began anew since the gate did: {CARD} rx_bytes")
    assert found(BEFORE, {**BEFORE, "rdmap160s27": {}}).verdict is Verdict.PASS


def test_a_node_without_counters_has_no_errors_and_no_pass() -> None:
    """Nothing stood still there."""
    assert found({}, {}).verdict is Verdict.ERROR
    assert found({CARD: {"tx_bytes": 1}}, {CARD: {"tx_bytes": 2}}).verdict is Verdict.ERROR


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts.pop("after"),
        lambda facts: facts["after"][CARD].update(rx_drops="0,0"),
        lambda facts: facts["after"][CARD].update(rx_drops=float("nan")),
        lambda facts: facts["after"].update({CARD: 5}),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error(change: Any) -> None:  # noqa: ANN401 - a lambda over JSON
    """Also with a number that is none."""
    facts = {"hostname": "ip-10-0-0-1", "before": BEFORE, "after": copy.deepcopy(BEFORE)}
    change(facts)
    [finding] = efa_counters.CHECK.judge(ask(count=1), {"gpu-0": completed(json.dumps(facts))})

    assert finding.verdict is Verdict.ERROR


def test_a_node_that_was_not_read_first_is_an_error_of_its_own() -> None:
    """The others are judged."""
    text = json.dumps({"hostname": "ip-10-0-0-1", "before": BEFORE, "after": BEFORE})
    missing = completed(stderr="the EFA counters were not read", exit_status=Status.NO_READING)
    findings = efa_counters.CHECK.judge(ask(count=2), {"gpu-0": completed(text), "gpu-1": missing})

    assert [(each.verdict, each.nodes) for each in findings] == [
        (Verdict.ERROR, ("gpu-1",)),
        (Verdict.PASS, ("gpu-0",)),
    ]


def test_it_applies_where_there_is_efa() -> None:
    """As the count of the interfaces does."""
    assert efa_counters.CHECK.skip(ask(instance_type="c6in.large")) == "c6in.large has no EFA"
    assert efa_counters.CHECK.skip(ask()._replace(stand_in=True))
    assert efa_counters.CHECK.skip(ask()) == ""
