"""Fingerprints of what a sandbox is made from: another one means that the cloud is rebuilt, or a node started anew."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

from playbooks.plan.graph import Graph
from sandbox.nodes import Launch, NodeSpec

CLOUD_CODE = ("cloud.py", "moto_host.py", "request.py", "resources/*.py")
NODE_CODE = ("console.py", "faults/**/*.py", "ssh_commands.py", "ssh_host.py", "ssh_terminal.py")


def of_cloud(graph: Graph) -> str:
    """Of everything that the graph says, and of the code that creates it."""
    return _fingerprint([asdict(resource) for resource in graph], CLOUD_CODE)


def of_nodes(specs: Sequence[NodeSpec], launch: Launch) -> dict[str, str]:
    """Of all that makes each node's process what it is, by the node's name."""
    return {spec.name: _of_node(spec, launch) for spec in specs}


def _of_node(spec: NodeSpec, launch: Launch) -> str:
    given = [*asdict(spec).values(), launch.authorized_key.read_text(), *launch.prefix(spec.name)]
    return _fingerprint([given, dict(launch.environment)], NODE_CODE)


def _fingerprint(said: object, code: Collection[str]) -> str:
    fingerprint = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for pattern in code:
        for file in sorted(Path(__file__).parent.glob(pattern)):
            fingerprint.update(file.read_bytes())
    return fingerprint.hexdigest()
