"""What each node is made of: its clock, its GPUs, and whether the fleet runs one set of versions."""

from collections import Counter
from collections.abc import Mapping

from playbooks import thresholds
from playbooks.checks import answer, blame, collective
from playbooks.checks.check import Ask, Check, Scope
from playbooks.findings import Figure, Finding, Threshold, Verdict, judge
from playbooks.nodes import Node
from playbooks.transport.outcome import Completed, Outcome

NAME = "host-facts"
VERSIONS = ("kernel", "torch", "python", "driver")
_SEE_GPUS = "See `nvidia-smi` and the kernel log (`dmesg | grep Xid`) on the node; stop and start it, or replace it."
_SEE_DRIVER = "Run `nvidia-smi` on the node: install the driver, or reboot or replace the node where it hangs."


class Gpu(answer.Answer):
    """One row of nvidia-smi; `wrong` is why the GPU is not well, such as `[GPU is lost]`, empty where it is."""

    name: str
    uuid: str
    memory_mib: int | None
    driver: str
    wrong: str


class HostFacts(answer.Answer):
    """What `payload/host_facts.py` answers.

    `gpus` is None where nvidia-smi gave no answer. `clock` is the node's, UNIX seconds, read at the end, at least
    `run_seconds` after the program's process was made.
    """

    hostname: str
    boot_id: str
    os: str
    kernel: str
    cpu: str
    cpus: int
    memory_mib: int
    memory_available_mib: int
    scratch_free_mib: int
    gpus: tuple[Gpu, ...] | None
    gpus_wrong: str
    efa_interfaces: int
    python: str
    torch: str | None
    run_seconds: float
    clock: float

    @property
    def driver(self) -> str | None:
        """The GPUs' driver, as the first that knows it tells."""
        return next((gpu.driver for gpu in self.gpus or () if not gpu.driver.startswith("[")), None)


def parse(text: str) -> HostFacts:
    """The facts in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(HostFacts, text)


def clock_offset(facts: HostFacts, seconds: float, ended_at: float) -> tuple[float, float]:
    """The node's clock less this machine's, and how far that may be wrong, both in seconds.

    The program read the node's clock before its exit status came back (`ended_at`), and `run_seconds` after it was
    made, which was after the request left (`ended_at - seconds`): the offset lies between these two, and what the
    program took adds nothing.
    """
    highest = facts.clock - (ended_at - seconds + facts.run_seconds)
    lowest = facts.clock - ended_at
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
        found += collective.of_declared(ask, [_versions(answers)])
    return found


def _clock(ask: Ask, node: Node, facts: HostFacts, offset: tuple[float, float]) -> Finding:
    value, uncertainty = offset
    threshold = thresholds.clock_offset(ask.smoke)
    figure, verdict, reason, action = _clock_judged(value, uncertainty, threshold)
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


def _clock_judged(value: float, uncertainty: float, threshold: Threshold) -> tuple[Figure, Verdict, str, str]:
    """What is judged, the verdict, the reason and the action: PASS and FAIL hold anywhere in the offset's range."""
    most = Figure("clock offset, at most", abs(value) + uncertainty, "s")
    least = Figure("clock offset, at least", max(0.0, abs(value) - uncertainty), "s")
    known = f"give or take {uncertainty:.3g} s"
    if threshold.holds(most.value):
        return most, Verdict.PASS, f"the clock is within {threshold.value:g} s of this machine's", ""
    if not threshold.holds(least.value):
        way = "ahead of" if value > 0 else "behind"
        reason = f"the clock is {abs(value):.3g} s {way} this machine's, {known}"
        return (
            least,
            Verdict.FAIL,
            reason,
            ("See that chrony runs on the node and reaches its source (`chronyc tracking`); and on this machine too."),
        )
    reason = f"the clock is {abs(value):.3g} s off, {known}: over SSH from here {threshold.value:g} s cannot be told"
    return (
        most,
        Verdict.INCONCLUSIVE,
        reason,
        (
            "Run the smoke gate again from nearer to the nodes, or see `chronyc tracking` on the node; a"
            " smoke.clockOffsetSeconds below what SSH takes cannot be checked this way."
        ),
    )


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
    evidence = {"nvidia-smi": facts.gpus_wrong} if facts.gpus_wrong else {}
    if facts.gpus is None:
        reason = f"the GPUs are not counted, for nvidia-smi gave no answer: {facts.gpus_wrong}"
        return Finding(NAME, (node.name,), Verdict.ERROR, reason, action=_SEE_DRIVER, evidence=evidence)
    figure = Figure("GPUs", sum(not gpu.wrong for gpu in facts.gpus), "")
    verdict = judge(figure, threshold)
    wanted = "an unknown number of" if threshold is None else f"{threshold.value:g}"
    reason = f"the node shows {figure.value:g} of {wanted} GPUs"
    if facts.gpus_wrong:
        reason += f"; {facts.gpus_wrong.splitlines()[0]}"
    evidence["gpus"] = "\n".join(map(_gpu, facts.gpus))
    action = "" if verdict is Verdict.PASS else _SEE_GPUS
    return Finding(NAME, (node.name,), verdict, reason, figure, threshold, action, evidence=evidence)


