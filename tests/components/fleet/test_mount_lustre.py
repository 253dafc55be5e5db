from pathlib import Path

from components.fleet import cloud_init
from tests.components.fleet.scripts import Done, run

SCRIPT = Path(cloud_init.__file__).with_name("mount_lustre.sh").read_text()
SOURCE = "fs-1.fsx.us-east-1.amazonaws.com@tcp:/abcd"
WITH_CLIENT = {"modinfo": "", "systemctl": "", "systemd-escape": "echo fsx.automount", "mkdir": ""}
UBUNTU = "ID=ubuntu\nVERSION_CODENAME=noble\n"
INSTALLING = {"modinfo": "exit 1", "curl": "", "gpg": "", "apt-get": "", "dnf": "", "uname": "echo 6.8.0-1020-aws"}


def mount(folder: Path, release: str = UBUNTU, fstab: str = "", **answers: str) -> Done:
    """Run the script with this folder for /etc."""
    (folder / "fstab").write_text(fstab)
    (folder / "os-release").write_text(release)
    (folder / "apt/sources.list.d").mkdir(parents=True)
    script = SCRIPT.replace("/etc/", f"{folder}/")
    return run(folder, script, [SOURCE, "/fsx", cloud_init.LUSTRE_OPTIONS], {**WITH_CLIENT, **answers})


def test_the_file_system_is_in_fstab_and_mounted(tmp_path: Path) -> None:
    """At this boot and at every other; the rest of the table stays."""
    done = mount(tmp_path, fstab="LABEL=root / ext4 defaults 0 1\n")

    assert (done.status, done.stderr) == (0, "")
    assert (tmp_path / "fstab").read_text() == (
        f"LABEL=root / ext4 defaults 0 1\n{SOURCE} /fsx lustre {cloud_init.LUSTRE_OPTIONS} 0 0\n"
    )
    assert done.commands[-3:] == [
        "systemctl daemon-reload",
        "systemd-escape --path --suffix=automount /fsx",
        "systemctl start fsx.automount",
    ]


def test_the_same_line_is_written_once(tmp_path: Path) -> None:
    """The script can be run again."""
    line = f"{SOURCE} /fsx lustre {cloud_init.LUSTRE_OPTIONS} 0 0\n"
    mount(tmp_path, fstab=line)

    assert (tmp_path / "fstab").read_text() == line


def test_ubuntu_gets_the_client_of_the_running_kernel(tmp_path: Path) -> None:
    """A new kernel would want another GPU driver."""
    done = mount(tmp_path, **INSTALLING)

    assert (done.status, done.stderr) == (0, "")
    assert "apt-get install --yes lustre-client-modules-6.8.0-1020-aws" in done.commands
    assert " noble main\n" in (tmp_path / "apt/sources.list.d/fsxlustreclientrepo.list").read_text()


def test_amazon_linux_has_a_client_of_its_own(tmp_path: Path) -> None:
    """In its own repository."""
    done = mount(tmp_path, release="ID=amzn\n", **INSTALLING)

    assert "dnf install --assumeyes lustre-client" in done.commands


def test_another_image_is_told_what_it_lacks(tmp_path: Path) -> None:
    """Nothing is written to its table."""
    done = mount(tmp_path, release="ID=slackware\n", **INSTALLING)

    assert (done.status, (tmp_path / "fstab").read_text()) == (1, "")
    assert "this image (slackware) has no Lustre client: put one into it" in done.stderr
