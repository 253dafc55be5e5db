from playbooks.checks.fabric import collectives
from playbooks.findings import Finding
from playbooks.payload.ending import Status
from playbooks.transport.outcome import ConnectionLostError, DeadlinePassedError, InterruptedRunError, Outcome
from tests.playbooks.checks.asks import SIZES, ask, completed, everywhere, printed, verdicts

ALL = ("gpu-0", "gpu-1", "gpu-2", "gpu-3")


def judged(**outcomes: Outcome) -> list[Finding]:
    """An all-reduce in which these nodes failed and the others answered."""
    question = ask()
    assert collectives.sizes(question) == SIZES
    good = everywhere(question, lambda index: printed(f"collectives.{index}.stdout"))
    return collectives.CHECK.judge(
        question, {**good, **{name.replace("_", "-"): each for name, each in outcomes.items()}}
    )


def lost_a_peer(index: int) -> Outcome:
    """What a node really said when gpu-2 was killed."""
    return completed(stderr=printed(f"peer-killed.{index}.stderr"), exit_status=Status.PEER_GONE)


def test_the_node_that_was_killed_is_blamed_and_its_peers_are_not() -> None:
    """It comes first with its own reason, then the collective that has no result because of it."""
    found = judged(gpu_0=lost_a_peer(0), gpu_1=lost_a_peer(1), gpu_2=completed(exit_status=137), gpu_3=lost_a_peer(3))

    assert verdicts(found) == [("ERROR", ("gpu-2",)), ("ERROR", ALL)]
    assert found[0].reason == "the program was ended by SIGKILL"
    assert found[1].reason == "not measured, for it takes all nodes and gpu-2 failed"
    assert set(found[1].evidence) == {"gpu-0", "gpu-1", "gpu-3"}


def test_a_lost_connection_is_blamed_before_a_deadline() -> None:
    """The peers waited for it until theirs passed."""
    waited = DeadlinePassedError("900 s passed", confirmed_ended=True)
    found = judged(gpu_0=waited, gpu_1=ConnectionLostError("the connection broke"), gpu_2=waited, gpu_3=waited)

    assert verdicts(found) == [("ERROR", ("gpu-1",)), ("ERROR", ALL)]
    assert found[0].reason == "the connection broke"


def test_a_node_that_hung_is_blamed_before_those_that_lost_it() -> None:
    """Its peers timed out, or were ended because of it."""
    found = judged(
        gpu_0=lost_a_peer(0),
        gpu_1=lost_a_peer(1),
        gpu_2=InterruptedRunError("gpu-3 failed", confirmed_ended=True),
        gpu_3=DeadlinePassedError("900 s passed", confirmed_ended=False),
    )

    assert verdicts(found) == [("ERROR", ("gpu-3",)), ("ERROR", ALL)]


def test_a_node_that_did_not_end_is_the_suspect_and_no_innocent_is_named() -> None:
    """All that ended by themselves had lost a peer, so it is the one that is left; its message blames nobody."""
    found = judged(
        gpu_0=lost_a_peer(0),
        gpu_1=lost_a_peer(1),
        gpu_2=InterruptedRunError("ended because gpu-0 had failed", confirmed_ended=True),
        gpu_3=lost_a_peer(3),
    )

    assert verdicts(found) == [("ERROR", ("gpu-2",)), ("ERROR", ALL)]
    assert found[0].reason.startswith("the program did not end by itself; all that did had lost a peer")
    assert not any(name in found[0].reason for name in ("gpu-0", "gpu-1", "gpu-3"))
    assert "gpu-2 failed" in found[1].reason


def test_a_node_that_could_not_be_seen_to_end_is_blamed() -> None:
    """Before those that were silent and ended when they were told to."""
    interrupted = InterruptedRunError("ended because gpu-0 had failed", confirmed_ended=True)
    hung = InterruptedRunError("ended because gpu-0 had failed", confirmed_ended=False)
    found = judged(gpu_0=lost_a_peer(0), gpu_1=interrupted, gpu_2=hung)

    assert verdicts(found) == [("ERROR", ("gpu-2",)), ("ERROR", ALL)]


def test_a_node_that_others_waited_for_in_vain_is_blamed_before_one_that_was_only_ended() -> None:
    """They name its address; gpu-1 still waited too."""
    interrupted = InterruptedRunError("ended because gpu-0 had failed", confirmed_ended=True)
    waited = completed(stderr="no sign within 300 s of 127.43.0.12", exit_status=Status.PEER_MISSING)
    found = judged(gpu_0=waited, gpu_1=interrupted, gpu_2=interrupted, gpu_3=waited)

    assert verdicts(found) == [("ERROR", ("gpu-2",)), ("ERROR", ALL)]
    assert found[0].reason.startswith("the node gave no sign to 2 that waited for it")


def test_nodes_that_accuse_each_other_are_blamed_together() -> None:
    """A network between them that carries nothing is neither's."""
    left = completed(stderr="no sign within 300 s of 127.43.0.11", exit_status=Status.PEER_MISSING)
    right = completed(stderr="the first node does not answer on 127.43.0.10:1", exit_status=Status.PEER_MISSING)

    assert verdicts(judged(gpu_0=left, gpu_1=right)) == [("ERROR", ("gpu-0", "gpu-1"))]


def test_where_nobody_is_known_to_be_the_cause_nobody_is_blamed_alone() -> None:
    """One finding holds what each said."""
    found = judged(gpu_0=lost_a_peer(0), gpu_1=lost_a_peer(1))

    assert verdicts(found) == [("ERROR", ("gpu-0", "gpu-1"))]
    assert found[0].reason.startswith("the collective broke and no node says that it was the cause: rank 0 lost a peer")
    assert set(found[0].evidence) == {"gpu-0", "gpu-1"}


def test_where_all_failed_alike_each_is_named_with_its_reason() -> None:
    """And nothing is said of others, for there are none."""
    found = judged(**{f"gpu_{index}": completed(exit_status=127) for index in range(4)})

    assert verdicts(found) == [("ERROR", (f"gpu-{index}",)) for index in range(4)]
    assert len({finding.reason for finding in found}) == 1


def test_of_two_nodes_the_innocent_one_is_never_named_alone() -> None:
    """Whoever cordons or replaces the nodes that are named alone must not take both."""
    question = ask(count=2)
    found = collectives.CHECK.judge(question, {"gpu-0": lost_a_peer(0), "gpu-1": completed(exit_status=137)})

    assert verdicts(found) == [("ERROR", ("gpu-1",)), ("ERROR", ("gpu-0", "gpu-1"))]
