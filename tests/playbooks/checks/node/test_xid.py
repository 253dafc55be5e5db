import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.node import xid
from playbooks.checks.node.check import Output, Words
from playbooks.checks.node.xid_catalogue import CATALOGUE, RESET_SWITCHES, Fault, look_up
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.node.gpu_answers import DATA, LOG, finding, judged, printed

LOGS = DATA / "kernel-log"
BOOT = "2026-08-10T15:30:00+00:00 node-7 kernel: Linux version 6.8.0-1021-aws\n"
GPU_9B = "GPU 7 (serial 1650000000007)"


REFUSES = "echo 'no permission' >&2"


def picked(
    tmp_path: Path,
    log: str,
    *,
    dmesg: str = "cat {log}",
    sudo: str = f"{REFUSES}; exit 1",
    words: Words = xid.KERNEL_LOG,
) -> Output:
    """What the node picks of a kernel log, with its own shell and awk, where only `dmesg` may show it."""
    (tmp_path / "log").write_text(log, encoding="utf-8")
    scripts = {"dmesg": dmesg.format(log=tmp_path / "log"), "sudo": sudo, "journalctl": REFUSES}
    for name, script in scripts.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(words, capture_output=True, text=True, check=False, env=path)
    return printed(ended.stdout, status=ended.returncode, stderr=ended.stderr)


def journal(tmp_path: Path, log: str, kept: str | None) -> Output:
    """What the node picks of its journal, which only `sudo -n journalctl -k -b` shows; None where nobody may."""
    (tmp_path / "journal").write_text(kept or "", encoding="utf-8")
    shows = f'test "$1 $2 $3 $4" = "-n journalctl -k -b" && cat {tmp_path / "journal"} && exit 0; {REFUSES}; exit 1'
    return picked(tmp_path, log, words=xid.JOURNAL, **({"sudo": shows} if kept else {}))


def of_lines(*lines: str) -> Finding:
    """The finding on a node whose kernel log has these lines on GPUs."""
    return finding(xid.CHECK, {"kernel log": printed("".join(f"{line}\n" for line in lines) + LOG)})


@pytest.mark.parametrize(
    ("name", "verdict", "said"),
    [
        ("xid-119.dmesg", Verdict.FAIL, "reported Xid 119, a timeout of its GSP firmware, 2 times"),
        (
            "xid-13.dmesg",
            Verdict.PASS,
            ", and of 4 of applications: 0000:38:00 reported Xid 13",
        ),
        ("xid-48-171-63-154.journalctl", Verdict.FAIL, "reported Xid 48, an uncorrectable memory error, 2 times"),
        (
            "sxid-22013.dmesg",
            Verdict.PASS,
            "of 1 of NVSwitches that are not fatal: nvswitch2 (0000:07:00.0) reported SXid 22013, Non-fatal, Link 44",
        ),
        (
            "sxid-24007.dmesg",
            Verdict.FAIL,
            "nvswitch1 (0000:06:00.0) reported SXid 24007, Fatal, Link 30 sourcetrack timeout error (First)",
        ),
        ("fallen-off-the-bus.dmesg", Verdict.FAIL, "a GPU reported Xid 79, a GPU that has fallen off the bus"),
    ],
)
def test_logs_as_nodes_have_them(tmp_path: Path, name: str, verdict: Verdict, said: str) -> None:
    """Picked by the node's own shell, and judged; of those without the boot the journal has it."""
    log = (LOGS / name).read_text(encoding="utf-8")
    outputs = {"kernel log": picked(tmp_path, log), "journal": journal(tmp_path, log, f"{BOOT}{log}")}
    found = finding(xid.CHECK, outputs)

    assert found.verdict is verdict
    assert said in found.reason


