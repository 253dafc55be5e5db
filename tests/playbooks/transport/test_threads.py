"""More nodes at once than the system lets this process have threads for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.playbooks.transport.conftest import Host, nodes

# Address space for a few stacks only: a limit that holds for root as well, unlike `ulimit -u`.
PROGRAM = """
import json, resource, sys, threading
from pathlib import Path
from playbooks.transport.command import Command
from playbooks.transport.host_keys import HostKeys
from playbooks.transport.ssh import SshTransport
from stacks.settings import Access
from tests.playbooks.transport.conftest import nodes

access, known, together = Access.model_validate_json(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "together"
with SshTransport(access, HostKeys(known), known.parent) as ssh:
    commands = {node: Command("true") for node in nodes(40)}
    threading.stack_size(64 << 20)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (int(sys.argv[4]) << 20),) * 2)
    outcomes = ssh.run_all(commands, groups=[list(commands)] if together else [])
print(json.dumps([str(outcome) for outcome in outcomes.values()]))
"""


@pytest.mark.parametrize("room_mib", [700, 40], ids=["some", "none"])
@pytest.mark.parametrize("how", ["together", "apart"])
def test_nodes_without_a_thread_have_an_outcome_that_names_the_limit(host: Host, how: str, room_mib: int) -> None:
    """Nothing is raised, and no node is left out."""
    host.keys(*nodes(40))
    access = host.access().model_dump_json(by_alias=True, exclude_none=True)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, access, str(host.folder / "known_hosts"), how, str(room_mib)],
        capture_output=True, text=True, check=False, timeout=60, cwd=Path(__file__).parents[3],
    )  # fmt: skip

    outcomes = json.loads(ran.stdout or f'["{ran.stderr}"]')
    assert len(outcomes) == 40
    assert any("start no more threads" in outcome and "`ulimit -v`" in outcome for outcome in outcomes)
