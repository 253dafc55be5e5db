from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.node import versions
from playbooks.checks.node.check import Output
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, names
from tests.playbooks.checks.node.machines import DATA, HANGS, NOT_INSTALLED, examined, output

EFA = DATA / "efa"
SMI = (EFA / "nvidia-smi-version-580.95.05.txt").read_text(encoding="utf-8")
FI_INFO = (EFA / "fi_info-version-1.22.txt").read_text(encoding="utf-8")
PACKAGES = (EFA / "efa_installed_packages-1.22.0.txt").read_text(encoding="utf-8")
GOOD = {
    "nvidia-smi": output(SMI),
    "fi_info": output(FI_INFO),
    "EFA packages": output(PACKAGES),
    "EFA module": output("2.13.0g\n"),
}
NO_FILE = output(stderr="cat: /opt/amazon/efa_installed_packages: No such file or directory\n", status=1)


def judged(
    outputs: Mapping[int, Mapping[str, Output]] | None = None, facts: Mapping[int, Mapping[str, Any]] | None = None
) -> list[Finding]:
    """The findings on four nodes that run the same, with changes by node."""
    question = ask()
    machines = [
        examined(question, {**GOOD, **(outputs or {}).get(index, {})}, (facts or {}).get(index))[index]
        for index in range(len(question.nodes))
    ]
    return versions.CHECK.judge(question, machines)


def test_versions_are_found_in_what_programs_really_print() -> None:
    """Each under its own name; a plugin that the installer did not bring is none."""
    [machine] = examined(ask(count=1), GOOD)

    assert versions.told(machine) == {
        "kernel": "6.18.44-fc-v669",
        "python": "3.11.7",
        "torch": "2.15.0+cu132",
        "CUDA": "13.2",
        "NCCL": "2.30.7",
        "NVIDIA driver": "580.95.05",
        "CUDA of the driver": "13.0",
        "libfabric": "1.22.0amzn5.0",
        "EFA installer": "1.22.0",
        "aws-ofi-nccl": None,
        "EFA driver": "2.13.0g",
    }


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("libnccl-ofi_1.18.0-1_amd64", "1.18.0-1_amd64"),
        ("libnccl-ofi-1.14.0-1.amzn2023.x86_64", "1.14.0-1.amzn2023.x86_64"),
        ("libnccl-ofi-ngc-v3_1.18.0-1_amd64", "1.18.0-1_amd64"),
    ],
)
def test_the_plugin_is_one_of_the_installers_packages(package: str, version: str) -> None:
    """By the names of Debian's and of Red Hat's packages."""
    [machine] = examined(ask(count=1), {**GOOD, "EFA packages": output(f"{PACKAGES.strip()} {package} rdma-core\n")})

    assert versions.told(machine)["aws-ofi-nccl"] == version


def test_newer_drivers_call_their_version_otherwise() -> None:
    """As the driver 610 does."""
    text = (
        'NVIDIA-SMI version  : 610.88\nDRIVER version      : Deprecated, see "KMD version" instead\n'
        "KMD version         : 610.88\nCUDA UMD version    : 13.3\n"
    )
    [machine] = examined(ask(count=1), {**GOOD, "nvidia-smi": output(text)})
    told = versions.told(machine)

    assert (told["NVIDIA driver"], told["CUDA of the driver"]) == ("610.88", "13.3")


def test_a_fleet_of_one_image_passes() -> None:
    """With every version in the evidence."""
    [found] = judged()

    assert (found.verdict, found.nodes) == (Verdict.PASS, names(ask()))
    assert found.evidence["libfabric"] == "1.22.0amzn5.0: gpu-0, gpu-1, gpu-2, gpu-3"


def test_nodes_with_other_versions_than_most_are_named() -> None:
    """With what differs."""
    [found] = judged(facts={2: {"kernel": "6.1.0"}, 3: {"torch": None}})

    assert (found.verdict, found.nodes) == (Verdict.FAIL, ("gpu-2", "gpu-3"))
    assert found.reason == "these nodes differ from most in kernel, torch"
    assert found.evidence["torch"] == "2.15.0+cu132: gpu-0, gpu-1, gpu-2\nnone: gpu-3"


