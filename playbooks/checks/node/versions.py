"""Whether all nodes of a fleet run one set of versions; only a majority says which of them are odd."""

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence

from playbooks import thresholds
from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask
from playbooks.checks.fabric import collective
from playbooks.checks.node.check import Examined, NodeCheck, Output, Words
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node

NAME = "versions"
_SEE = "Run the command on the node; where it ends well, the node or its connection corrupts what it sends."
_ACTION = "Replace them from the fleet's image, or update them; the evidence says which node runs what."

NO_FILE = "No such file or directory"
COMMANDS: Mapping[str, Words] = {
    "nvidia-smi": ("nvidia-smi", "--version"),
    "fi_info": ("fi_info", "--version"),
    "EFA packages": ("cat", "/opt/amazon/efa_installed_packages"),
    "EFA module": ("cat", "/sys/module/efa/version"),
}
# The first of each command's must be there where the command ended well; the others may be none. Each stands in a line
# that has come whole.
PATTERNS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "nvidia-smi": {
        "NVIDIA driver": re.compile(
            r"^(?:DRIVER|KMD) version +: (?!Deprecated)(.*)\n", re.MULTILINE
        ),  # KMD: from 610 on
        "CUDA of the driver": re.compile(r"^CUDA (?:UMD v|V)ersion +: (.*)\n", re.MULTILINE),
    },
    "fi_info": {"libfabric": re.compile(r"^libfabric: (.*)\n", re.MULTILINE)},
    "EFA packages": {
        "EFA installer": re.compile(r"^# EFA installer version: (.*)\n", re.MULTILINE),
        "aws-ofi-nccl": re.compile(r"\blibnccl-ofi\S*?[-_](\d\S*)"),  # a package of the installer's since 1.39
    },
    "EFA module": {"EFA driver": re.compile(r"\A(.*)\n\Z")},
}
VERSION = re.compile(r"\d[\w.+~-]*")


def told(examined: Examined) -> dict[str, str | None]:
    """Each kind of version on one node; None where it has no such thing. What nobody can tell is left out.

    Raises:
        UnreadableAnswerError: a command ended well and told no version.
    """
    facts, outputs = examined.facts, examined.outputs
    found: dict[str, str | None] = {
        "kernel": facts.kernel,
        "python": facts.python,
        "torch": facts.torch,
        "CUDA": facts.cuda,
        "NCCL": facts.nccl,
    }
    for command, patterns in PATTERNS.items():
        found |= _in(command, outputs[command], patterns)
    return found


def _in(command: str, output: Output, patterns: Mapping[str, re.Pattern[str]]) -> dict[str, str | None]:
    """The versions in what a command printed.

    A program or a file that is not there has none. One that did not end well, such as nvidia-smi where every GPU is
    lost, has one that is not known, which is no other version.
    """
    if not output.installed or (output.status and NO_FILE in output.stderr):
        return dict.fromkeys(patterns)
    if output.status != 0:
        return {}
    matches = {kind: pattern.search(output.stdout) for kind, pattern in patterns.items()}
    found = {kind: match[1] if match else None for kind, match in matches.items()}
    needed = next(iter(found))
    unread = [kind for kind, version in found.items() if version and not VERSION.fullmatch(version)]
    if found[needed] is None or unread:
        tells = f"{shlex.join(COMMANDS[command])} tells no {(*unread, needed)[0]}"
        raise UnreadableAnswerError(f"{tells}: {output.stdout[:200]!r}")
    return found


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return COMMANDS


def _judge(ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    by_node: dict[str, dict[str, str | None]] = {}
    found = []
    for each in examined:
        try:
            by_node[each.node.name] = told(each)
        except UnreadableAnswerError as error:
            found.append(Finding(NAME, (each.node.name,), Verdict.ERROR, str(error), action=_SEE))
    return found + collective.of_declared(ask, [_finding(by_node)] if by_node else [])


def _finding(by_node: Mapping[str, Mapping[str, str | None]]) -> Finding:
    nodes = tuple(by_node)
    if len(nodes) == 1:
        return Finding(NAME, nodes, Verdict.SKIPPED, "one node's versions have nothing to be compared with")
    names = dict.fromkeys(kind for found in by_node.values() for kind in found)
    kinds = {kind: {node: found[kind] for node, found in by_node.items() if kind in found} for kind in names}
    figure = Figure("different versions", max(len(set(values.values())) for values in kinds.values()), "")
    threshold = thresholds.ONE_OF_EACH_VERSION
    verdict = judge(figure, threshold)
    evidence = {kind: _listed(values, nodes) for kind, values in kinds.items()}
    if verdict is Verdict.PASS:
        reason = "all nodes run the same versions"
        return Finding(NAME, nodes, verdict, reason, figure, threshold, evidence=evidence)
    odd = {kind: _odd(values) for kind, values in kinds.items() if len(set(values.values())) > 1}
    named = tuple(node for node in nodes if any(node in unlike for unlike in odd.values()))
    return Finding(NAME, named, verdict, _why(odd, kinds), figure, threshold, _ACTION, evidence=evidence)


def _why(odd: Mapping[str, tuple[str, ...]], kinds: Mapping[str, Mapping[str, str | None]]) -> str:
    tied = ", ".join(kind for kind, unlike in odd.items() if unlike == tuple(kinds[kind]))
    if tied:
        return f"the nodes differ in {', '.join(odd)}, and no version of {tied} has a majority"
    return f"these nodes differ from most in {', '.join(odd)}"


def _odd(values: Mapping[str, str | None]) -> tuple[str, ...]:
    """The nodes unlike the majority; all of them where there is none."""
    [(usual, count)] = Counter(values.values()).most_common(1)
    known = count > len(values) / 2
    return tuple(node for node, value in values.items() if not known or value != usual)


def _listed(values: Mapping[str, str | None], nodes: Sequence[str]) -> str:
    """Each version with the nodes that run it, the most frequent first; at the end those that do not tell it."""
    lines = [
        f"{version or 'none'}: {', '.join(node for node, value in values.items() if value == version)}"
        for version, _ in Counter(values.values()).most_common()
    ]
    silent = ", ".join(node for node in nodes if node not in values)
    return "\n".join([*lines, f"not told: {silent}"] if silent else lines)


CHECK = NodeCheck(NAME, "The fleet runs one set of versions", _judge, _commands)
