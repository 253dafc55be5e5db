"""Pairs that gave no figure, as the rounds of them come upon it."""

from collections.abc import Collection

import pytest

from playbooks.findings import Figure, Finding, Verdict
from playbooks.nodes import Node
from playbooks.payload.ending import Status
from playbooks.remedy.blamed import blamed, replaceable
from playbooks.transport.outcome import AuthenticationRefusedError, DeadlinePassedError, InterruptedRunError, Outcome
from tests.playbooks.checks.asks import completed, printed
from tests.playbooks.gate.pairs import NO_TORCH, PEER_GONE, UNREACHABLE, Nodes, question, rounds
from tests.playbooks.remedy.found import run

CUT = completed(printed("pair.0.stdout")[:300])
TRACEBACK = completed(stderr="Traceback (most recent call last):\nKeyError: 'rank'", exit_status=1)
HANGS = DeadlinePassedError("it ran past its 120 s", confirmed_ended=False)


def findings(nodes: Nodes, count: int = 8) -> list[Finding]:
    """What the search over so many nodes finds."""
    return rounds(nodes, question(count)).findings([])[1]


def replaced(found: list[Finding], count: int = 8) -> list[str]:
    """The nodes that there is ground to replace."""
    return [each.node.name for each in replaceable(blamed(run(question(count).nodes, *found)))]


@pytest.mark.parametrize(
    ("nodes", "node", "reason"),
    [
        (Nodes(ends={"gpu-0": NO_TORCH}), "gpu-0", "python3 cannot import torch: No module named 'torch'"),
        (Nodes(ends={"gpu-7": NO_TORCH}), "gpu-7", "python3 cannot import torch: No module named 'torch'"),
        (Nodes(ends={"gpu-3": CUT}), "gpu-3", "the answer is not whole or not right: Invalid JSON"),
        (Nodes(ends={"gpu-3": TRACEBACK}), "gpu-3", "the program exited with 1: KeyError: 'rank'"),
        (Nodes(no_port={"gpu-0": "bind: in use"}), "gpu-0", "it tells no free TCP port: bind: in use"),
        (Nodes(ends={"gpu-3": AuthenticationRefusedError("key refused")}), "gpu-3", "key refused"),
    ],
)
def test_a_node_that_fails_for_what_is_not_the_machines_is_an_error_and_no_ground_to_replace_it(
    nodes: Nodes, node: str, reason: str
) -> None:
    """Whether the ranks would meet on it or not; its partners meet others, and are clean."""
    found = findings(nodes)
    error, sound = found

    assert (error.verdict, error.nodes, error.of_machine) == (Verdict.ERROR, (node,), False)
    assert error.reason.startswith(reason)
    assert (sound.verdict, len(sound.nodes)) == (Verdict.PASS, 7)
    assert f"; {node}: {reason}" in sound.evidence["pairs"]
    assert replaced(found) == []


@pytest.mark.parametrize(
    "nodes",
    [
        Nodes(ends={"gpu-0": UNREACHABLE}),
        Nodes(no_port={"gpu-0": UNREACHABLE}),
        Nodes(ends={"gpu-0": HANGS}, partners=InterruptedRunError("its peer had failed", confirmed_ended=True)),
        Nodes(ends={"gpu-0": completed(stderr="a GPU failed: CUDA error", exit_status=Status.GPU_FAILED)}),
    ],
)
def test_a_node_that_is_lost_or_broken_is_an_error_that_is_the_machines(nodes: Nodes) -> None:
    """As in the other checks."""
    found = findings(nodes)

    assert [(each.verdict, each.of_machine) for each in found] == [(Verdict.ERROR, True), (Verdict.PASS, False)]
    assert replaced(found) == ["gpu-0"]


def test_a_node_whose_pairs_break_and_nobody_says_why_is_found_by_them() -> None:
    """Where both have lost each other, or one hangs and the other has lost it, either may be the cause of one pair."""
    hangs = InterruptedRunError("it did not end by itself", confirmed_ended=True)
    for nodes in (Nodes(ends={"gpu-3": PEER_GONE}), Nodes(ends={"gpu-3": PEER_GONE}, partners=hangs)):
        bad, sound = findings(nodes)

        assert (bad.verdict, bad.nodes, bad.figure and bad.figure.value) == (Verdict.FAIL, ("gpu-3",), 0)
        assert "gpu-3: a peer is gone: Connection closed by peer" in bad.evidence["pairs"]
        assert sound.verdict is Verdict.PASS


def test_nodes_that_all_lack_torch_are_errors_and_nothing_is_clean() -> None:
    """No pair's collective succeeded, and no machine is replaced for it."""
    found = findings(Nodes(ends={node.name: NO_TORCH for node in question(4).nodes}), 4)

    assert [each.verdict for each in found] == [Verdict.ERROR] * 4 + [Verdict.INCONCLUSIVE]
    assert found[-1].reason == "no pair's collective succeeded"
    assert replaced(found, 4) == []


def test_a_node_that_no_pair_tells_of_is_neither_bad_nor_clean() -> None:
    """Of two, the one whose partner lacks torch."""
    error, untold, *_ = findings(Nodes(ends={"gpu-0": NO_TORCH}), 2)

    assert (error.verdict, error.nodes) == (Verdict.ERROR, ("gpu-0",))
    assert (untold.verdict, untold.nodes) == (Verdict.INCONCLUSIVE, ("gpu-1",))


def test_what_is_the_machines_own_outweighs_what_came_before() -> None:
    """An answer that was cut, and then no connection."""

    class ThenLost(Nodes):
        def _answer(self, rank: int, node: Node, group: Collection[Node]) -> Outcome:
            if node.name == "gpu-0":
                return CUT if len(self.rounds) == 1 else UNREACHABLE
            return super()._answer(rank, node, group)

    error, _ = findings(ThenLost())

    assert (error.reason, error.of_machine) == ("no connection", True)


def test_wrong_sums_fail_in_a_sentence_of_their_own() -> None:
    """Of the node that sums wrong with sound ones; no bandwidth is told of it."""
    bad, sound = findings(Nodes(wrong=["gpu-5"]))

    assert (bad.verdict, bad.nodes) == (Verdict.FAIL, ("gpu-5",))
    assert bad.reason == "gpu-5 sums wrong with gpu-4, gpu-6, gpu-1"
    assert bad.figure == Figure("wrong elements", 9, "")
    assert "gpu-5: its ranks hold 3 wrong elements" in bad.evidence["pairs"]
    assert (sound.verdict, len(sound.nodes)) == (Verdict.PASS, 7)
    assert replaced([bad, sound]) == ["gpu-5"]


def test_wrong_sums_of_two_nodes_fail_and_blame_neither() -> None:
    """There is no third to tell which of them it is."""
    found = findings(Nodes(wrong=["gpu-0", "gpu-1"]), 2)

    assert (found[0].verdict, found[0].nodes) == (Verdict.FAIL, ("gpu-0", "gpu-1"))
    assert found[0].reason.startswith("gpu-0 and gpu-1 sum wrong with each other, and nothing tells")
    assert replaced(found, 2) == []