def test_a_log_of_a_thousand_faults_of_one_kind_hides_no_other(tmp_path: Path) -> None:
    """The node prints each kind so often, and all that comes after."""
    spam = "NVRM: Xid (PCI:0000:38:00): 13, pid=1, name=python, Graphics Exception\n" * 5000
    output = picked(
        tmp_path, "[    0.000000] Linux\n" + spam + "NVRM: Xid (PCI:0000:38:00): 79, GPU has fallen off the bus.\n"
    )
    log = xid.parse(output.stdout)
    found = finding(xid.CHECK, {"kernel log": output})

    assert (log.lines, log.more, len(output.stdout) < 10_000) == (5002, 5000 - xid.PICKED, True)
    assert found.verdict is Verdict.FAIL


def test_a_kernel_log_that_the_user_may_not_read_is_an_error(tmp_path: Path) -> None:
    """`journalctl` of one who may not read it says nothing and ends well."""
    output = picked(tmp_path, "[    0.000000] Linux\n", dmesg="exit 1")
    found = finding(xid.CHECK, {"kernel log": output})

    assert output.status == 0
    assert found.verdict is Verdict.ERROR
    assert found.reason.endswith("; no permission")
    assert "sudo -n dmesg" in found.action


@given(st.integers(0, len(LOG) - 2))
def test_a_log_that_is_cut_is_an_error(at: int) -> None:
    """Anywhere; what has not been read may hold anything."""
    assert finding(xid.CHECK, {"kernel log": printed(LOG[:at])}).verdict is Verdict.ERROR


def test_a_log_without_a_line_is_an_error() -> None:
    """A kernel has always something to say."""
    assert finding(xid.CHECK, {"kernel log": printed(LOG.replace("2311", "0"))}).verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("line", "verdict", "said"),
    [
        ("NVRM: Xid (PCI:0000:9b:00): 31, pid=1942, name=llama-bench, MMU Fault", Verdict.PASS, "Xid 31, a GPU memory"),
        ("NVRM: Xid (PCI:0000:9b:00): 43, Ch 00000020, engmask 00000101", Verdict.PASS, "Xid 43"),
        ("NVRM: Xid (PCI:0000:9b:00): 45, pid=1, name=x, Ch 00000008", Verdict.PASS, "Xid 45"),
        ("[ 130.4] [ T1946] NVRM: Xid (PCI:0000:9b:00): 63, pid=1896, Row Remapper", Verdict.FAIL, "Xid 63"),
        ("NVRM: Xid (PCI:0000:9b:00): 64, Row Remapper: failed", Verdict.FAIL, "could not be replaced"),
        ("kernel: NVRM: Xid (PCI:0000:9b:00): 74, NVLink: fatal error detected on link 1", Verdict.FAIL, "NVLink"),
        ("NVRM: Xid (PCI:0000:9b:00): 92, High single-bit ECC error rate", Verdict.FAIL, "corrected memory errors"),
        ("NVRM: Xid (PCI:0000:9b:00): 94, pid=1234, name=python3, Contained ECC error", Verdict.FAIL, "contained"),
        ("NVRM: Xid (PCI:0000:9b:00): 95, pid=7062, Uncontained: LTC TAG", Verdict.FAIL, "uncontained"),
        ("NVRM: Xid (PCI:0000:9b:00): 120, GSP task exception", Verdict.FAIL, "Xid 120"),
        ("NVRM: Xid (PCI:0000:9b:00): 140, unrecovered ECC error", Verdict.FAIL, "Xid 140"),
        ("NVRM: Xid (PCI:0000:9b:00): 145, RLW_REMAP Nonfatal XC0 i0 Link 02", Verdict.INCONCLUSIVE, "not fatal"),
        ("NVRM: Xid (PCI:0000:9b:00): 149, NETIR_LINK_EVT Fatal XC0 i0 Link 08", Verdict.FAIL, "Xid 149"),
        ("NVRM: Xid (PCI:0000:9b:00): 32, pid=1, PBDMA", Verdict.INCONCLUSIVE, "poor PCIe"),
        ("NVRM: Xid (PCI:0000:9b:00 GPU-I:05): 94, pid=7194, Contained: CE User", Verdict.FAIL, "contained"),
        ("NVRM: Xid (PCI:0000:9b:00 GPU-I:01 GPU-CI:02): 13, pid=9, Graphics", Verdict.PASS, "Xid 13"),
        ("NVRM: Xid (PCI:0000:9b:00): 999, something new", Verdict.INCONCLUSIVE, "this table does not know"),
    ],
)
def test_whose_fault_an_xid_is(line: str, verdict: Verdict, said: str) -> None:
    """An application's fails no node; the GPU is named by its serial number."""
    found = of_lines(line)

    assert found.verdict is verdict
    assert said in found.reason
    assert GPU_9B in found.reason
    assert (line in found.evidence.get("kernel log", "")) == (verdict is not Verdict.PASS)


