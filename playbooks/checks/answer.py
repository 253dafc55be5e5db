"""Reads how a program ended on each node: with its answer, or with a failure that says why there is none."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from signal import Signals
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from playbooks.checks.check import Ask
from playbooks.nodes import Node
from playbooks.payload.ending import PEER_STATUSES, Status
from playbooks.transport.outcome import (
    OF_MACHINE,
    Completed,
    DeadlinePassedError,
    InterruptedRunError,
    Outcome,
    TransportError,
)

BROKEN = (Status.GPU_FAILED, Status.DISK_FAILED)  # the program met hardware that is
NOT_EXECUTABLE, NOT_FOUND, SIGNALLED = 126, 127, 128  # what a POSIX shell exits with; 128 + n for signal n
EVIDENCE_LINES = 20
EVIDENCE_CHARACTERS = 16_000  # of a stream; one line of a program may be as long as all that it printed
EXCERPT_CHARACTERS = 200


class Answer(BaseModel):
    """A program's answer: no key unknown, no number NaN or infinite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


A = TypeVar("A", bound=Answer)


class UnreadableAnswerError(ValueError):
    """What a program printed is not its answer; the message says what is wrong with it."""


class Blame(IntEnum):
    """How far a failure is the node's own; the lowest of a collective is its cause."""

    OWN = 0
    SILENT = 1  # it did not end by itself: it hung, or waited for one that did
    PEER = 2  # it says itself that another node left or never came


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a node gave no answer, what to do about it, and what proves it.

    `accuses` are the nodes that never came; `of_machine` is whether this is the machine's own, as of a finding.
    """

    reason: str
    action: str
    blame: Blame
    evidence: Mapping[str, str]
    accuses: tuple[str, ...] = ()
    of_machine: bool = False


_ACTIONS: Mapping[int, str] = {
    Status.NO_TORCH: (
        "Install torch on the node (`{python} -m pip install torch`), or set fleets.{fleet}.python to a Python that"
        " has it; on the PyTorch Deep Learning AMI that is /opt/pytorch/bin/python."
    ),
    Status.NO_BOTO3: "Install boto3 on the node: `{python} -m pip install boto3`.",
    Status.NO_CREDENTIALS: "Give the fleet's instances a role that may put, get and delete objects in {bucket}.",
    Status.BUCKET_REFUSED: "See that {bucket} is in {region} and that the node's role may put, get and delete there.",
    Status.ADDRESS_REFUSED: "See on the node what holds the port (`ss -ltnp`) and whether the address is its own.",
    Status.PEER_MISSING: "See that all nodes are up and that their security group lets them reach each other.",
    Status.PEER_GONE: "See what ended on the other nodes, and run the smoke gate again.",
    Status.DISK_FULL: "Free space on the node, point smoke.storage.scratch elsewhere, or lower smoke.storage.sizeMib.",
    Status.SCRATCH_REFUSED: (
        "Set smoke.storage.scratch to a folder that the user may write to; where it is fleets.{fleet}.localDisks, see"
        " `systemctl status stripe-local-disks` on the node, which makes it at boot."
    ),
    Status.SCRATCH_SLOW: "Set smoke.storage.scratch to a disk of the node's own; see `storage-speed`.",
    Status.DISK_FAILED: "See `dmesg` on the node; stop and start it, for other hardware, or replace it.",
    Status.NO_GPU: "See `nvidia-smi` on the node, and whether {python} has a torch built for its driver.",
    Status.GPU_FAILED: "See `nvidia-smi -q` and `dmesg | grep Xid` on the node; stop and start it, or replace it.",
    Status.LUSTRE_FULL: "Free space on the file system of fleets.{fleet}.lustre, or give it more.",
    Status.LUSTRE_REFUSED: (
        "Let the user write to the folder of fleets.{fleet}.lustre, once and from any node: a new file system is root's"
        " alone (`sudo chmod 1777` its folder)."
    ),
    Status.NO_READING: "See `efa` on this node, which reads them first, and run the smoke gate again.",
    NOT_EXECUTABLE: "Set fleets.{fleet}.python to a Python that the user may run.",
    NOT_FOUND: (
        "Set fleets.{fleet}.python to the Python of the image that has torch; on the PyTorch Deep Learning AMI that is"
        " /opt/pytorch/bin/python."
    ),
    SIGNALLED + Signals.SIGKILL: "See in the node's kernel log (`dmesg`) whether memory ran out, or who killed it.",
}
_OTHERWISE = "Read the lines that the program left, and run the smoke gate again."
_UNREADABLE = "Run the smoke gate again; where it stays so, the node or its connection corrupts what it sends."
_HANGS = "See on the node whether the program hangs (`ps`, `dmesg`, `nvidia-smi`); reboot or replace it if it stays so."


def parse(model: type[A], text: str) -> A:
    """The answer in what a program printed: its last line, JSON.

    Raises:
        UnreadableAnswerError: there is no such line, or it is cut, or it is not this model.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise UnreadableAnswerError("the program printed nothing")
    try:
        return model.model_validate_json(lines[-1])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise UnreadableAnswerError(f"the answer is not whole or not right: {what}") from None


