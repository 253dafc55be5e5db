"""Whether a node lets programs lock the memory that the fabric reads and writes, and has huge pages set aside."""

import re
from collections.abc import Mapping, Sequence

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.check import Ask
from playbooks.checks.node.check import Examined, NodeCheck, Words, one_each, printed
from playbooks.checks.node.efa import no_efa
from playbooks.findings import Figure, Finding, Verdict, judge
from playbooks.nodes import Node
from playbooks.thresholds import host

NAME = "limits"
UNLIMITED = "unlimited"
PAGES = re.compile(r"^HugePages_Total: +(\d+)$", re.MULTILINE)
PAGE_KIB = re.compile(r"^Hugepagesize: +(\d+) kB$", re.MULTILINE)
LOCKED = re.compile(r"^Max locked memory +(\d+|unlimited) +(\d+|unlimited) +bytes *$", re.MULTILINE)
_LIFT = (
    "Lift the limit for every user: `* soft memlock unlimited` and `* hard memlock unlimited` in a file of"
    " /etc/security/limits.d, as the fleet's user data does, and log in again."
)
_SET_ASIDE = (
    "See `sysctl vm.nr_hugepages` and `dmesg`: the pages are set aside at boot, and memory that is used is in the way"
    " later; reboot the node."
)


def huge_pages_mib(meminfo: str) -> int:
    """Memory set aside in huge pages of the default size, by /proc/meminfo.

    Raises:
        UnreadableAnswerError: it does not tell it.
    """
    pages, size = PAGES.search(meminfo), PAGE_KIB.search(meminfo)
    if not pages or not size:
        raise UnreadableAnswerError("/proc/meminfo tells no HugePages_Total or no Hugepagesize")
    return int(pages[1]) * int(size[1]) // 1024


def locked_memory_bytes(limits: str) -> int | None:
    """What a process may lock, by /proc/self/limits (the soft limit, which holds); None without a limit.

    Raises:
        UnreadableAnswerError: it does not tell it.
    """
    found = LOCKED.search(limits)
    if not found:
        shown = next((line for line in limits.splitlines() if "locked" in line), "no line of locked memory")
        raise UnreadableAnswerError(f"/proc/self/limits does not tell how much memory may be locked: {shown[:200]!r}")
    return None if found[1] == UNLIMITED else int(found[1])


def _commands(_ask: Ask, _node: Node) -> Mapping[str, Words]:
    return {"meminfo": ("cat", "/proc/meminfo"), "limits": ("cat", "/proc/self/limits")}


def _judge(_ask: Ask, examined: Sequence[Examined]) -> list[Finding]:
    locked = one_each(NAME, examined, _locked, "Run `cat /proc/self/limits` on the node.")
    return locked + one_each(NAME, examined, _huge_pages, "Run `cat /proc/meminfo` on the node.")


def _locked(examined: Examined) -> Finding:
    limit, memory = locked_memory_bytes(printed(examined.outputs["limits"])), examined.facts.memory_mib
    threshold = host.locked_memory(memory)
    figure = Figure("memory that may be locked", memory if limit is None else limit // 2**20, "MiB")
    verdict = judge(figure, threshold)
    reason = "programs may lock all memory"
    if verdict is Verdict.FAIL:
        reason = f"programs may lock {figure.value:g} MiB: NCCL and libfabric fail, or fall back, beyond it"
    action = _LIFT if verdict is Verdict.FAIL else ""
    evidence = {"memlock": UNLIMITED if limit is None else f"{limit} bytes"}
    return Finding(NAME, (examined.node.name,), verdict, reason, figure, threshold, action, evidence=evidence)


def _huge_pages(examined: Examined) -> Finding:
    threshold = host.huge_pages(examined.node.instance_type, examined.facts.cpus)
    figure = Figure("huge pages", huge_pages_mib(printed(examined.outputs["meminfo"])), "MiB")
    verdict = judge(figure, threshold)
    reason = f"{figure.value:g} MiB are set aside in huge pages for the fabric's buffers"
    action = _SET_ASIDE if verdict is Verdict.FAIL else ""
    return Finding(NAME, (examined.node.name,), verdict, reason, figure, threshold, action)


CHECK = NodeCheck(NAME, "The fabric gets the memory that it takes", _judge, _commands, no_efa)
