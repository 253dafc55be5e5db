import subprocess
from collections.abc import Iterator

import pytest

from sandbox import namespaces, nodes
from sandbox.faults import Kind
from sandbox.faults.injection import broken, well
from sandbox.folder import SandboxFolder
from sandbox.nodes import Launch, NodeSpec
from sandbox.processes import end, find, node_role
from tests.sandbox.conftest import PORT, USER, Fleet, make_key
from tests.sandbox.test_namespaces import HOSTS, NETWORK, needs_namespaces

pytestmark = needs_namespaces
WORKER, PEER = "workers-0", "workers-1"


def shapers(folder: SandboxFolder, node: str) -> str:
    """What the kernel does to the packets that leave a node."""
    command = [*namespaces.command_prefix(folder, node), "tc", "qdisc", "show", "dev", namespaces.INSIDE]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def isolated(folder: SandboxFolder) -> Iterator[Fleet]:
    """Two nodes, each in a network namespace of its own."""
    namespaces.create(folder, NETWORK, HOSTS)
    key = make_key(folder.path.parent)
    specs = [NodeSpec(name, HOSTS[name], PORT, USER) for name in (WORKER, PEER)]
    launch = Launch(key.with_suffix(".pub"), {}, lambda name: namespaces.command_prefix(folder, name))
    nodes.start(folder, specs, launch)
    yield Fleet(folder, specs, key, launch)
    assert end(folder) == []
    namespaces.destroy(folder)


def test_the_kernel_slows_down_what_one_node_sends(isolated: Fleet) -> None:
    """And nothing of it is left."""
    with broken(isolated.folder, {WORKER: Kind.SLOW_NETWORK}):
        meanwhile = {node: shapers(isolated.folder, node) for node in (WORKER, PEER)}
    assert well(isolated.folder)

    assert "rate 200Mbit" in meanwhile[WORKER]
    assert "rate" not in meanwhile[PEER]
    assert "rate" not in shapers(isolated.folder, WORKER)


def test_a_node_that_was_killed_meanwhile_starts_with_its_network_as_it_was(isolated: Fleet) -> None:
    """It could take nothing back itself."""
    with broken(isolated.folder, {WORKER: Kind.SLOW_NETWORK}):
        (node,) = (each for each in find(isolated.folder) if each.role == node_role(WORKER))
        node.process.kill()
        node.process.wait(5)
    left = shapers(isolated.folder, WORKER)
    nodes.start(isolated.folder, isolated.specs[:1], isolated.launch)

    assert "rate 200Mbit" in left
    assert "rate" not in shapers(isolated.folder, WORKER)
