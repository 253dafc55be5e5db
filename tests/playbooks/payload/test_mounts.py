import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

# of a p5.48xlarge's kind, with what a name may hold, and a mount that hides another
MOUNTS = """\
proc /proc proc rw,nosuid 0 0
/dev/root / ext4 rw,relatime 0 0
/dev/nvme9n1 /scratch ext4 rw 0 0
/dev/md127 /scratch xfs rw,noatime,sunit=1024,swidth=8192 0 0
/dev/sdb /data\\040sets ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "device", "folder"),
    [
        ("/scratch", "/dev/md127", "/scratch"),
        ("/scratch/jobs", "/dev/md127", "/scratch"),
        ("/scratch-2", "/dev/root", "/"),
        ("/home/ubuntu", "/dev/root", "/"),
        ("/", "/dev/root", "/"),
        ("/data sets/a", "/dev/sdb", "/data sets"),
    ],
)
def test_the_deepest_mount_above_a_folder_is_its_own(
    module: Callable[[str], ModuleType], path: str, device: str, folder: str
) -> None:
    """Of two at one folder the later."""
    found = module("mounts").found(MOUNTS, path)

    assert (found.device, found.folder) == (device, folder)


def test_in_a_chroot_the_root_lies_on_nothing_that_is_known(module: Callable[[str], ModuleType]) -> None:
    """The kernel lists only what is mounted below it."""
    found = module("mounts").found("proc /proc proc rw 0 0\n", "/home/ubuntu")

    assert found == ("unknown", "/", "unknown")


def test_this_machine_tells_what_a_folder_lies_on(module: Callable[[str], ModuleType], tmp_path: Path) -> None:
    """Through a link too."""
    (tmp_path / "link").symlink_to(tmp_path)
    found = module("mounts").mount_of(str(tmp_path / "link"))

    assert os.path.ismount(found.folder)
    assert str(tmp_path.resolve()).startswith(found.folder)
    assert found == module("mounts").mount_of(str(tmp_path))
