from pathlib import Path

import pytest

from components.fleet import cloud_init
from tests.components.fleet.scripts import Done, run

SCRIPT = Path(cloud_init.__file__).with_name("stripe_local_disks.sh").read_text()
DISK = "/dev/nvme{}n1 Amazon EC2 NVMe Instance Storage"
ROOT = "/dev/nvme0n1 Amazon Elastic Block Store"
FRESH = {
    "mountpoint": "exit 1",
    "lsblk": f"""case "$*" in *MODEL*) printf '%s\\n' '{ROOT}' '{DISK.format(1)}' '{DISK.format(2)}' ;; esac""",
    "mdadm": 'case "$1" in --assemble) exit 1 ;; esac',
    "wipefs": "",
    "blkid": "exit 2",
    "mkfs.xfs": "",
    "mount": "",
    "chmod": "",
}


def stripe(folder: Path, count: int = 2, **answers: str) -> Done:
    """Run the script on a fresh machine, but for these answers; without what only looks."""
    done = run(folder, SCRIPT, [str(count), str(folder / "scratch")], {**FRESH, **answers})
    changing = [each for each in done.commands if each.split()[0] not in ("mountpoint", "lsblk", "blkid")]
    return done._replace(commands=[each.replace(str(folder), "") for each in changing])


def test_fresh_disks_are_striped_formatted_and_mounted(tmp_path: Path) -> None:
    """The instance's own disks only: the root volume is an NVMe device too."""
    done = stripe(tmp_path)

    assert (done.status, done.stderr) == (0, "")
    assert done.commands == [
        "mdadm --assemble /dev/md/local-disks /dev/nvme1n1 /dev/nvme2n1",
        "wipefs --all /dev/nvme1n1 /dev/nvme2n1",
        "mdadm --create /dev/md/local-disks --run --level=0 --raid-devices=2 --homehost=any /dev/nvme1n1 /dev/nvme2n1",
        "mkfs.xfs -f -K /dev/md/local-disks",
        "mount -o noatime /dev/md/local-disks /scratch",
        "chmod 1777 /scratch",
    ]


@pytest.mark.parametrize("assembled", ["", "/dev/md127"])
def test_what_a_reboot_left_is_mounted_and_never_made_again(tmp_path: Path, assembled: str) -> None:
    """Whether the kernel has assembled the stripe already, under a name of its own, or not."""
    answers = (
        f"""case "$*" in *TYPE*) [ -z "{assembled}" ] || echo "{assembled} raid0" ;; *) {FRESH["lsblk"]} ;; esac"""
    )
    done = stripe(tmp_path, lsblk=answers, mdadm="", blkid="echo xfs")
    device = assembled or "/dev/md/local-disks"

    assert (done.status, done.stderr) == (0, "")
    assert not any("mkfs" in each or "wipefs" in each or "--create" in each for each in done.commands)
    assert f"mount -o noatime {device} /scratch" in done.commands


def test_one_disk_needs_no_stripe(tmp_path: Path) -> None:
    """It is formatted as it is."""
    done = stripe(tmp_path, count=1, lsblk=f"echo '{DISK.format(1)}'")

    assert done.commands[:2] == ["mkfs.xfs -f -K /dev/nvme1n1", "mount -o noatime /dev/nvme1n1 /scratch"]


def test_a_mounted_folder_is_left_alone(tmp_path: Path) -> None:
    """The unit can be started again and again."""
    done = stripe(tmp_path, mountpoint="exit 0")

    assert (done.status, done.commands) == (0, [])


def test_a_missing_disk_is_told_and_nothing_is_made_of_the_rest(tmp_path: Path) -> None:
    """The catalogue knows how many there are; fewer is broken hardware."""
    done = stripe(tmp_path, count=3)

    assert (done.status, done.commands) == (1, [])
    assert "found 2 local disks, and the instance type has 3: stop and start it" in done.stderr


def test_a_disk_in_use_is_not_formatted(tmp_path: Path) -> None:
    """`wipefs` refuses a device that something holds, and the script ends there."""
    done = stripe(tmp_path, wipefs="exit 1")

    assert done.status == 1
    assert not any("--create" in each or "mkfs" in each for each in done.commands)