def test_what_to_do_is_the_xids_own() -> None:
    """Once for each that differs."""
    lost, gsp = "NVRM: Xid (PCI:0000:9b:00): 79, GPU has", "NVRM: Xid (PCI:0000:9b:00): 119, pid=1, Timeout"

    assert of_lines(lost, lost, gsp).action == f"{look_up(79).action} {look_up(119).action}"


def test_what_a_gpu_needs_is_its_last_word() -> None:
    """A GPU that was reset after an error needs nothing; another one still does."""
    asks = "NVRM: Xid (PCI:0000:9b:00): 154, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)"
    done = "NVRM: Xid (PCI:0000:9b:00): 154, GPU recovery action changed from 0x1 (GPU Reset Required) to 0x0 (None)"
    other = asks.replace("9b", "6b")

    assert of_lines(asks).reason == f"{GPU_9B} reported Xid 154, that it needs: GPU Reset Required"
    assert of_lines(asks, done).verdict is Verdict.PASS
    assert of_lines(other, asks, done).verdict is Verdict.FAIL


def test_a_thousand_errors_of_a_switch_that_are_not_fatal_hide_no_fatal_one(tmp_path: Path) -> None:
    """Of the same number and the same switch; how many were left out is said."""
    line = "nvidia-nvswitch2: SXid (PCI:0000:07:00.0): 22013, Non-fatal, Link 44 Minion Link DLREQ interrupt\n"
    fatal = line.replace("Non-fatal", "Fatal")
    quiet = finding(xid.CHECK, {"kernel log": picked(tmp_path, "Linux version 6\n" + line * 1000)})
    found = finding(xid.CHECK, {"kernel log": picked(tmp_path, "Linux version 6\n" + line * 1000 + fatal)})

    assert quiet.verdict is Verdict.PASS
    assert quiet.reason.endswith(f"20 times or more; {1000 - xid.PICKED} more like these were left out")
    assert (found.verdict, found.action) == (Verdict.FAIL, RESET_SWITCHES)


@pytest.mark.parametrize(
    "line",
    [
        "nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): garbled, Fatal",
        "NVRM: Xid error: xyz, invalid data",
        "NVRM: Xid (PCI:0000:9b:00): \x1b[31m79\x1b[0m, GPU",
    ],
)
def test_a_line_that_cannot_be_read_is_an_error(line: str) -> None:
    """And is shown; a fault beside it decides all the same."""
    found = of_lines(line)

    assert (found.verdict, found.reason) == (Verdict.ERROR, f"the line {line!r} cannot be read")
    assert of_lines(line, "NVRM: Xid (PCI:0000:9b:00): 79, GPU has fallen off the bus.").verdict is Verdict.FAIL


def test_only_the_node_whose_log_tells_of_it_is_named() -> None:
    """Each by itself."""
    sick = printed("NVRM: Xid (PCI:0000:9b:00): 79, GPU has fallen off the bus.\n" + LOG)
    _, found = judged(xid.CHECK, {}, {"kernel log": sick}, {})

    assert [(each.verdict.value, each.nodes) for each in found] == [
        ("PASS", ("gpu-0",)),
        ("FAIL", ("gpu-1",)),
        ("PASS", ("gpu-2",)),
    ]


def test_a_gpu_that_nvidia_smi_has_lost_is_named_by_its_device() -> None:
    """The kernel's own name for it."""
    line = "NVRM: Xid (PCI:0000:ff:00): 79, GPU has fallen off the bus."

    assert of_lines(line).reason == "0000:ff:00 reported Xid 79, a GPU that has fallen off the bus"


