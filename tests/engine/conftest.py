"""The real Pulumi engine on a stand-in cloud: a project, a home and a backend of the test's own."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.engine.engine_project import EngineProject
from tests.projects import ROOT

ACCOUNT = "123456789012"  # moto's, and the stand-in's
NEEDED = ("pulumi", "pulumi-language-python", "pulumi-resource-aws", "pulumi-resource-kubernetes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs programs that are not there, and say which."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    for item in items:
        if Path(__file__).parent in item.path.parents and missing:
            item.add_marker(pytest.mark.skip(reason=f"not on PATH: {', '.join(missing)}"))


@pytest.fixture(scope="session")
def account() -> Iterator[str]:
    """The address of a moto server: the account that is asked what exists, and in which nothing does."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def project(tmp_path: Path, account: str) -> EngineProject:
    """A project of the test's own, with nothing brought up."""
    return made(tmp_path, account)


def made(folder: Path, account: str) -> EngineProject:
    """The project's own files in another folder, with an engine's home and a file backend beside them."""
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copytree(ROOT / "stacks" / "config", folder / "stacks" / "config")
    for file in (folder / "stacks" / "config").glob("*.yaml"):
        file.write_text(re.sub(r"(aws:allowedAccountIds:) \[.*?]", rf'\1 ["{ACCOUNT}"]', file.read_text()))
    (folder / "stacks" / "__main__.py").symlink_to(ROOT / "stacks" / "__main__.py")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "state").mkdir()
    return EngineProject(folder, account)
