"""What is asked of several fleets, and what is kept of the answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from playbooks.checks.check import Ask, Check, Scope
from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.gate.asking import OUTPUT_CHARACTERS, Asking, Program
from playbooks.nodes import Node
from playbooks.report.run import Output
from playbooks.transport.outcome import Outcome, TransportError, UnreachableError
from tests.playbooks.checks.asks import ask, completed
from tests.playbooks.gate.listeners import Recording

LIMIT = Threshold(Bound.AT_MOST, 0, "none is allowed")


class Nodes(Asking):
    """Nodes that answer with their own name, but for one that is gone."""

    def __init__(self, listener: Recording, gone: str = "") -> None:
        self._progress, self._folder, self.gone = listener, ".aidc/smoke/r1", gone
        self.lost: set[str] = set()
        self.outputs: list[Output] = []
        self.runs: list[list[str]] = []

    def free_ports(self, nodes: Sequence[Node]) -> dict[str, int | str | TransportError]:
        """Always the same."""
        return {node.name: 29400 for node in nodes}

    def run(
        self, check: str, programs: Mapping[Node, Program], groups: Sequence[Collection[Node]]
    ) -> Mapping[str, Outcome]:
        """Note who is asked at the same time, and with whom."""
        together = [[node.name for node in group] for group in groups] or [[node.name] for node in programs]
        self.runs.append([f"{check}: {', '.join(group)}" for group in together])
        gone = UnreachableError("no route to host")
        return {node.name: gone if node.name == self.gone else completed(node.name) for node in programs}


def of(fleet: str, count: int = 2) -> Ask:
    """A question to a fleet of this name."""
    asked = ask(count=count)
    nodes = tuple(replace(node, name=f"{fleet}-{node.index}", fleet=fleet) for node in asked.nodes)
    return asked._replace(fleet=fleet, nodes=nodes)


def check(scope: Scope, sick: Collection[str] = (), skip: str = "") -> Check:
    """A check that holds an error against the nodes that are sick and does not apply to one fleet."""

    def judge(asked: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
        assert list(outcomes) == [node.name for node in asked.nodes]
        return [
            Finding("errors", (name,), Verdict.FAIL if name in sick else Verdict.PASS, "", figure(name), LIMIT)
            for name in outcomes
        ]

    def figure(name: str) -> Figure:
        return Figure("errors", 1 if name in sick else 0, "")

    return Check(
        "probe",
        "Nodes have no errors",
        scope,
        "host_facts.py",
        60,
        judge,
        skip=lambda asked: "not here" if asked.fleet == skip else "",
    )


def test_nodes_of_all_fleets_are_asked_at_the_same_time() -> None:
    """Each fleet is judged by itself; one to which the check does not apply waits for nobody."""
    nodes = Nodes(listener := Recording())
    found = list(nodes.ask(check(Scope.NODE, skip="idle"), of("train"), of("idle"), of("eval", 1)))

    assert nodes.runs == [["probe: train-0", "probe: train-1", "probe: eval-0"]]
    assert [(finding.nodes, finding.verdict) for finding in found] == [
        (("idle-0", "idle-1"), Verdict.SKIPPED),
        (("train-0",), Verdict.PASS),
        (("train-1",), Verdict.PASS),
        (("eval-0",), Verdict.PASS),
    ]
    assert listener.told == [
        "probe on idle: SKIPPED",
        "probe on train starts on 2, at most 60 s",
        "probe on eval starts on 1, at most 60 s",
        "probe on train: PASS, PASS",
        "probe on eval: PASS",
    ]


def test_fleets_whose_nodes_need_each_other_are_asked_one_after_the_other() -> None:
    """Two collectives at once would measure each other."""
    nodes = Nodes(listener := Recording())
    list(nodes.ask(check(Scope.FLEET), of("train"), of("eval", 1)))

    assert nodes.runs == [["probe: train-0, train-1"], ["probe: eval-0"]]
    assert listener.told == [
        "probe on train starts on 2, at most 60 s",
        "probe on train: PASS, PASS",
        "probe on eval starts on 1, at most 60 s",
        "probe on eval: PASS",
    ]


def test_fleets_that_share_what_is_measured_are_asked_one_after_the_other() -> None:
    """Their nodes need no port to meet at."""
    nodes = Nodes(Recording())
    list(nodes.ask(check(Scope.SHARED), of("train"), of("eval", 1)))

    assert nodes.runs == [["probe: train-0", "probe: train-1"], ["probe: eval-0"]]


def test_what_a_bad_node_printed_is_kept_with_its_command() -> None:
    """Of the others nothing is; a node that does not answer has printed nothing."""
    nodes = Nodes(Recording(), gone="train-1")
    list(nodes.ask(check(Scope.NODE, sick=("train-1", "eval-0")), of("train"), of("eval", 1)))

    command = "/opt/pytorch/bin/python .aidc/smoke/r1/host_facts.py"
    assert nodes.outputs == [
        Output("train-1", ("errors",), command, "no route to host", "", ""),
        Output("eval-0", ("errors",), command, "exit status 0", "eval-0", ""),
    ]


def test_a_long_output_is_kept_in_part() -> None:
    """Its beginning and its end."""
    nodes = Nodes(Recording())
    (node,) = of("eval", 1).nodes
    outcome = completed(f"first{'x' * 100_000}last", "y" * 100_000, 1)
    bad = Finding("errors", (node.name,), Verdict.ERROR, "")
    nodes.keep({node: Program("gemm.py", ["--size", "8"], 60, "gemm")}, {node.name: outcome}, [bad])

    (kept,) = nodes.outputs
    assert kept.ended == "exit status 1"
    assert kept.stdout.startswith("firstx")
    assert kept.stdout.endswith("xlast")
    assert len(kept.stdout + kept.stderr) < 2 * OUTPUT_CHARACTERS + 200