@pytest.mark.parametrize(
    ("command", "other", "kind"),
    [
        ("nvidia-smi", output(SMI.replace("580.95.05", "570.1")), "NVIDIA driver"),
        ("nvidia-smi", output(SMI.replace("13.0", "12.8")), "CUDA of the driver"),
        ("nvidia-smi", NOT_INSTALLED, "NVIDIA driver, CUDA of the driver"),
        ("fi_info", output(FI_INFO.replace("1.22", "2.1")), "libfabric"),
        ("EFA packages", output(PACKAGES.replace("version: 1.22.0", "version: 1.43.1")), "EFA installer"),
        ("EFA packages", NO_FILE, "EFA installer"),
        ("EFA module", output("2.8.0\n"), "EFA driver"),
    ],
)
def test_what_programs_print_is_compared_too(command: str, other: Output, kind: str) -> None:
    """One node that has another, or none, is named."""
    [found] = judged({1: {command: other}})

    assert (found.verdict, found.nodes) == (Verdict.FAIL, ("gpu-1",))
    assert found.reason == f"these nodes differ from most in {kind}"


def test_a_driver_that_nobody_tells_is_no_other_driver() -> None:
    """The node where nvidia-smi hangs or fails is another check's; the evidence says who did not tell."""
    [found] = judged({1: {"nvidia-smi": HANGS}, 2: {"nvidia-smi": output(stderr="driver not loaded", status=9)}})

    assert found.verdict is Verdict.PASS
    assert found.evidence["NVIDIA driver"] == "580.95.05: gpu-0, gpu-3\nnot told: gpu-1, gpu-2"


def test_on_a_tie_no_node_is_blamed() -> None:
    """All are named, and the evidence says which has which."""
    [found] = judged(facts={0: {"kernel": "6.1.0"}, 1: {"kernel": "6.1.0"}})

    assert (found.verdict, found.nodes) == (Verdict.FAIL, names(ask()))
    assert found.reason == "the nodes differ in kernel, and no version of kernel has a majority"
    assert found.evidence["kernel"].splitlines()[0] == "6.1.0: gpu-0, gpu-1"


def test_one_node_alone_is_compared_with_nobody() -> None:
    """Also where others were asked and did not answer; the reason says how many are declared."""
    question = ask(count=1, declared=3)
    [found] = versions.CHECK.judge(question, examined(question, GOOD))

    assert found.verdict is Verdict.SKIPPED
    assert found.reason == "one node's versions have nothing to be compared with (on 1 of 3 declared nodes)"


@pytest.mark.parametrize("command", [*GOOD])
@pytest.mark.parametrize("text", ["\x1b[32mlibfabric\x1b[0m : 1,22\nDRIVER version : five\n", "", " \n"])
def test_a_command_that_tells_no_version_is_an_error_with_its_line(command: str, text: str) -> None:
    """Coloured, in other words, or empty: of that node alone; the others are compared."""
    errors, others = judged({3: {command: output(text)}})

    assert (errors.verdict, errors.nodes) == (Verdict.ERROR, ("gpu-3",))
    assert repr(text[:200]) in errors.reason
    assert (others.verdict, others.nodes) == (Verdict.PASS, ("gpu-0", "gpu-1", "gpu-2"))


@given(command=st.sampled_from(sorted(GOOD)), text=st.text(max_size=200), at=st.integers(0, 400))
def test_no_garbage_on_one_node_is_the_same_version(command: str, text: str, at: int) -> None:
    """Whatever a node prints, it passes only where what it says is what the others say."""
    whole = GOOD[command].stdout
    garbled = output(whole[: at % len(whole)] + text)
    found = judged({3: {command: garbled}})
    [machine] = examined(ask(count=1), GOOD)
    if [each.verdict for each in found] == [Verdict.PASS]:
        [odd] = examined(ask(count=1), {**GOOD, command: garbled})
        assert versions.told(odd) == versions.told(machine)
