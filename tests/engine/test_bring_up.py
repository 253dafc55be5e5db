import pytest

from tests.engine.engine_project import EngineProject

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def test_up_shows_what_would_change_asks_and_makes_it(project: EngineProject) -> None:
    """Without a terminal nothing is made before somebody has agreed; a second up changes nothing."""
    asked = project.aidc("up", "dev", "--no-smoke")
    nothing = project.resources("dev")
    first = project.aidc("up", "dev", "--no-smoke", "--yes")
    second = project.aidc("up", "dev", "--no-smoke", "--yes")

    assert (asked.returncode, nothing) == (2, {}), asked.stdout + asked.stderr
    assert "+ dev-workers: " in asked.stdout
    assert "add --yes" in asked.stderr
    assert first.returncode == 0, first.stdout + first.stderr
    assert project.identity("dev", "dev-workers-1")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "nothing has changed" in second.stdout
