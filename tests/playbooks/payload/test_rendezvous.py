import resource
import socket
from argparse import Namespace
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

from playbooks.checks.fabric import collective, collectives
from playbooks.payload.ending import Status
from tests.playbooks.payload.fleet import PATIENCE_SECONDS, PAYLOAD, ended, nodes, program


@pytest.mark.slow
def test_a_peer_that_never_comes_is_named_by_its_address() -> None:
    """By the node that waited for it."""
    question = nodes(2)
    arguments = collectives.CHECK.arguments(question, question.nodes[0])
    found = ended(program(collectives.PAYLOAD, *arguments, "--meeting", "1"))

    assert found.exit_status == Status.PEER_MISSING
    assert found.stderr.text.splitlines()[-1] == f"no sign within 1 s of {question.nodes[1].address}"


@pytest.mark.slow
def test_a_first_node_that_never_comes_is_named_by_its_address() -> None:
    """By a node that could not reach the store."""
    question = nodes(2)
    arguments = collectives.CHECK.arguments(question, question.nodes[1])
    found = ended(program(collectives.PAYLOAD, *arguments, "--meeting", "1"))

    assert found.exit_status == Status.PEER_MISSING
    where = f"{question.nodes[0].address}:{question.port}"
    assert found.stderr.text.splitlines()[-1].startswith(f"the first node does not answer on {where}")


HANGS = """\
import sys, time
sys.path.insert(0, {payload!r})
import ranks
ranks._device = lambda _: time.sleep({seconds})
ranks.run(lambda rank, options: {{}}, ranks.parser("").parse_args())
"""
IMPATIENT = """\
import sys
from datetime import timedelta
sys.path.insert(0, {payload!r})
import ranks
ranks.rendezvous.PATIENCE = timedelta(seconds=2)
ranks.run(lambda rank, options: {{}}, ranks.parser("").parse_args())
"""


@pytest.mark.slow
@pytest.mark.parametrize("absent", [0, 1])
def test_a_rank_that_hangs_between_the_meeting_and_joining_is_named(tmp_path: Path, absent: int) -> None:
    """By the nodes that wait for it, by its address; the first node holds the store."""
    question = nodes(3)
    files = {name: tmp_path / f"{name}.py" for name in ("hangs", "impatient")}
    files["hangs"].write_text(HANGS.format(payload=str(PAYLOAD), seconds=PATIENCE_SECONDS))
    files["impatient"].write_text(IMPATIENT.format(payload=str(PAYLOAD)))
    processes = {
        node.name: program(
            str(files["hangs" if node.index == absent else "impatient"]), *collective.arguments(question, node)
        )
        for node in question.nodes
    }
    others = [process for name, process in processes.items() if name != question.nodes[absent].name]
    try:
        [first, *_] = [ended(process) for process in others]
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()

    assert first.exit_status == Status.PEER_MISSING
    address = question.nodes[absent].address
    assert first.stderr.text.splitlines()[-1] == f"no sign within 2 s after the meeting of {address}"


@pytest.mark.slow
def test_a_port_that_is_taken_is_said() -> None:
    """With the address and the port."""
    question = nodes(1)
    with socket.socket() as other:
        other.bind((question.nodes[0].address, question.port))
        other.listen()
        found = ended(program(collectives.PAYLOAD, *collectives.CHECK.arguments(question, question.nodes[0])))

    assert found.exit_status == Status.ADDRESS_REFUSED
    where = f"{question.nodes[0].address}:{question.port}"
    assert found.stderr.text == f"cannot listen on {where}: Address already in use\n"


@pytest.mark.slow
def test_an_address_of_another_host_is_refused() -> None:
    """Before anybody waits for it; 192.0.2.0/24 is nobody's (RFC 5737)."""
    arguments = (
        "--addresses",
        "127.43.0.10,192.0.2.7",
        "--node",
        "1",
        "--port",
        "29400",
        "--sizes",
        "8",
        "--collectives",
        "all-reduce",
    )
    found = ended(program(collectives.PAYLOAD, *arguments))

    assert found.exit_status == Status.ADDRESS_REFUSED
    assert found.stderr.text == "cannot listen on 192.0.2.7:0: Cannot assign requested address\n"


@pytest.mark.parametrize(("gpus", "status"), [(0, Status.NO_GPU), (8, Status.PEER_GONE)])
def test_a_node_whose_gpus_are_gone_is_named(
    module: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str], gpus: int, status: Status
) -> None:
    """It would speak Gloo where the others speak NCCL, and all would wait for each other."""
    rendezvous = module("rendezvous")
    options = Namespace(addresses=["10.0.0.1", "10.0.0.2"], node=0, meeting=timedelta(seconds=1))
    store = rendezvous.dist.TCPStore("127.0.0.1", 0, is_master=True)
    store.set("ranks/1", "8 8" if gpus == 0 else "1 0")
    with pytest.raises(SystemExit) as raised:
        rendezvous.meet(store, options, gpus or 1, gpus)

    bare = "10.0.0.1" if gpus == 0 else "10.0.0.2"
    assert raised.value.code == status
    assert capsys.readouterr().err == f"torch finds no GPU on {bare}, but on other nodes\n"


def test_ranks_count_over_nodes_that_have_different_numbers(module: Callable[[str], ModuleType]) -> None:
    """The second node has lost one of its GPUs."""
    rendezvous = module("rendezvous")
    options = Namespace(addresses=["10.0.0.1", "10.0.0.2", "10.0.0.3"], node=2, meeting=timedelta(seconds=1))
    store = rendezvous.dist.TCPStore("127.0.0.1", 0, is_master=True)
    store.set("ranks/0", "8 8")
    store.set("ranks/1", "7 7")

    assert rendezvous.meet(store, options, 8, 8) == (15, 8, 23)


def test_a_rank_may_open_as_many_files_as_there_may_be(module: Callable[[str], ModuleType]) -> None:
    """The first node's store holds a connection to every rank of the fleet."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 1024), hard))
    try:
        module("rendezvous").open_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


LOST = """\
import sys, time
sys.path.insert(0, {payload!r})
import rendezvous
rendezvous.TIDYING_SECONDS = 1
rendezvous.LEFT.callback(time.sleep, {seconds})
rendezvous.LEFT.callback(print, "taken away", flush=True)
rendezvous.lost("lost a peer")
"""


@pytest.mark.parametrize("seconds", [0, 600])
def test_what_is_left_is_taken_away_before_the_program_ends_at_once(tmp_path: Path, seconds: int) -> None:
    """As far as it can be in time: a disk may hang."""
    file = tmp_path / "lost.py"
    file.write_text(LOST.format(payload=str(PAYLOAD), seconds=seconds))
    found = ended(program(str(file)))

    assert found.exit_status == Status.PEER_GONE
    assert found.stdout.text == "taken away\n"
    assert found.stderr.text == "lost a peer\n"
