import time
from pathlib import Path

import psutil
import pytest

from playbooks.checks.fabric import collective, collectives
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import verdicts
from tests.playbooks.payload.fleet import PATIENCE_SECONDS, PAYLOAD, all_ended, ended, nodes, program, start

LONG = {"allReduce": {"largestMessageMib": 512}}  # takes long, so that it can be disturbed
JOINED = {"gpu-0": 8, "gpu-2": 4}  # connections: 3 of Gloo and 1 to the store; the first node has both ends of 5


def wait_until_joined(process: psutil.Process, connections: int) -> None:
    """Until this rank is connected with all others."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        established = [each for each in process.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED]
        if len(established) >= connections:
            return
        time.sleep(0.05)
    raise TimeoutError(f"process {process.pid} did not join")


@pytest.mark.slow
@pytest.mark.parametrize(("victim", "connections"), JOINED.items())
def test_a_node_that_is_killed_is_blamed_and_the_others_end(victim: str, connections: int) -> None:
    """The first node holds the store, the third is like any other."""
    question = nodes(4, LONG)
    processes = start(collectives.CHECK, question)
    try:
        wait_until_joined(psutil.Process(processes[victim].pid), connections)
    finally:
        processes[victim].kill()
        outcomes = all_ended(processes)
    found = collectives.CHECK.judge(question, outcomes)

    others = tuple(node.name for node in question.nodes if node.name != victim)
    assert verdicts(found) == [("ERROR", (victim,)), ("ERROR", tuple(node.name for node in question.nodes))]
    assert found[0].reason == "the program was ended by SIGKILL"
    assert {outcomes[name].exit_status for name in others} == {Status.PEER_GONE}


WAITS = """\
import sys, time
from datetime import timedelta
sys.path.insert(0, {payload!r})
import collectives
collectives.ranks.HOST = timedelta(seconds={seconds})
{hangs} = lambda *_: time.sleep(600)
if __name__ == "__main__":
    collectives.ranks.run(collectives.main, collectives.parser().parse_args())
"""


@pytest.mark.slow
def test_where_ranks_wait_for_each_other_to_join_nobody_is_blamed(tmp_path: Path) -> None:
    """As where the nodes reach the store's port and no other: each ends, and says what took too long."""
    question = nodes(2)
    file = tmp_path / "waits.py"
    file.write_text(WAITS.format(payload=str(PAYLOAD), seconds=2, hangs="collectives.ranks._join"))
    outcomes = all_ended(
        {
            node.name: program(str(file), *collectives.CHECK.arguments(question, node), "--ranks", str(1 + node.index))
            for node in question.nodes
        }
    )
    [found] = collectives.CHECK.judge(question, outcomes)

    assert {outcome.exit_status for outcome in outcomes.values()} == {Status.PEER_GONE}
    assert (found.verdict.value, found.of_machine) == ("ERROR", False)
    assert found.reason.endswith("no node says that it was the cause: joining the other ranks took longer than 2 s")


@pytest.mark.slow
def test_a_collective_that_does_not_return_the_first_time_is_ended(tmp_path: Path) -> None:
    """With its name and size; NCCL connects no sooner, and waits on the host where no watchdog looks."""
    question = nodes(1)
    file = tmp_path / "waits.py"
    file.write_text(WAITS.format(payload=str(PAYLOAD), seconds=10, hangs="collectives.dist.broadcast"))
    words = [*collective.arguments(question, question.nodes[0]), "--sizes", "8", "--collectives", "broadcast"]
    found = ended(program(str(file), *words, "--ranks", "2"))

    assert found.exit_status == Status.PEER_GONE
    assert found.stderr.text.splitlines()[-1] == "the first broadcast of 8 B took longer than 10 s"
