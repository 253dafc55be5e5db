import json

import pytest

from playbooks.checks.fabric import collective, collectives
from tests.playbooks.checks.asks import printed


def answer(*ranks: int, world: int) -> collectives.Collectives:
    """A node's answer with these ranks."""
    facts = json.loads(printed("collectives.0.stdout"))
    [row] = facts["ranks"]
    return collectives.parse(json.dumps(facts | {"ranks": [row | {"rank": rank} for rank in ranks], "world": world}))


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ([answer(0, 1, world=4), answer(2, 3, world=4)], ""),
        ([answer(0, 1, 2, world=4), answer(3, world=4)], ""),  # a node that lost GPUs
        ([answer(0, 1, world=4), answer(2, world=4)], "of 4 ranks these answered: 0, 1, 2"),
        ([answer(0, 1, world=4), answer(0, 1, world=4)], "of 4 ranks these answered: 0, 0, 1, 1"),
        ([answer(0, world=1), answer(0, world=2)], "the nodes do not agree on the number of ranks: [1, 2]"),
        ([answer(world=2)], "of 2 ranks these answered: none"),
    ],
)
def test_every_rank_answers_once(answers: list[collectives.Collectives], missing: str) -> None:
    """However many a node has."""
    assert collective.missing_ranks({f"gpu-{index}": found for index, found in enumerate(answers)}) == missing


def test_what_it_ran_on_is_said_in_one_line() -> None:
    """With NCCL's version where NCCL moved the bytes."""
    found = collectives.parse(printed("collectives.0.stdout"))
    on_gpus = found.model_copy(update={"nccl": "2.29.3", "backend": "nccl", "torch": "2.9.1", "world": 16})

    assert collective.software(on_gpus, found.ranks) == {
        "ran on": "16 ranks, nccl, torch 2.9.1, NCCL 2.29.3, cpu",
        "transport": "tcp",
    }


def test_libraries_that_the_image_leaves_out_are_said() -> None:
    """For training on this image will not find them either."""
    found = collectives.parse(printed("collectives.0.stdout"))
    added = found.model_copy(update={"libraries_added": ("/opt/amazon/ofi-nccl/lib", "/opt/amazon/efa/lib")})

    said = collective.software(added, found.ranks)["added to LD_LIBRARY_PATH"]
    assert said == "/opt/amazon/ofi-nccl/lib:/opt/amazon/efa/lib"
