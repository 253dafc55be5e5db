import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from playbooks.checks import answer
from playbooks.checks.training import ranks
from tests.playbooks.checks.asks import printed

TEXT = printed("training-step.0.stdout")


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    assert ranks.parse(TEXT).model_dump(mode="json") == json.loads(TEXT)


@given(end=some.integers(0, len(TEXT.rstrip()) - 1))
def test_an_answer_that_is_cut_is_an_error(end: int) -> None:
    """Wherever the connection broke off."""
    with pytest.raises(answer.UnreadableAnswerError):
        ranks.parse(TEXT[:end])
