from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Module = Callable[[str], ModuleType]

SOCKET = """\
node:1482:1482 [0] NCCL INFO NET/IB : No device found.
node:1482:1482 [0] NCCL INFO NET/Socket : Using [0]eno1:172.22.116.89<0> [1]eno2:192.168.193.155<0>
node:1482:1482 [0] NCCL INFO Using network Socket
"""
NO_PLUGIN = """\
node:24302:24302 [0] NCCL INFO NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.
node:24302:24302 [0] NCCL INFO PROFILER/Plugin: Could not find: libnccl-profiler.so.
node:24303:24303 [0] NCCL INFO NET/Plugin : No plugin found (libnccl-net.so), using internal implementation
node:24303:24303 [0] NCCL INFO NET/Plugin: Using internal network plugin.
"""
EFA = """\
node:172:172 [0] NCCL INFO NET/Plugin: Loaded net plugin Libfabric (v11)
node:172:172 [0] NCCL INFO NET/OFI Selected provider is efa, fabric is efa (found 32 nics)
node:172:172 [0] NCCL INFO Using network Libfabric
node:173:173 [1] NCCL INFO NET/OFI Selected provider is efa, fabric is efa (found 32 nics)
"""
CHANNELS = """\
node:172:709 [0] NCCL INFO Channel 00/0 : 3[0] -> 0[0] [receive] via NET/Libfabric/0/GDRDMA
node:172:709 [0] NCCL INFO Channel 01/0 : 3[0] -> 0[0] [send] via NET/Libfabric/0(2)/GDRDMA
node:172:709 [0] NCCL INFO Channel 02/0 : 0[0] -> 1[1] via P2P/CUMEM
node:172:709 [0] NCCL INFO Channel 03/0 : 0[0] -> 8[0] [send] via NET/AWS Libfabric/1/GDRDMA/Shared
"""


@pytest.mark.parametrize(
    ("log", "lines", "cards"),
    [
        (
            SOCKET,
            ["NET/Socket : Using [0]eno1:172.22.116.89<0> [1]eno2:192.168.193.155<0>", "Using network Socket"],
            2,
        ),
        (EFA, ["NET/OFI Selected provider is efa, fabric is efa (found 32 nics)", "Using network Libfabric"], 32),
        (
            CHANNELS,
            ["via NET/Libfabric/0/GDRDMA", "via NET/AWS Libfabric/1/GDRDMA/Shared"],
            None,
        ),
        (
            NO_PLUGIN,
            [
                "NET/Plugin: Could not find: libnccl-net.so. Using internal network plugin.",
                "NET/Plugin : No plugin found (libnccl-net.so), using internal implementation",
            ],
            None,
        ),
        ("n:1:1 [0] NCCL INFO NET/IB : Using [0]mlx5_0:1/RoCE [RO]", ["NET/IB : Using [0]mlx5_0:1/RoCE [RO]"], 1),
        ("", [], None),
    ],
)
def test_the_lines_that_name_the_network_are_kept_once(
    module: Module, log: str, lines: list[str], cards: int | None
) -> None:
    """With how many cards they name, over all ranks of a node."""
    assert module("nccl_log").told(log) == {"transport": lines, "network_cards": cards}


def test_the_logs_of_all_processes_are_read(module: Module, tmp_path: Path) -> None:
    """NCCL writes one a process."""
    (tmp_path / "nccl.1").write_text(SOCKET)
    (tmp_path / "nccl.2").write_text(SOCKET)

    assert module("nccl_log").recorded(str(tmp_path))["network_cards"] == 2
