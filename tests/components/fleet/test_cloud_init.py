import json
from base64 import b64decode
from typing import Any

import pytest

from components.fleet import cloud_init
from components.fleet.cloud_init import Part, cloud_config, user_data

MOST_BYTES = 16384  # EC2 user guide, "Run commands when you launch an EC2 instance": before base64
LUSTRE = cloud_init.lustre("fs-1.fsx.us-east-1.amazonaws.com", "abcd", "/fsx")


def files(part: Part) -> dict[str, dict[str, str]]:
    """The files of a document, by path."""
    return {each["path"]: each for each in cloud_config([part])["write_files"]}


def document(*parts: Part) -> dict[str, Any]:
    """What cloud-init would read."""
    header, _, body = b64decode(user_data(parts)).decode().partition("\n")
    assert header == "#cloud-config"
    read: dict[str, Any] = json.loads(body)
    return read


def test_every_node_takes_its_time_from_aws() -> None:
    """Chrony on the Amazon Time Sync Service, and on nothing else; no other key without a feature that asks for it."""
    assert document() == {"ntp": {"enabled": True, "ntp_client": "chrony", "servers": ["169.254.169.123"], "pools": []}}


def test_efa_nodes_have_huge_pages_and_may_lock_all_memory() -> None:
    """For logins and for services, whose limits systemd sets."""
    made = files(cloud_init.efa())

    assert made["/etc/sysctl.d/60-efa.conf"]["content"] == "vm.nr_hugepages = 5128\n"
    assert "* hard memlock unlimited" in made["/etc/security/limits.d/60-efa.conf"]["content"]
    assert "DefaultLimitMEMLOCK=infinity" in made["/etc/systemd/system.conf.d/60-efa.conf"]["content"]


def test_local_disks_are_striped_by_a_unit_of_every_boot() -> None:
    """A stop empties them, and cloud-init runs once an instance; the image's own service must not take them first."""
    part = cloud_init.local_disks(8, "/scratch")
    made, told = files(part), document(part)
    unit = made["/etc/systemd/system/stripe-local-disks.service"]["content"]

    assert "ExecStart=/usr/local/sbin/stripe-local-disks 8 /scratch\n" in unit
    assert "WantedBy=multi-user.target" in unit
    assert made["/usr/local/sbin/stripe-local-disks"]["permissions"] == "0755"
    assert ["systemctl", "enable", "--now", "stripe-local-disks.service"] in told["runcmd"]
    assert (told["bootcmd"], told["packages"]) == (
        [["systemctl", "mask", "dlami-nvme.service"]],
        ["mdadm", "xfsprogs"],
    )


def test_lustre_is_mounted_as_aws_documents_it() -> None:
    """After the network, across clients' locks, and never in the way of a boot."""
    (command,) = document(LUSTRE)["runcmd"]
    script, source, folder, options = command

    assert files(LUSTRE)[script]["permissions"] == "0755"
    assert (source, folder) == ("fs-1.fsx.us-east-1.amazonaws.com@tcp:/abcd", "/fsx")
    assert {"_netdev", "flock", "noatime", "nofail", "x-systemd.automount"} <= set(options.split(","))


def test_all_of_it_fits_into_user_data() -> None:
    """EC2 refuses more than 16 KiB."""
    raw = b64decode(user_data([cloud_init.efa(), cloud_init.local_disks(8, "/scratch"), LUSTRE]))

    assert len(raw) < MOST_BYTES


def test_the_order_of_parts_is_the_order_of_commands() -> None:
    """Disks come before what may want to use them."""
    told = document(cloud_init.local_disks(2, "/scratch"), LUSTRE)

    assert told["runcmd"][-1][0] == "/usr/local/sbin/mount-lustre"


@pytest.mark.parametrize("folder", ["/scratch disk", "/a;reboot"])
def test_a_folder_is_one_word_for_the_unit(folder: str) -> None:
    """Settings allow no such folder; whoever uses the component alone is not surprised either."""
    unit = files(cloud_init.local_disks(2, folder))["/etc/systemd/system/stripe-local-disks.service"]["content"]

    assert f"ExecStart=/usr/local/sbin/stripe-local-disks 2 '{folder}'\n" in unit
