"""What nvidia-smi prints of the GPUs of healthy nodes, row by row, and nodes that answered so."""

from collections.abc import Mapping
from pathlib import Path

from playbooks.checks.check import Ask
from playbooks.checks.node import ecc, gpus, nvlink, pcie, throttling, xid
from playbooks.checks.node.check import Examined, HostFacts, NodeCheck, Output, Words
from playbooks.findings import Finding
from tests.playbooks.checks.asks import ask

DATA = Path(__file__).parents[3] / "data"
FACTS = HostFacts(
    hostname="node",
    boot_id="b",
    os="Ubuntu 24.04.3 LTS",
    kernel="6.8.0",
    cpu="AMD EPYC 7R13",
    cpus=192,
    memory_mib=2_000_000,
    memory_available_mib=1_900_000,
    scratch_free_mib=1_000_000,
    python="3.12.3",
    torch="2.9.0",
    cuda="12.9",
    nccl="2.27.5",
    run_seconds=0.2,
    clock=0.0,
)
HEALTHY = {  # an H100 at rest; what a GPU knows nothing of is [N/A]
    "name": "NVIDIA H100 80GB HBM3",
    "memory.total": "81559",
    "ecc.mode.current": "Enabled",
    "ecc.errors.uncorrected.volatile.total": "0",
    "retired_pages.pending": "[N/A]",
    "remapped_rows.uncorrectable": "0",
    "remapped_rows.pending": "No",
    "remapped_rows.failure": "No",
    "pcie.link.gen.current": "5",
    "pcie.link.gen.max": "5",
    "pcie.link.width.current": "16",
    "pcie.link.width.max": "16",
    "temperature.gpu": "31",
    "fabric.state": "Completed",
    "fabric.status": "Success",
}
LOG = "first [    0.000000] Linux version 6.8.0\nmore 0\nlines 2311 in all\n"
NO_FIELD = 'Field "{}" is not a valid field to query.\n'


def printed(stdout: str = "", wrong: str = "", *, status: int | None = 0, stderr: str = "") -> Output:
    """How a command ended."""
    return Output(installed=True, status=status, stdout=stdout, stderr=stderr, wrong=wrong)


def refused(field: str) -> Output:
    """How nvidia-smi ends that does not know a field."""
    text = NO_FIELD.format(field)
    return printed(text, f"nvidia-smi exited with 2: {text.strip()}", status=2)


def row(command: Words, gpu: int, **changes: str) -> str:
    """A row of a query of one GPU, with changes by field."""
    identity = {
        "index": str(gpu),
        "serial": f"165000000000{gpu}",
        "uuid": f"GPU-00000000-0000-4000-8000-00000000000{gpu}",
        "gpu_uuid": f"GPU-00000000-0000-4000-8000-00000000000{gpu}",
        "gpu_bus_id": f"00000000:{0x63 + 8 * gpu:02X}:00.0",
        "pci.bus_id": f"00000000:{0x63 + 8 * gpu:02X}:00.0",
    }
    values = identity | HEALTHY | changes
    return ", ".join(values.get(field, "Not Active") for field in command[1].partition("=")[2].split(","))


def rows(command: Words, count: int = 8, changes: Mapping[int, Mapping[str, str]] | None = None) -> str:
    """The rows of several GPUs, with changes by GPU and field."""
    return "".join(row(command, gpu, **(changes or {}).get(gpu, {})) + "\n" for gpu in range(count))


def healthy(check: NodeCheck) -> dict[str, Output]:
    """What the commands of a check print on a node with eight H100."""
    links = (DATA / "nvidia-smi" / "nvlink-status.h200.txt").read_text(encoding="utf-8")
    texts = {"kernel log": LOG, "journal": "", "links": links}
    commands = check.commands(ask(), ask().nodes[0])
    queries = {name: words for name, words in commands.items() if words[1].startswith("--query")}
    return {name: printed(rows(queries[name]) if name in queries else texts[name]) for name in commands}


def judged(
    check: NodeCheck, *changes: Mapping[str, Output], instance_type: str = "p5.48xlarge"
) -> tuple[Ask, list[Finding]]:
    """The findings on as many nodes as there are changes to healthy outputs, by command."""
    question = ask(instance_type=instance_type, count=len(changes))
    examined = [
        Examined(node, FACTS, {**healthy(check), **change}, (0.0, 0.1))
        for node, change in zip(question.nodes, changes, strict=True)
    ]
    return question, check.judge(question, examined)


def finding(check: NodeCheck, change: Mapping[str, Output], instance_type: str = "p5.48xlarge") -> Finding:
    """The finding on one node."""
    _, [found] = judged(check, change, instance_type=instance_type)
    return found


ALL = (gpus.CHECK, ecc.CHECK, xid.CHECK, pcie.CHECK, throttling.CHECK, nvlink.CHECK)
