"""Runs a check's program for real on "nodes" of this machine, each on a loopback address of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from playbooks.checks.check import Ask, Check
from playbooks.transport.outcome import Completed
from tests.playbooks.checks.asks import ask, captured

PAYLOAD = Path(__file__).parents[3] / "playbooks" / "payload"
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # the nodes share this machine's processors
PATIENCE_SECONDS = 120
Processes = dict[str, "subprocess.Popen[str]"]


def nodes(count: int, smoke: Mapping[str, object] | None = None) -> Ask:
    """A question to nodes whose addresses are this machine's, with a port that is free on the first."""
    question = ask(smoke, count=count)
    addresses = (f"127.43.{os.getpid() % 250}.{10 + node.index}" for node in question.nodes)
    here = [replace(node, address=address) for node, address in zip(question.nodes, addresses, strict=True)]
    with socket.socket() as listener:
        listener.bind((here[0].address, 0))
        return question._replace(nodes=tuple(here), port=listener.getsockname()[1])


def program(
    payload: str, *arguments: str, python: str = sys.executable, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """A program of the payload as a node runs it; end it with `ended`."""
    return subprocess.Popen(
        [python, str(PAYLOAD / payload), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD, **(environment or {})},
    )


def start(check: Check, question: Ask, *more: str) -> Processes:
    """The check's program on every node."""
    return {node.name: program(check.payload, *check.arguments(question, node), *more) for node in question.nodes}


def ended(process: "subprocess.Popen[str]") -> Completed:
    """What a shell would say of its end; it is killed where it does not come."""
    begun = time.monotonic()
    with process:
        try:
            stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Completed(status, captured(stdout), captured(stderr), time.monotonic() - begun, time.time())


def all_ended(processes: Processes) -> dict[str, Completed]:
    """The ends of all; none is left running."""
    with ExitStack() as stack:
        for process in processes.values():
            stack.enter_context(process)
            stack.callback(process.kill)
        return {name: ended(process) for name, process in processes.items()}