def test_the_table_says_what_to_do_of_every_xid() -> None:
    """Those that the issue names are on their sides."""
    sides = {code: each.fault for code, each in CATALOGUE.items()}

    assert {sides[code] for code in (13, 31, 43, 45)} == {Fault.APPLICATION}
    assert {sides[code] for code in (48, 63, 64, 74, 79, 92, 94, 95, 119, 120, 140)} == {Fault.HARDWARE}
    assert all(each.meaning and each.action for each in CATALOGUE.values())


WRAPPED = "[19908.547182] audit: backlog limit exceeded\n"
LOST = "the kernel log has lost what came before '[19908.547182] audit: backlog limit exceeded'"


def test_a_log_that_has_lost_its_beginning_is_read_from_the_journal(tmp_path: Path) -> None:
    """A ring buffer holds only the last lines: what stands in the journal alone decides too."""
    fault = "2026-08-10T15:36:05+00:00 node-7 kernel: NVRM: Xid (PCI:0000:9b:00): 79, GPU has fallen off the bus.\n"
    ring = {"kernel log": picked(tmp_path, WRAPPED)}
    quiet = finding(xid.CHECK, {**ring, "journal": journal(tmp_path, WRAPPED, BOOT + WRAPPED)})
    sick = finding(xid.CHECK, {**ring, "journal": journal(tmp_path, WRAPPED, BOOT + fault + WRAPPED)})

    assert quiet.verdict is Verdict.PASS
    assert (sick.verdict, sick.reason) == (
        Verdict.FAIL,
        f"{GPU_9B} reported Xid 79, a GPU that has fallen off the bus",
    )
    assert fault.strip() in sick.evidence["journal"]


def test_what_both_logs_tell_counts_once_and_what_one_tells_counts(tmp_path: Path) -> None:
    """The journal may lack what the ring buffer has."""
    both, alone = "NVRM: Xid (PCI:0000:9b:00): 79, GPU\n", "NVRM: Xid (PCI:0000:9b:00): 119, pid=1, Timeout\n"
    log = WRAPPED + both + alone
    outputs = {"kernel log": picked(tmp_path, log), "journal": journal(tmp_path, log, BOOT + both)}
    reason = finding(xid.CHECK, outputs).reason

    assert reason.count("Xid 79") == reason.count("Xid 119") == 1
    assert "times" not in reason


def test_a_beginning_that_nobody_can_read_is_no_pass(tmp_path: Path) -> None:
    """The journal is refused, or begins no earlier; a fault in what is left fails the node all the same."""
    ring = {"kernel log": picked(tmp_path, WRAPPED)}
    refused = finding(xid.CHECK, {**ring, "journal": journal(tmp_path, WRAPPED, None)})
    short = finding(xid.CHECK, {**ring, "journal": journal(tmp_path, WRAPPED, WRAPPED)})
    fault = picked(tmp_path, WRAPPED + "NVRM: Xid (PCI:0000:9b:00): 79, GPU has fallen off the bus.\n")

    assert (refused.verdict, short.verdict) == (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE)
    assert refused.reason == f"{LOST}, and the journal cannot be read: no permission"
    assert short.reason.startswith(f"{LOST}, and so has the journal")
    assert "journalctl -k" in refused.action
    assert finding(xid.CHECK, {"kernel log": fault}).verdict is Verdict.FAIL


@pytest.mark.parametrize("words", xid.BOOT)
def test_a_log_that_begins_with_the_boot_needs_no_journal(tmp_path: Path, words: str) -> None:
    """It is not read there."""
    log = f"[    0.000000] {words} on physical CPU 0x0000000000 [0x410fd4f0]\n"
    outputs = {"kernel log": picked(tmp_path, log), "journal": journal(tmp_path, log, "never read\n")}

    assert outputs["journal"].stdout == ""
    assert finding(xid.CHECK, outputs).verdict is Verdict.PASS
