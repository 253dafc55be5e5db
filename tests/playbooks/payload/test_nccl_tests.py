import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.playbooks.checks.fabric.test_nccl_tests import A100
from tests.playbooks.payload.fleet import ended, program

Module = Callable[[str], ModuleType]

MODERN = """#!/bin/sh
echo "$@" >> "{calls}"
while [ $# -gt 0 ]; do [ "$1" = -J ] && printf '{{"env": ["SECRET=x"], "results": []}}' > "$2"; shift; done
cat "{output}"
"""
HALF_JSON = MODERN.replace("]}}'", "'")
WITHOUT_JSON = """#!/bin/sh
case "$*" in *-J*) echo "invalid option -- 'J'"; exit 1;; esac
cat "{output}"
"""
BROKEN = """#!/bin/sh
echo "all_reduce_perf: error while loading shared libraries: libmpi.so.40" >&2
exit 127
"""


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a program into a folder of the PATH, under the name of nccl-tests' own."""

    def put(script: str) -> Path:
        (tmp_path / "output").write_text(A100, encoding="utf-8")
        file = tmp_path / "all_reduce_perf"
        file.write_text(script.format(calls=tmp_path / "calls", output=tmp_path / "output"), encoding="utf-8")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return file

    return put


def test_it_is_found_on_the_path_and_where_images_keep_it(
    module: Module, image: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Deep Learning AMI has a build a CUDA version; the latest is taken."""
    nccl_tests = module("nccl_tests")
    assert nccl_tests.find("no_such_perf") is None
    assert nccl_tests.find("all_reduce_perf") is None
    for version in ("12.8", "13.2"):
        folder = tmp_path / f"cuda-{version}" / "efa" / f"test-cuda-{version}"
        folder.mkdir(parents=True)
        (folder / "all_reduce_perf").touch(0o755)
    monkeypatch.setattr(nccl_tests, "FOLDERS", (f"{tmp_path}/cuda-*/efa/test-cuda*",))
    assert nccl_tests.find("all_reduce_perf").endswith("test-cuda-13.2/all_reduce_perf")

    on_the_path = image(MODERN)
    assert nccl_tests.find("all_reduce_perf") == str(on_the_path)


def test_its_json_comes_back_without_the_environment(module: Module, image: Callable[[str], Path]) -> None:
    """Where secrets may stand; and the sizes end at the largest."""
    file = image(MODERN)
    told = module("nccl_tests").run(str(file), 24 << 20, 8, 10.0)

    assert (json.loads(told["report"]), told["broken"]) == ({"results": []}, "")
    assert told["stdout"] == A100
    assert (file.parent / "calls").read_text().startswith("-b 24 -e 25165824 -f 2 -g 8 -c 1 -J ")


def test_json_that_is_broken_is_no_version_without(module: Module, image: Callable[[str], Path]) -> None:
    """Its text may be right, and whoever reads it must know that something is not."""
    told = module("nccl_tests").run(str(image(HALF_JSON)), 1 << 20, 8, 10.0)

    assert told["report"] is None
    assert told["broken"].startswith("the JSON of nccl-tests cannot be read: Expecting")


def test_a_version_without_json_runs_again_without_it(module: Module, image: Callable[[str], Path]) -> None:
    """Its text is enough."""
    told = module("nccl_tests").run(str(image(WITHOUT_JSON)), 1 << 20, 8, 10.0)

    assert (told["report"], told["broken"], told["status"]) == (None, "", 0)
    assert told["stdout"] == A100


def test_it_finds_the_libraries_of_its_own_cuda_first(
    module: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NCCL among them, which another version on the loader's path may not run with."""
    nccl_tests = module("nccl_tests")
    folder = tmp_path / "cuda-13.2" / "efa" / "test-cuda-13.2"
    folder.mkdir(parents=True)
    file = folder / "all_reduce_perf"
    file.write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH"\n')
    file.chmod(0o755)
    monkeypatch.setattr(nccl_tests, "CUDA", re.compile(f"{tmp_path}/cuda[^/]*"))
    monkeypatch.setattr(nccl_tests, "LIBRARIES", (str(tmp_path), str(tmp_path / "none")))
    monkeypatch.setenv("LD_LIBRARY_PATH", "/of/the/image")
    told = nccl_tests.run(str(file), 1 << 20, 8, 10.0)

    cuda = tmp_path / "cuda-13.2"
    assert told["stdout"] == f"{cuda}/lib:{cuda}/lib64:/of/the/image:{tmp_path}\n"


def test_one_that_hangs_is_ended(module: Module, image: Callable[[str], Path]) -> None:
    """With its children."""
    told = module("nccl_tests").run(str(image("#!/bin/sh\nsleep 60\n")), 1 << 20, 8, 0.2)

    assert told["status"] == -9
    assert told["stdout"] == ""


@pytest.mark.parametrize(
    ("script", "gpus", "not_used"),
    [
        (MODERN, 8, ""),
        (MODERN, 1, "all_reduce_perf has 1 GPUs to run on"),
        (BROKEN, 8, "exited with 127: all_reduce_perf: error while loading shared libraries: libmpi.so.40"),
    ],
)
def test_why_it_is_not_used_is_told(  # noqa: PLR0913, PLR0917 - three of them are fixtures
    module: Module,
    image: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    gpus: int,
    not_used: str,
) -> None:
    """So that torch's figure is not taken for nccl-tests'."""
    image(script)
    in_node = module("all_reduce_in_node")
    monkeypatch.setattr(in_node.nccl_tests, "gpus", lambda: gpus)
    found = in_node.by_nccl_tests(1 << 20)

    assert found["not_used"].endswith(not_used)
    assert (found["nccl_tests"] is None) == bool(not_used)


def test_a_node_with_neither_says_what_it_lacks(bare_python: str) -> None:
    """Torch, then, for the image has no nccl-tests either."""
    found = ended(program("all_reduce_in_node.py", "--largest", "8", python=bare_python))

    assert found.stderr.text == f"{bare_python} cannot import torch: No module named 'torch'\n"
