"""The collectives as four p5 would tell of them: made-up answers of the right shape, at the bandwidths of a test."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from components.catalogue.collectives import Collective, bus_factor
from playbooks.checks.fabric import transport
from playbooks.checks.fabric.collectives import rounded, sizes
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.fabric.test_collectives import judged, of

P5, NODES, RANKS = "p5.48xlarge", 4, 32
EFA = ["NET/OFI Selected provider is efa, fabric is efa (found 32 nics)", "Using network Libfabric"]
# GB/s of four p5 at 1 GiB (playbooks/thresholds/fabric_measured.csv); of the others nobody has published any.
PUBLISHED = {Collective.ALL_REDUCE: 280.30, Collective.ALL_GATHER: 288.53, Collective.ALL_TO_ALL: 53.75}
IN_SETTINGS = {Collective.REDUCE_SCATTER: 280.0, Collective.BROADCAST: 250.0}
SETTINGS = {"minimumBusBandwidthGbPerSecond": {"reduceScatter": 0.85 * 280, "broadcast": 0.85 * 250}}
REACHED = PUBLISHED | IN_SETTINGS

Change = Callable[[Any], None]


def on_gpus(asked: tuple[int, ...], reached: Mapping[Collective, float]) -> Change:
    """As if a node's figures came from eight H100, every size at these GB/s of bus bandwidth."""

    def change(facts: Any) -> None:  # noqa: ANN401 - JSON
        [row] = facts["ranks"]
        facts.update(backend="nccl", nccl="2.29.3", world=RANKS, transport=[*EFA, "via NET/Libfabric/0/GDRDMA"])
        facts.update(network_cards=32, efa_sent_bytes=1 << 50)
        facts["ranks"] = [
            {**row, "rank": 8 * row["rank"] + local, "fits_bytes": 1 << 35, "rows": rows(asked, reached)}
            for local in range(8)
        ]

    return change


def rows(asked: tuple[int, ...], reached: Mapping[Collective, float]) -> list[dict[str, Any]]:
    """What each rank tells: all collectives, each at all sizes."""
    return [
        {
            "collective": which,
            "bytes": size,
            "iterations": 20,
            "seconds": size * bus_factor(which, RANKS) / reached[which] / 1e9,
            "wrong": 0,
        }
        for which in Collective
        for size in rounded(asked, which, RANKS)
    ]


def told(
    reached: Mapping[Collective, float],
    mib: int = 1024,
    smoke: Mapping[str, Any] | None = None,
    change: Change = lambda _: None,
    on_all: Change = lambda _: None,
    **more: object,
) -> list[Finding]:
    """The findings on four p5 that reach this; the third of them is changed, or all are; `more` is of the question."""
    asked = {"allReduce": {"largestMessageMib": mib}, **(smoke or {})}
    reach = on_gpus(sizes(ask(asked, instance_type=P5)), reached)

    def answers(facts: Any) -> None:  # noqa: ANN401 - JSON
        reach(facts)
        on_all(facts)

    def third(facts: Any) -> None:  # noqa: ANN401 - JSON
        answers(facts)
        change(facts)

    return judged({**dict.fromkeys(range(NODES), answers), 2: third}, asked, P5, **more)


@pytest.mark.parametrize("which", list(Collective))
def test_a_fleet_as_fast_as_others_passes_and_one_at_sixty_percent_fails(which: Collective) -> None:
    """By what four p5 reach in public at 1 GiB, or by the settings where nobody has published it."""
    fast = of(which, told(REACHED, smoke=SETTINGS))[1]
    slow = of(which, told({**REACHED, which: 0.6 * REACHED[which]}, smoke=SETTINGS))[1]
    names = tuple(f"gpu-{index}" for index in range(NODES))
    source = "github.com" if which in PUBLISHED else "of the settings"

    assert (fast.verdict, fast.nodes) == (Verdict.PASS, names)
    assert (slow.verdict, slow.nodes) == (Verdict.FAIL, names)
    for each in (fast, slow):
        assert each.threshold is not None
        assert source in each.threshold.source
        assert each.threshold.value == pytest.approx(0.85 * REACHED[which], rel=1e-3)


