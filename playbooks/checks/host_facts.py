"""What each node is made of: its clock, its GPUs, and whether the fleet runs one set of versions."""

from collections import Counter
from collections.abc import Mapping

from playbooks import thresholds
from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.transport.outcome import Completed, Outcome

NAME = "host-facts"
VERSIONS = ("kernel", "torch", "python", "driver")


class Gpu(answer.Answer):
    """One row of nvidia-smi."""

    name: str
    uuid: str
    memory_mib: int
    driver: str


class HostFacts(answer.Answer):
    """What `payload/host_facts.py` answers; the clock is the node's, UNIX seconds."""

    hostname: str
    boot_id: str
    os: str
    kernel: str
    cpu: str
    cpus: int
    memory_mib: int
    memory_available_mib: int
    scratch_free_mib: int
    gpus: tuple[Gpu, ...]
    gpus_wrong: str
    efa_interfaces: int
    python: str
    torch: str | None
    clock_started: float
    clock_answered: float

    @property
    def driver(self) -> str | None:
        """The GPUs' driver."""
        return self.gpus[0].driver if self.gpus else None


def parse(text: str) -> HostFacts:
    """The facts in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(HostFacts, text)


def clock_offset(facts: HostFacts, seconds: float, ended_at: float) -> tuple[float, float]:
    """The node's clock less this machine's, and how far that may be wrong, both in seconds.

    The program read the node's clock after the request left (`ended_at - seconds` here) and again before its exit
    status came back (`ended_at`): as in NTP, half of what the way took is unknown, and what the program took is not.
    """
    highest = facts.clock_started - (ended_at - seconds)
    lowest = facts.clock_answered - ended_at
    return (highest + lowest) / 2, max(0.0, (highest - lowest) / 2)


def _arguments(ask: Ask, _: Node) -> list[str]:
    return ["--scratch", ask.smoke.storage.scratch]


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    found = blame.each(NAME, failures)
    for node in ask.nodes:
        ended = outcomes[node.name]
        if node.name in answers and isinstance(ended, Completed):
            facts = answers[node.name]
            found.append(_clock(ask, node, facts, clock_offset(facts, ended.seconds, ended.ended_at)))
    found += _gpus(ask, answers)
    if answers:
        found.append(_versions(answers))
    return found


def _clock(ask: Ask, node: Node, facts: HostFacts, offset: tuple[float, float]) -> Finding:
    value, uncertainty = offset
    threshold = thresholds.clock_offset(ask.smoke)
    figure = Figure("clock offset, at least", max(0.0, abs(value) - uncertainty), "s")
    verdict = judge(figure, threshold)
    reason, action = f"the clock is within {threshold.value:g} s of this machine's", ""
    if verdict is Verdict.FAIL:
        reason = f"the clock is {abs(value):.3g} s {'ahead of' if value > 0 else 'behind'} this machine's"
        action = (
            "See that chrony runs on the node and reaches its source (`chronyc tracking`); and on this machine too."
        )
    elif uncertainty > threshold.value:
        verdict, reason = (
            Verdict.INCONCLUSIVE,
            f"the way to the node took too long to know its clock to {threshold.value:g} s",
        )
        action = "Run the smoke gate again, or from nearer to the nodes."
    measured = (
        Figure("clock offset", value, "s"),
        Figure("clock offset uncertainty", uncertainty, "s"),
        Figure("CPUs", facts.cpus, ""),
        Figure("memory", facts.memory_mib, "MiB"),
        Figure("memory available", facts.memory_available_mib, "MiB"),
        Figure("scratch free", facts.scratch_free_mib, "MiB"),
        Figure("EFA interfaces", facts.efa_interfaces, ""),
    )
    evidence = {"cpu": facts.cpu, "os": facts.os, "hostname": facts.hostname, "boot id": facts.boot_id}
    return Finding(NAME, (node.name,), verdict, reason, figure, threshold, action, measured, evidence=evidence)


def _gpus(ask: Ask, answers: Mapping[str, HostFacts]) -> list[Finding]:
    """A finding a node with GPUs, one for all where the type has none."""
    nodes = [node for node in ask.nodes if node.name in answers]
    plain = [node for node in nodes if (limit := thresholds.gpus(node.instance_type)) and limit.value == 0]
    found = [_gpus_of(node, answers[node.name]) for node in nodes if node not in plain]
    if plain:
        types = ", ".join(sorted({node.instance_type for node in plain}))
        names = tuple(node.name for node in plain)
        found.append(Finding(NAME, names, Verdict.SKIPPED, f"{types} has no GPUs to count"))
    return found


def _gpus_of(node: Node, facts: HostFacts) -> Finding:
    threshold = thresholds.gpus(node.instance_type)
    figure = Figure("GPUs", len(facts.gpus), "")
    verdict = judge(figure, threshold)
    wanted = "an unknown number of" if threshold is None else f"{threshold.value:g}"
    evidence = {"gpus": "\n".join(f"{gpu.name} {gpu.uuid} {gpu.memory_mib} MiB" for gpu in facts.gpus)}
    if facts.gpus_wrong:
        evidence["nvidia-smi"] = facts.gpus_wrong
    action = "See `nvidia-smi` and the kernel log (`dmesg | grep Xid`) on the node; stop and start it, or replace it."
    return Finding(
        NAME,
        (node.name,),
        verdict,
        f"the node shows {len(facts.gpus)} of {wanted} GPUs",
        figure,
        threshold,
        "" if verdict is Verdict.PASS else action,
        evidence=evidence,
    )


def _versions(answers: Mapping[str, HostFacts]) -> Finding:
    """Whether all nodes run the same kernel, torch, Python and driver; the odd nodes are those unlike the most."""
    kinds = {kind: {node: getattr(facts, kind) for node, facts in answers.items()} for kind in VERSIONS}
    figure = Figure("different versions", max(len(set(values.values())) for values in kinds.values()), "")
    threshold = thresholds.ONE_OF_EACH_VERSION
    verdict = judge(figure, threshold)
    odd = {kind: _unlike_the_most(values) for kind, values in kinds.items()}
    nodes = tuple(node for node in answers if any(node in unlike for unlike in odd.values()))
    differing = ", ".join(kind for kind, unlike in odd.items() if unlike)
    return Finding(
        NAME,
        nodes or tuple(answers),
        verdict,
        f"these nodes differ from the others in {differing}" if nodes else "all nodes run the same versions",
        figure,
        threshold,
        "Replace them from the fleet's image, or update them like the others." if nodes else "",
        evidence={kind: _listed(values) for kind, values in kinds.items()},
    )


def _unlike_the_most(values: Mapping[str, str | None]) -> tuple[str, ...]:
    [(usual, _)] = Counter(values.values()).most_common(1)
    return tuple(node for node, value in values.items() if value != usual)


def _listed(values: Mapping[str, str | None]) -> str:
    """Each version with how many nodes run it, the most frequent first."""
    return "\n".join(f"{version or 'none'}: {count} nodes" for version, count in Counter(values.values()).most_common())


CHECK = Check(
    name=NAME,
    title="The machines are those that were ordered, and alike",
    scope=Scope.NODE,
    payload="host_facts.py",
    command_seconds=180,
    arguments=_arguments,
    judge=_judge,
)
