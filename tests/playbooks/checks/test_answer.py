import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks import answer, blame
from playbooks.checks.answer import Blame, UnreadableAnswerError
from playbooks.checks.data import scratch
from playbooks.payload.ending import Status
from playbooks.transport.outcome import (
    AuthenticationRefusedError,
    ConnectionLostError,
    DeadlinePassedError,
    HostKeyRefusedError,
    InterruptedRunError,
    Outcome,
    UnreachableError,
)
from tests.playbooks.checks.asks import ask, changed, completed, printed


def failure(outcome: Outcome) -> answer.Failure:
    """The failure of a node of one."""
    question = ask(count=1)
    answers, failures = answer.read(question, {"gpu-0": outcome}, scratch.parse)
    assert answers == {}
    return failures["gpu-0"]


def test_the_answer_is_the_last_line() -> None:
    """Libraries print before it."""
    assert scratch.parse("a warning\n" + printed("storage.stdout") + "\n").differing_bytes == 0


@given(st.integers(min_value=0, max_value=len(printed("storage.stdout").rstrip()) - 1))
def test_an_answer_that_is_cut_is_not_one(kept: int) -> None:
    """However much of it came."""
    with pytest.raises(UnreadableAnswerError):
        scratch.parse(printed("storage.stdout")[:kept])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the program printed nothing"),
        (" \n", "the program printed nothing"),
        ("Segmentation fault", "not whole or not right: Invalid JSON"),
        ('{"hostname": "a"}', "folder: Field required"),
        (changed("storage.stdout", lambda facts: facts.update(speed=1)), "speed: Extra inputs"),
        (
            changed("storage.stdout", lambda facts: facts["read"].update(ended=float("nan"))),
            "read.ended: Input should",
        ),
        (changed("storage.stdout", lambda facts: facts.update(bytes=float("inf"))), "bytes: Input should"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(text: str, message: str) -> None:
    """The first thing, with the place in the answer."""
    with pytest.raises(UnreadableAnswerError, match=message):
        scratch.parse(text)


def test_a_node_without_torch_says_how_to_get_it() -> None:
    """With the Python that was tried and the setting that names another."""
    found = failure(completed(stderr=printed("no-torch.stderr"), exit_status=Status.NO_TORCH))

    assert found.reason == "/usr/bin/python3 cannot import torch: No module named 'torch'"
    assert found.action.startswith("Install torch on the node (`/opt/pytorch/bin/python -m pip install torch`), or set")
    assert "fleets.gpu.python" in found.action
    assert found.evidence == {"exit status": "10", "stderr": found.reason}


@pytest.mark.parametrize(
    ("status", "stderr", "reason"),
    [
        (1, "Traceback\n  at line 3\nValueError: no\n", "the program exited with 1: ValueError: no"),
        (1, "", "the program exited with 1"),
        (126, "", "/opt/pytorch/bin/python cannot be run on the node"),
        (127, "sh: not found", "/opt/pytorch/bin/python cannot be run on the node: sh: not found"),
        (137, "", "the program was ended by SIGKILL"),
        (200, "", "the program was ended by signal 72"),
        (Status.DISK_FULL, "/scratch has 3 MiB free", "/scratch has 3 MiB free"),
        (Status.DISK_FULL, "", "the program exited with 17"),
    ],
)
def test_an_exit_status_becomes_a_reason(status: int, stderr: str, reason: str) -> None:
    """What the program said of itself, or what is known without it; and always something to do."""
    found = failure(completed(stderr=stderr, exit_status=status))

    assert found.reason == reason
    assert found.action
    assert found.blame is Blame.OWN


@pytest.mark.parametrize("status", list(Status))
def test_every_status_of_a_program_has_its_own_action(status: Status) -> None:
    """None is left to the general advice, and every gap in it is filled."""
    found = failure(completed(stderr="why", exit_status=status))

    assert found.action != answer._OTHERWISE
    assert "{" not in found.action


@pytest.mark.parametrize(
    ("outcome", "blame"),
    [
        (ConnectionLostError("the connection broke"), Blame.OWN),
        (UnreachableError("no route"), Blame.OWN),
        (DeadlinePassedError("60 s passed", confirmed_ended=True), Blame.SILENT),
        (DeadlinePassedError("60 s passed", confirmed_ended=False), Blame.OWN),
        (InterruptedRunError("gpu-1 failed", confirmed_ended=True), Blame.SILENT),
        (InterruptedRunError("gpu-1 failed", confirmed_ended=False), Blame.OWN),
        (completed(exit_status=Status.PEER_GONE), Blame.PEER),
        (completed(exit_status=Status.PEER_MISSING), Blame.PEER),
        (completed(stdout="{}"), Blame.OWN),
    ],
)
def test_blame(outcome: Outcome, blame: Blame) -> None:
    """Who fails by itself, who fell silent, and who says that another left."""
    assert failure(outcome).blame is blame


@pytest.mark.parametrize(
    ("outcome", "of_machine"),
    [
        (ConnectionLostError("the connection broke"), True),
        (UnreachableError("no route"), True),
        (DeadlinePassedError("60 s passed", confirmed_ended=True), True),
        (DeadlinePassedError("60 s passed", confirmed_ended=False), True),
        (InterruptedRunError("gpu-1 failed", confirmed_ended=False), True),
        (completed(stderr="CUDA error: uncorrectable ECC", exit_status=Status.GPU_FAILED), True),
        (AuthenticationRefusedError("the key is refused"), False),
        (HostKeyRefusedError("another key"), False),
        (completed(stderr="no torch", exit_status=Status.NO_TORCH), False),
        (completed(stderr="no GPU", exit_status=Status.NO_GPU), False),
        (completed(stderr="full", exit_status=Status.DISK_FULL), False),
        (completed(stderr="Input/output error", exit_status=Status.DISK_FAILED), True),
        (completed(exit_status=127), False),
        (completed(exit_status=1, stderr="Traceback"), False),
        (completed(stdout="{}"), False),
    ],
)
def test_which_failures_are_the_machines_own(outcome: Outcome, of_machine: bool) -> None:
    """It is lost, it hangs, or its GPU broke; what another machine would have too is not."""
    (finding,) = blame.each("gemm", {"gpu-0": failure(outcome)})

    assert finding.of_machine is of_machine


def test_a_node_that_was_ended_does_not_name_whom_it_was_ended_for() -> None:
    """That one may be innocent; the transport's words are kept as evidence."""
    found = failure(InterruptedRunError("ended because gpu-1 had failed", confirmed_ended=False))

    assert found.reason == "the program did not end by itself, and could not be seen to end when it was told to"
    assert found.evidence == {"transport": "InterruptedRunError: ended because gpu-1 had failed"}


@pytest.mark.parametrize(
    ("said", "accused"),
    [
        ("no sign within 300 s of 127.43.0.11, 127.43.0.13", ("gpu-1", "gpu-3")),
        ("the first node does not answer on 127.43.0.10:29400: refused", ("gpu-0",)),
        ("no sign within 300 s of 127.43.0.110", ()),
        ("", ()),
    ],
)
def test_the_nodes_that_never_came_are_named(said: str, accused: tuple[str, ...]) -> None:
    """By name, from the addresses that the program knows."""
    question = ask()
    missing = completed(stderr=f"a warning of 127.43.0.12\n{said}" if said else "", exit_status=Status.PEER_MISSING)
    _, failures = answer.read(question, {node.name: missing for node in question.nodes}, scratch.parse)

    assert failures["gpu-0"].accuses == accused


@pytest.mark.parametrize("text", ["x" * (2 << 20), "\n".join(["y" * 100_000] * 20)], ids=["one line", "twenty"])
def test_huge_lines_are_no_burden_of_a_report(text: str) -> None:
    """Row 40: their end is kept, and how much is missing is said; the reason takes less."""
    found = failure(completed(text, stderr=f"{text}end", exit_status=1))
    said, end = found.evidence["stderr"].split("\n", 1)

    assert len(found.evidence["stdout"]) < answer.EVIDENCE_CHARACTERS + 100
    assert said == f"[{len(text) + 3 - answer.EVIDENCE_CHARACTERS:,} characters left out here]"
    assert end.endswith("end")
    assert len(found.reason) < answer.EXCERPT_CHARACTERS + 100


def test_the_evidence_is_the_end_of_what_was_printed() -> None:
    """Twenty lines of it, whatever came before."""
    found = failure(completed(stderr="\n".join(map(str, range(1000))), exit_status=1))

    assert found.evidence["stderr"].splitlines() == [str(line) for line in range(980, 1000)]
