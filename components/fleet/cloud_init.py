"""What a node does at its first boot, as cloud-init reads it: nothing but what the functions here are given.

JSON is YAML, so the document is written by the standard library.
"""

import json
import shlex
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from components.catalogue import huge_pages

HERE = Path(__file__).parent
TIME_SYNC = "169.254.169.123"  # the Amazon Time Sync Service (EC2 user guide, "Set the time reference")
# FSx for Lustre user guide, "Mounting your file system automatically". It names network.service, which Ubuntu lacks and
# a mount that requires it would fail for; network-online.target is there on both. With an automount, who comes while
# the file system is away gets an error, and never writes to the root volume instead.
LUSTRE_OPTIONS = "noatime,flock,_netdev,nofail,x-systemd.automount,x-systemd.requires=network-online.target"
SCRIPTS = "/usr/local/sbin"
STRIPE_UNIT = "stripe-local-disks.service"
UNIT = """\
[Unit]
Description=Stripe the local disks and mount them at {folder}
Before=docker.service containerd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={command}

[Install]
WantedBy=multi-user.target
"""


class Part(NamedTuple):
    """What one feature asks of cloud-init.

    Attributes:
        early: commands of every boot, before most services start.
        packages: what must be installed.
        files: content by path; what stands in a folder of programs can be executed.
        commands: of the first boot, at its end, each as a list of words.
    """

    early: tuple[list[str], ...] = ()
    packages: tuple[str, ...] = ()
    files: Mapping[str, str] = {}
    commands: tuple[list[str], ...] = ()


def efa() -> Part:
    """Memory that the network cards read and write by themselves: huge pages, and no limit on what may be locked."""
    sysctl = "/etc/sysctl.d/60-efa.conf"
    return Part(
        files={
            sysctl: f"vm.nr_hugepages = {huge_pages.MOST}\n",
            "/etc/security/limits.d/60-efa.conf": "* soft memlock unlimited\n* hard memlock unlimited\n",
            "/etc/systemd/system.conf.d/60-efa.conf": "[Manager]\nDefaultLimitMEMLOCK=infinity\n",
        },
        commands=(["sysctl", "--load", sysctl], ["systemctl", "daemon-reexec"]),
    )


def local_disks(count: int, folder: str) -> Part:
    """The local NVMe disks as one, at a folder; by a unit, since a stop empties them and a start must make them new."""
    script = f"{SCRIPTS}/stripe-local-disks"
    return Part(
        early=(["systemctl", "mask", "dlami-nvme.service"],),  # Deep Learning AMIs would stripe them by LVM
        packages=("mdadm", "xfsprogs"),
        files={
            script: (HERE / "stripe_local_disks.sh").read_text(encoding="utf-8"),
            f"/etc/systemd/system/{STRIPE_UNIT}": UNIT.format(
                folder=folder, command=shlex.join([script, str(count), folder])
            ),
        },
        commands=(["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", STRIPE_UNIT]),
    )


def lustre(dns_name: str, mount_name: str, folder: str) -> Part:
    """An FSx for Lustre file system at a folder, at every boot."""
    script = f"{SCRIPTS}/mount-lustre"
    return Part(
        files={script: (HERE / "mount_lustre.sh").read_text(encoding="utf-8")},
        commands=([script, f"{dns_name}@tcp:/{mount_name}", folder, LUSTRE_OPTIONS],),
    )


def cloud_config(parts: Iterable[Part]) -> dict[str, Any]:
    """The parts as one document, and the clock on AWS's own time."""
    given = list(parts)
    lists = {
        "bootcmd": [command for part in given for command in part.early],
        "packages": [package for part in given for package in part.packages],
        "write_files": [_file(path, content) for part in given for path, content in part.files.items()],
        "runcmd": [command for part in given for command in part.commands],
    }
    clock = {"enabled": True, "ntp_client": "chrony", "servers": [TIME_SYNC], "pools": []}
    return {"ntp": clock, **{key: value for key, value in lists.items() if value}}


def user_data(parts: Iterable[Part]) -> str:
    """The document as a launch template takes it, base64."""
    return b64encode(f"#cloud-config\n{json.dumps(cloud_config(parts), indent=1)}\n".encode()).decode()


def _file(path: str, content: str) -> dict[str, str]:
    return {"path": path, "content": content, "permissions": "0755" if path.startswith(SCRIPTS) else "0644"}
