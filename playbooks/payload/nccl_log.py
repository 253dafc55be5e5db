"""What moves the bytes between nodes: NCCL says it in its log, Gloo speaks TCP."""

import os
import re
from pathlib import Path

OVER_TCP: dict[str, object] = {"transport": ["tcp"], "network_cards": None}
# As NCCL and aws-ofi-nccl print it: `Using network Socket`, `NET/Socket : Using [0]eth0:10.0.0.1<0> [1]eth1:...`,
# `NET/IB : Using [0]mlx5_0:1/RoCE`, `NET/OFI Selected provider is efa, fabric is efa (found 32 nics)`, and of each
# channel between nodes `Channel 00/0 : 3[0] -> 0[0] [receive] via NET/Libfabric/0/GDRDMA`. Without a plugin it says, by
# its version, `NET/Plugin : No plugin found (libnccl-net.so), using internal implementation` or `NET/Plugin: Could not
# find: libnccl-net.so.`
LINES = re.compile(
    r"NCCL INFO (?:Channel [^\n]*? (?=via NET/))?"
    r"(Using network .*|NET/\w+ ?:? ?(?:Using \[|Selected provider).*"
    r"|NET/Plugin ?: (?:.*No plugin found|Could not find).*|via NET/.*)",
    re.IGNORECASE,
)
PROXY = re.compile(r"\(\d+\)(?=/)")  # `NET/Libfabric/0(2)/GDRDMA`: by way of another rank's GPU
FOUND = re.compile(r"\(found (\d+) nics\)")
LISTED = re.compile(r"\[\d+\]")


def record(folder: str) -> None:
    """Have NCCL in this process and those that it starts write its log below a folder."""
    os.environ.update(NCCL_DEBUG="INFO", NCCL_DEBUG_SUBSYS="INIT,NET", NCCL_DEBUG_FILE=f"{folder}/nccl.%p")


def recorded(folder: str) -> dict[str, object]:
    """What the logs below the folder tell."""
    return told("\n".join(file.read_text(errors="replace") for file in sorted(Path(folder).glob("nccl.*"))))


def told(log: str) -> dict[str, object]:
    """The lines that name the network, each once, and the cards of the one in use; None where they tell no number."""
    lines = list(dict.fromkeys(PROXY.sub("", match.group(1).strip()) for match in LINES.finditer(log)))
    counts = [int(found.group(1)) if (found := FOUND.search(line)) else len(LISTED.findall(line)) for line in lines]
    return {"transport": lines, "network_cards": max(counts, default=0) or None}
