"""One control plane for all tests of objects inside a cluster, where its programs are."""

from collections.abc import Iterator

import pytest

from tests.kubernetes.control_plane import PROGRAMS, ControlPlane, missing, running


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A real API server with its controllers and scheduler, and kwok for the machines."""
    if absent := missing(PROGRAMS):
        pytest.skip(f"not on PATH: {', '.join(absent)} (docs/platform.md says what they are)")
    with running(tmp_path_factory.mktemp("control-plane")) as plane:
        yield plane
