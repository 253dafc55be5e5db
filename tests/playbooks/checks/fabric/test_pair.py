import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.fabric import pair
from playbooks.payload.ending import Status
from playbooks.transport.outcome import AuthenticationRefusedError, TransportError, UnreachableError
from tests.playbooks.checks.asks import ask, changed, completed, everywhere, printed


def test_the_arguments_are_of_one_collective_and_one_size() -> None:
    """With one rail of each node where that is asked for."""
    question = ask(count=2, instance_type="p5.48xlarge", smoke={"allReduce": {"largestMessageMib": 4096}})
    words = pair.pair_bandwidth(question, question.nodes[1])

    assert words == [
        *("--addresses", "127.43.0.10,127.43.0.11", "--node", "1", "--port", "29400"),
        *("--sizes", str(1 << 30), "--collectives", "all-reduce"),
    ]
    assert pair.pair_bandwidth(question, question.nodes[1], rail=3) == [*words, "--rail", "3"]


@pytest.mark.parametrize(("stand_in", "largest", "mib"), [(False, 4096, 1024), (False, 256, 256), (True, 4096, 16)])
def test_the_message_is_large_for_what_moves_it(stand_in: bool, largest: int, mib: int) -> None:
    """A gigabyte between GPUs, less where the settings say so or CPUs do the work."""
    question = ask(count=2, instance_type="p5.48xlarge", smoke={"allReduce": {"largestMessageMib": largest}})

    assert pair.message_bytes(question._replace(stand_in=stand_in)) == mib << 20


@pytest.mark.parametrize(
    ("type_name", "largest", "mib"),
    [
        ("p4d.24xlarge", {}, 2048),
        ("p6-b300.48xlarge", {}, 16384),
        ("p6-b300.48xlarge", {"largestMessageMib": 8192}, 8192),
        ("p5.48xlarge", {}, 1024),
    ],
)
def test_a_pair_exchanges_what_a_public_figure_judges(type_name: str, largest: dict[str, int], mib: int) -> None:
    """Whatever the size of its fleet, but for what the settings allow."""
    assert pair.message_bytes(ask({"allReduce": largest}, count=64, instance_type=type_name)) == mib << 20


def test_a_pair_is_expected_to_reach_what_pairs_reach_in_public() -> None:
    """Not the settings' figure, which is of the whole fleet; nothing of a sandbox, or where nobody says it."""
    smoke = {"allReduce": {"largestMessageMib": 4096, "minimumBusBandwidthGbPerSecond": 100}}
    question = ask(smoke, count=64, instance_type="p5.48xlarge")
    expected = pair.expected(question)

    assert expected is not None
    assert expected.value == pytest.approx(0.85 * 435.14)
    assert pair.expected(question._replace(stand_in=True)) is None
    assert pair.expected(ask(smoke, instance_type="c6in.32xlarge")) is None


def test_both_nodes_tell_the_same_bandwidth() -> None:
    """16 MiB between two ranks in the time of the slower: the bus carries the algorithm's bandwidth once."""
    found = [pair.parse(printed(f"pair.{index}.stdout")) for index in range(2)]

    assert found[0] == found[1]
    assert found[0].gb_per_second == pytest.approx(0.211, rel=0.05)
    assert found[0].wrong == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed("pair.0.stdout", lambda facts: facts.update(world=1)), "1 of 1 ranks are on this node"),
        (changed("pair.0.stdout", lambda facts: facts["ranks"].clear()), "0 of 2 ranks are on this node"),
        (changed("pair.0.stdout", lambda facts: facts["ranks"][0]["rows"].clear()), "1 ranks told of 0 messages"),
        (changed("pair.0.stdout", lambda facts: facts["ranks"][0]["rows"][0].update(seconds=0)), "cannot be"),
        (changed("pair.0.stdout", lambda facts: facts["ranks"][0]["rows"][0].update(wrong=-1)), "cannot be"),
        ("nan", "not whole or not right"),
    ],
)
def test_what_is_no_measurement_is_an_error(text: str, message: str) -> None:
    """Never a bandwidth."""
    with pytest.raises(UnreadableAnswerError, match=message):
        pair.parse(text)


@given(st.integers(0, len(printed("pair.0.stdout").rstrip()) - 1))
def test_an_answer_that_is_cut_is_not_one(kept: int) -> None:
    """However much of it came."""
    with pytest.raises(UnreadableAnswerError):
        pair.parse(printed("pair.0.stdout")[:kept])


@pytest.mark.parametrize(
    ("type_name", "stand_in", "rails"),
    [("p5.48xlarge", False, 8), ("p5.48xlarge", True, 0), ("g6.8xlarge", False, 0), ("p99.metal", False, 0)],
)
def test_rails_can_be_told_apart_where_a_node_has_several_gpus(type_name: str, stand_in: bool, rails: int) -> None:
    """Of a sandbox and of a type that nobody knows there are none."""
    assert pair.rails(ask(count=2, instance_type=type_name)._replace(stand_in=stand_in)) == rails


def test_a_pair_is_as_fast_as_both_tell() -> None:
    """Its figure is there where both have answered and every sum is right."""
    question = ask(count=2)
    found = pair.read(question, everywhere(question, lambda index: printed(f"pair.{index}.stdout")))

    assert found == pytest.approx(0.211, rel=0.05)


def test_wrong_sums_are_told_by_node() -> None:
    """They break nobody: which node it is, their other pairs must show."""
    question = ask(count=2)

    def stdout(index: int) -> str:
        return changed(f"pair.{index}.stdout", lambda facts: facts["ranks"][0]["rows"][0].update(wrong=2 * index))

    found = pair.read(question, everywhere(question, stdout))

    assert found == pair.Failed({"gpu-1": "its ranks hold 2 wrong elements"}, {}, {"gpu-1": 2})


def test_who_fails_by_itself_breaks_and_who_lost_it_does_not() -> None:
    """Each with its own line."""
    question = ask(count=2)
    ends = {
        "gpu-0": completed(stderr="the other node never came", exit_status=Status.PEER_MISSING),
        "gpu-1": completed(stderr="python3 cannot import torch", exit_status=Status.NO_TORCH),
    }
    found = pair.read(question, ends)

    assert isinstance(found, pair.Failed)
    assert found.said == {"gpu-0": "the other node never came", "gpu-1": "python3 cannot import torch"}
    assert [(node, failure.of_machine) for node, failure in found.broken.items()] == [("gpu-1", False)]


def test_a_pair_without_a_port_breaks_its_first_node() -> None:
    """It is the machine's own where the node is lost, and not where its Python tells none."""
    question = ask(count=2)
    ports: list[str | TransportError] = [
        "python3: not found",
        AuthenticationRefusedError("key refused"),
        UnreachableError("no route"),
    ]
    found = [pair.without_port(question, why).broken["gpu-0"] for why in ports]

    assert [(each.reason, each.of_machine) for each in found] == [
        ("it tells no free TCP port: python3: not found", False),
        ("key refused", False),
        ("no route", True),
    ]