@pytest.mark.parametrize("which", list(Collective))
def test_wrong_elements_of_any_collective_name_their_node(which: Collective) -> None:
    """And of it alone: the others' elements are right, and all are as fast as before."""

    def corrupt(facts: Any) -> None:  # noqa: ANN401 - JSON
        next(row for row in facts["ranks"][3]["rows"] if row["collective"] == which).update(wrong=5)

    found = told(REACHED, smoke=SETTINGS, change=corrupt)
    bad = [finding for finding in found if finding.verdict is not Verdict.PASS]

    assert [(each.check, each.verdict, each.nodes) for each in bad] == [(which, Verdict.FAIL, ("gpu-2",))]
    assert list(bad[0].evidence) == ["gpu-2"]
    assert bad[0].evidence["gpu-2"].startswith("rank 19, ")


@pytest.mark.parametrize("which", list(IN_SETTINGS))
def test_what_nobody_has_published_or_set_is_not_judged(which: Collective) -> None:
    """Its elements are, and the reason names the setting."""
    elements, speed = of(which, told(REACHED))
    key = {Collective.REDUCE_SCATTER: "reduceScatter", Collective.BROADCAST: "broadcast"}[which]

    assert (elements.verdict, speed.verdict) == (Verdict.PASS, Verdict.SKIPPED)
    assert "nobody has published what it reaches on such a fleet" in speed.reason
    assert f"smoke.minimumBusBandwidthGbPerSecond.{key} is not set" in speed.reason


def test_the_transport_is_proven() -> None:
    """By NCCL's lines, and by what the interfaces counted."""
    assert [finding.verdict for finding in of(transport.NAME, told(REACHED))] == [Verdict.PASS, Verdict.PASS]


def test_a_message_that_nobody_has_published_is_not_judged_and_has_its_ceiling() -> None:
    """At 16 MiB."""
    speed = of("all-gather", told(REACHED, mib=16))[1]

    assert speed.verdict is Verdict.SKIPPED
    assert speed.series[0].limit == 450


def test_each_collective_is_held_to_its_own_figure() -> None:
    """At 64 MiB four p5 reach 139 GB/s in an all-gather and 43 in an all-to-all; these reach 39 in both."""
    found = told(dict.fromkeys(Collective, 39.0), mib=64)

    assert of("all-gather", found)[1].verdict is Verdict.FAIL
    assert of("all-to-all", found)[1].verdict is Verdict.PASS


def test_what_a_cluster_s_nodes_reach_without_a_plugin_says_nothing_of_their_fabric() -> None:
    """They speak TCP, whatever EFA can do for the pods; elements are judged, speeds where the settings ask so."""
    slow = dict.fromkeys(REACHED, 2.0)
    lines = ["NET/Plugin: Could not find: libnccl-net.so.", "Using network Socket", "via NET/Socket/0"]

    def by_tcp(facts: Any) -> None:  # noqa: ANN401 - JSON
        facts.update(transport=lines)

    in_cluster = told(slow, on_all=by_tcp, in_cluster=True)
    asked = told(slow, smoke=SETTINGS, on_all=by_tcp, in_cluster=True)
    elsewhere = told(slow, on_all=by_tcp)

    assert {finding.verdict for finding in in_cluster} == {Verdict.PASS, Verdict.SKIPPED}
    assert "which its pods bring" in of("all-reduce", in_cluster)[1].reason
    assert [each.check for each in asked if each.verdict is Verdict.FAIL] == ["reduce-scatter", "broadcast"]
    assert of("all-reduce", elsewhere)[1].verdict is Verdict.FAIL
    assert of(transport.NAME, elsewhere)[0].verdict is Verdict.FAIL
