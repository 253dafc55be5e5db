"""Whether a node finds its own address by its own name, and the region's S3 by its name.

torch's Gloo takes the address that the node's own name leads to where it is not told an interface, and MPI and Slurm
start by names. The gate itself meets on addresses, and asks no node for another's name.
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask
from playbooks.checks.node.check import Examined, NodeCheck, Output, Words, one_each
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import host

NAME = "names"
OWN: Words = ("sh", "-c", 'getent ahosts "$(uname -n)"')
UNKNOWN = 2  # getent(1): one or more of the names were not found
_ACTION = (
    "See `getent ahosts $(uname -n)`, /etc/hosts and `resolvectl status` on the node, and that the VPC has DNS support"
    " and DNS hostnames."
)


def parse(text: str) -> list[str]:
    """The addresses that `getent ahosts` tells, each once.

    Raises:
        UnreadableAnswerError: a line does not begin with an address.
    """
    return list(dict.fromkeys(_address(line) for line in text.splitlines() if line.strip()))


def _address(line: str) -> str:
    first = line.split(maxsplit=1)[0]
    try:
        return str(ip_address(first))
    except ValueError:
        raise UnreadableAnswerError(f"getent has printed a line that begins with no address: {line[:200]!r}") from None


def endpoint(region: str) -> str:
    """S3's name in a region; China's has another ending."""
    return f"s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _commands(ask: Ask, _node: Node) -> Mapping[str, Words]:
    return {"own name": OWN, endpoint(ask.region): ("getent", "ahosts", endpoint(ask.region))}


def _skip(ask: Ask, _node: Node) -> str:
    return "the sandbox's nodes share one machine and its name" if ask.stand_in else ""


def _judge(ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    return one_each(NAME, examined, lambda each: _finding(ask, each), "Run `getent ahosts $(uname -n)` on the node.")


def _finding(ask: Ask, examined: Examined) -> Finding:
    node = examined.node
    own, s3 = (addresses(examined.outputs[name]) for name in ("own name", endpoint(ask.region)))
    lost = [] if node.address in own else [f"its own name, {examined.facts.hostname}, leads to {_listed(own)}"]
    lost += [] if s3 else [f"{endpoint(ask.region)} leads nowhere"]
    threshold, figure = host.NO_NAMES_LOST, Figure("names that lead astray", len(lost), "")
    verdict = judge(figure, threshold)
    reason = f"{'; '.join(lost)}; the node's address is {node.address}" if lost else "its own name and S3's lead right"
    action = "" if verdict is Verdict.PASS else _ACTION
    evidence = {"own name": _listed(own), endpoint(ask.region): _listed(s3)}
    return Finding(NAME, (node.name,), verdict, reason, figure, threshold, action, evidence=evidence)


def addresses(output: Output) -> list[str]:
    """Where a name leads; nowhere if getent says so.

    Raises:
        UnreadableAnswerError: it said something else.
    """
    if output.status not in (0, UNKNOWN) or (output.status == 0 and output.wrong):
        raise UnreadableAnswerError(output.wrong or "getent did not end")
    return parse(output.stdout)


def _listed(found: Sequence[str]) -> str:
    return ", ".join(found) or "nowhere"


CHECK = NodeCheck(NAME, "Names lead to the right addresses", _judge, _commands, _skip)
