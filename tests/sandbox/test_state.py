import pytest

from sandbox.errors import StateDamagedError
from sandbox.folder import SandboxFolder
from sandbox.state import State


def test_a_state_is_read_as_it_was_written(folder: SandboxFolder) -> None:
    """And an empty one where none was."""
    assert State.read(folder) == State()
    State(environment="sandbox", addresses={"a": "127.0.0.9"}).write(folder)

    assert State.read(folder) == State(environment="sandbox", addresses={"a": "127.0.0.9"})


@pytest.mark.parametrize("content", ["", "{", "[]", '{"of": "another version"}', '{"nodes": {"a": 1}}'])
def test_a_state_that_cannot_be_understood_says_how_to_begin_anew(folder: SandboxFolder, content: str) -> None:
    """Damaged, or of a version that keeps other things; to take it away it need not be understood."""
    folder.state.write_text(content)

    with pytest.raises(StateDamagedError, match="run `aidc down`, then `aidc up`"):
        State.read(folder)
    assert State.read_if_whole(folder) == State()
