from pathlib import Path

import pytest

from playbooks.checks.node import limits
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.machines import FACTS, HANGS, judged, output

LIMITS = Path("/proc/self/limits").read_text(encoding="ascii")  # of this machine: the kernel's own words
MEMINFO = Path("/proc/meminfo").read_text(encoding="ascii")
LINE = "Max locked memory         {:<20} {:<20} bytes     "


def limit(soft: str, hard: str = "unlimited") -> str:
    """What the kernel tells, with another limit."""
    return "\n".join(LINE.format(soft, hard) if "locked" in line else line for line in LIMITS.splitlines())


def meminfo(pages: int, page_kib: int = 2048) -> str:
    """The same of the huge pages."""
    rows = {"HugePages_Total:": f"HugePages_Total:    {pages}", "Hugepagesize:": f"Hugepagesize:       {page_kib} kB"}
    return "\n".join(rows.get(line.split()[0], line) for line in MEMINFO.splitlines())


def found(told_limits: str, told_memory: str) -> list[Finding]:
    """What is found of one node: first the limit, then the pages."""
    outputs = {"limits": output(told_limits), "meminfo": output(told_memory)}
    return judged(limits.CHECK, ask(count=1, instance_type="p5.48xlarge"), outputs)


def test_a_node_as_the_fleets_user_data_makes_it_passes() -> None:
    """No limit, and 5,128 pages of 2 MiB."""
    locked, pages = found(limit("unlimited"), meminfo(5128))

    assert (locked.verdict, locked.reason) == (Verdict.PASS, "programs may lock all memory")
    assert (pages.verdict, pages.reason) == (
        Verdict.PASS,
        "10256 MiB are set aside in huge pages for the fabric's buffers",
    )


def test_a_limit_below_the_memory_fails_and_one_above_is_none() -> None:
    """8 MiB is what systemd leaves where nothing is set; the soft limit is the one that holds."""
    [small, _], [large, _] = (
        found(limit(str(size)), meminfo(5128)) for size in (8 << 20, (FACTS.memory_mib + 1) << 20)
    )

    assert (small.verdict, large.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert small.figure is not None
    assert (small.figure.value, small.evidence["memlock"]) == (8, "8388608 bytes")
    assert "memlock unlimited" in small.action


@pytest.mark.parametrize(
    ("pages", "page_kib", "verdict"),
    [(5127, 2048, "FAIL"), (0, 2048, "FAIL"), (5128, 2048, "PASS"), (21, 524288, "PASS")],
)
def test_huge_pages_count_by_their_memory(pages: int, page_kib: int, verdict: str) -> None:
    """A kernel with pages of 64 KiB has huge ones of 512 MiB."""
    assert found(limit("unlimited"), meminfo(pages, page_kib))[1].verdict.value == verdict


@pytest.mark.parametrize(("pages", "verdict"), [(881, "PASS"), (880, "FAIL")])
def test_a_smaller_node_needs_fewer_pages(pages: int, verdict: str) -> None:
    """As EKS's image sets them aside on a p5.4xlarge: 16 vCPUs."""
    outputs = {"limits": output(limit("unlimited")), "meminfo": output(meminfo(pages))}

    assert judged(limits.CHECK, ask(count=1, instance_type="p5.4xlarge"), outputs)[1].verdict.value == verdict


def test_this_machine_can_be_read() -> None:
    """Both files, as the kernel of whoever runs this writes them."""
    found_limit = limits.locked_memory_bytes(LIMITS)

    assert found_limit is None or found_limit >= 0
    assert limits.huge_pages_mib(MEMINFO) >= 0


def test_what_cannot_be_read_is_an_error_each_by_itself() -> None:
    """The other figure stands."""
    outputs = {"limits": HANGS, "meminfo": output(meminfo(5128))}
    locked, pages = judged(limits.CHECK, ask(count=1, instance_type="p5.48xlarge"), outputs)

    assert (locked.verdict, locked.reason, pages.verdict) == (Verdict.ERROR, HANGS.wrong, Verdict.PASS)


@pytest.mark.parametrize(
    "row",
    [
        "Max locked memory         \x1b[32munlimited\x1b[0m            unlimited            bytes     ",
        "Max locked memory         8.388.608            unlimited            bytes     ",
        "Max locked memory         NaN                  unlimited            bytes     ",
        "Max locked memory",
        "",
    ],
)
def test_a_limit_in_other_words_is_an_error_with_its_line(row: str) -> None:
    """Coloured, with points between the digits, not a number, or cut."""
    text = "\n".join(row if "locked" in line else line for line in LIMITS.splitlines())
    locked, _ = found(text, meminfo(5128))

    assert locked.verdict is Verdict.ERROR
    assert (repr(row) if row else "no line of locked memory") in locked.reason


def test_without_efa_it_does_not_apply() -> None:
    """Nothing else needs it."""
    question = ask(instance_type="c6in.large")

    assert limits.CHECK.skip(question, question.nodes[0]) == "c6in.large has no EFA"