def _gpu(gpu: Gpu) -> str:
    memory = "memory unknown" if gpu.memory_mib is None else f"{gpu.memory_mib} MiB"
    return " ".join(filter(None, (gpu.name, gpu.uuid, memory, gpu.wrong)))


def _versions(answers: Mapping[str, HostFacts]) -> Finding:
    """Whether all nodes run the same kernel, torch, Python and driver; only a majority says which are odd."""
    if len(answers) == 1:
        return Finding(NAME, tuple(answers), Verdict.SKIPPED, "one node's versions have nothing to be compared with")
    kinds = {kind: _told(kind, answers) for kind in VERSIONS}
    figure = Figure("different versions", max(len(set(values.values())) for values in kinds.values()), "")
    threshold = thresholds.ONE_OF_EACH_VERSION
    verdict = judge(figure, threshold)
    evidence = {kind: _listed(values) for kind, values in kinds.items() if values}
    if verdict is Verdict.PASS:
        reason = "all nodes run the same versions"
        return Finding(NAME, tuple(answers), verdict, reason, figure, threshold, evidence=evidence)
    odd = {kind: _odd(values) for kind, values in kinds.items() if len(set(values.values())) > 1}
    nodes = tuple(node for node in answers if any(node in unlike for unlike in odd.values()))
    tied = ", ".join(kind for kind, unlike in odd.items() if unlike == tuple(kinds[kind]))
    reason = f"these nodes differ from most in {', '.join(odd)}"
    if tied:
        reason = f"the nodes differ in {', '.join(odd)}, and no version of {tied} has a majority"
    action = "Replace them from the fleet's image, or update them; the evidence says which node runs what."
    return Finding(NAME, nodes, verdict, reason, figure, threshold, action, evidence=evidence)


def _told(kind: str, answers: Mapping[str, HostFacts]) -> dict[str, str | None]:
    """The version on each node; a driver that no GPU tells is not another version."""
    found = {node: getattr(facts, kind) for node, facts in answers.items()}
    return {node: value for node, value in found.items() if value is not None or kind != "driver"}


def _odd(values: Mapping[str, str | None]) -> tuple[str, ...]:
    """The nodes unlike the majority; all of them where there is none."""
    [(usual, count)] = Counter(values.values()).most_common(1)
    known = count > len(values) / 2
    return tuple(node for node, value in values.items() if not known or value != usual)


def _listed(values: Mapping[str, str | None]) -> str:
    """Each version with the nodes that run it, the most frequent first."""
    return "\n".join(
        f"{version or 'none'}: {', '.join(node for node, value in values.items() if value == version)}"
        for version, _ in Counter(values.values()).most_common()
    )


CHECK = Check(
    name=NAME,
    title="The machines are those that were ordered, and alike",
    scope=Scope.NODE,
    payload="host_facts.py",
    command_seconds=180,
    arguments=_arguments,
    judge=_judge,
)
