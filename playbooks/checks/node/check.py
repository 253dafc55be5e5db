"""What a check of a node is: commands for the node, and a judgement of what they printed on all nodes of a fleet."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from playbooks.checks import answer
from playbooks.checks.check import Ask
from playbooks.findings import Finding, Verdict
from playbooks.nodes import Node

Words = tuple[str, ...]
UNKNOWN_TYPE = "Refresh the catalogue of instance types: `python -m components.catalogue.refresh_instance_types`."
EVIDENCE_CHARACTERS = 4000  # of one command's output


class Output(answer.Answer):
    """How one command ended on a node, as `payload/commands.py` tells it.

    Attributes:
        installed: whether the node has the program.
        status: its exit status; None where it did not start, or did not end in time.
        stdout: what it printed, up to 128 KiB.
        stderr: the same.
        wrong: what was wrong, in words; empty where it ended well.
    """

    installed: bool
    status: int | None
    stdout: str
    stderr: str
    wrong: str


class HostFacts(answer.Answer):
    """What `payload/host_facts.py` tells of the machine and the Python on it.

    `clock` is the node's, UNIX seconds, read at the end, at least `run_seconds` after the program's process was made.
    `scratch_free_mib` is None where there is no such folder, as where a local disk is missing.
    """

    hostname: str
    boot_id: str
    os: str
    kernel: str
    cpu: str
    cpus: int
    memory_mib: int
    memory_available_mib: int
    scratch_free_mib: int | None
    python: str
    torch: str | None
    cuda: str | None
    nccl: str | None
    run_seconds: float
    clock: float


class Examined(NamedTuple):
    """One node that answered.

    Attributes:
        node: the node.
        facts: what the program told of the machine.
        outputs: how the check's own commands ended, by the names that it gave them.
        clock_offset: the node's clock less this machine's, and how far that may be wrong, both in seconds.
    """

    node: Node
    facts: HostFacts
    outputs: Mapping[str, Output]
    clock_offset: tuple[float, float]


def no_commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    """For a check to which the facts of the machine are enough."""
    return {}


def one_each(
    name: str, examined: Sequence[Examined], found: Callable[[Examined], Finding], action: str
) -> list[Finding]:
    """A finding a node; where an output cannot be read, an ERROR of that node that shows the line."""
    return [_found_or_error(name, each, found, action) for each in examined]


def _found_or_error(name: str, examined: Examined, found: Callable[[Examined], Finding], action: str) -> Finding:
    try:
        return found(examined)
    except answer.UnreadableAnswerError as error:
        shown = {command: output.stdout or output.stderr for command, output in examined.outputs.items()}
        evidence = {command: text[:EVIDENCE_CHARACTERS] for command, text in shown.items() if text}
        return Finding(name, (examined.node.name,), Verdict.ERROR, str(error), action=action, evidence=evidence)


def printed(output: Output) -> str:
    """What a command printed that ended well.

    Raises:
        UnreadableAnswerError: it did not; the message says how it ended.
    """
    if output.wrong or output.status != 0:
        raise answer.UnreadableAnswerError(output.wrong or f"the command exited with {output.status}")
    return output.stdout


class NodeCheck(NamedTuple):
    """One thing that is asked of every node by itself.

    Attributes:
        name: as it stands in reports, such as `clock`.
        title: what it proves, in a few words.
        judge: findings over the nodes that answered, at least one, in the fleet's order.
        commands: what to run on a node, by names of the check's own; a command that several checks ask for runs once.
        skip: why the check does not apply to a node; empty where it does. Such a node is not handed to `judge`.
    """

    name: str
    title: str
    judge: Callable[[Ask, Sequence[Examined]], list[Finding]]
    commands: Callable[[Ask, Node], Mapping[str, Words]] = no_commands
    skip: Callable[[Ask, Node], str] = lambda _ask, _node: ""