def read(
    ask: Ask, outcomes: Mapping[str, Outcome], reader: Callable[[str], A]
) -> tuple[dict[str, A], dict[str, Failure]]:
    """The answers and the failures, by node name, both in the fleet's order."""
    answers: dict[str, A] = {}
    failures: dict[str, Failure] = {}
    for node in ask.nodes:
        ended = _ended(ask, node, outcomes[node.name], reader)
        if isinstance(ended, Failure):
            failures[node.name] = ended
        else:
            answers[node.name] = ended
    return answers, failures


def _ended(ask: Ask, node: Node, outcome: Outcome, reader: Callable[[str], A]) -> A | Failure:
    if not isinstance(outcome, Completed):
        return _not_ended(outcome)
    if outcome.exit_status != 0:
        return _failed(ask, node, outcome)
    try:
        return reader(outcome.stdout.text)
    except UnreadableAnswerError as error:
        return Failure(str(error), _UNREADABLE, Blame.OWN, evidence(outcome))


def _not_ended(outcome: TransportError) -> Failure:
    """One whose end is not known; what an interrupted one was ended for is no reason of its own."""
    evidence = {"transport": f"{type(outcome).__name__}: {outcome}"}
    if not isinstance(outcome, DeadlinePassedError | InterruptedRunError):
        return Failure(str(outcome), "", Blame.OWN, evidence, of_machine=isinstance(outcome, OF_MACHINE))
    blame = Blame.SILENT if outcome.confirmed_ended else Blame.OWN
    if isinstance(outcome, DeadlinePassedError):
        return Failure(str(outcome), _HANGS, blame, evidence, of_machine=True)
    left = "was ended" if outcome.confirmed_ended else "could not be seen to end when it was told to"
    return Failure(f"the program did not end by itself, and {left}", _HANGS, blame, evidence, of_machine=True)


def _failed(ask: Ask, node: Node, ended: Completed) -> Failure:
    status = ended.exit_status
    action = _ACTIONS.get(status, _OTHERWISE).format(
        python=node.python, fleet=ask.fleet, bucket=ask.bucket, region=ask.region
    )
    blame = Blame.PEER if status in PEER_STATUSES else Blame.OWN
    reason = _reason(node, ended)
    accuses = _named(ask, _last_line(ended.stderr.text)) if status == Status.PEER_MISSING else ()
    return Failure(reason, action, blame, evidence(ended), accuses, of_machine=status in BROKEN)


def _named(ask: Ask, text: str) -> tuple[str, ...]:
    """The nodes whose addresses stand in a text."""
    return tuple(node.name for node in ask.nodes if re.search(rf"(?<![\w.]){re.escape(node.address)}(?!\.?\w)", text))


def _reason(node: Node, ended: Completed) -> str:
    status, said = ended.exit_status, _last_line(ended.stderr.text)[:EXCERPT_CHARACTERS]
    if status in set(Status) and said:
        return said
    if status in (NOT_FOUND, NOT_EXECUTABLE):
        return f"{node.python} cannot be run on the node" + (f": {said}" if said else "")
    ending = f"was ended by {_signal(status)}" if status > SIGNALLED else f"exited with {status}"
    return f"the program {ending}" + (f": {said}" if said else "")


def _signal(status: int) -> str:
    number = status - SIGNALLED
    return Signals(number).name if number in set(Signals) else f"signal {number}"


def _last_line(stderr: str) -> str:
    return next((line.strip() for line in reversed(stderr.splitlines()) if line.strip()), "")


def evidence(ended: Completed) -> dict[str, str]:
    """The exit status and the last lines of both streams; of lines too long for a report the end, which says so."""
    streams = {"stdout": ended.stdout, "stderr": ended.stderr}
    tails = {name: _tail(stream.text) for name, stream in streams.items()}
    return {"exit status": str(ended.exit_status)} | {name: tail for name, tail in tails.items() if tail}


def _tail(text: str) -> str:
    lines = "\n".join(text.splitlines()[-EVIDENCE_LINES:])
    missing = len(lines) - EVIDENCE_CHARACTERS
    return lines if missing <= 0 else f"[{missing:,} characters left out here]\n{lines[missing:]}"
