"""The clients of benchmarks/hosts.py, each in its best setting: `clients.py <client> <plan.json> <answers.json>`."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PLAN = json.loads(Path(sys.argv[2]).read_text())
FOLDER = Path(PLAN["folder"])
PORT, USER, COMMAND, ADDRESSES = PLAN["port"], PLAN["user"], PLAN["command"], PLAN["addresses"]
KEY, KNOWN = str(FOLDER / "user_key"), str(FOLDER / "known_hosts")
BIN = Path(sys.executable).parent

# Imports stand in the functions: each client runs in an environment that need not have the others.


def ours() -> dict[str, str]:
    """This project's transport, strict."""
    from playbooks.nodes import Node  # noqa: PLC0415
    from playbooks.transport.command import Command  # noqa: PLC0415
    from playbooks.transport.host_keys import HostKeys, parse_key  # noqa: PLC0415
    from playbooks.transport.outcome import Completed  # noqa: PLC0415
    from playbooks.transport.ssh import SshTransport  # noqa: PLC0415
    from stacks.settings import Access  # noqa: PLC0415

    nodes = [Node(address, "f", 0, f"i-{address}", "p5.48xlarge", address, "python3") for address in ADDRESSES]
    kept = HostKeys(FOLDER / "ours_known_hosts")
    key = parse_key((FOLDER / "host_key.pub").read_text())
    kept.keep({node.instance_id: [key] for node in nodes if key})
    access = Access.model_validate({"user": USER, "port": PORT, "identityFile": KEY})
    with SshTransport(access, kept, FOLDER) as ssh:
        outcomes = ssh.run_all({node: Command(COMMAND) for node in nodes})
    return {name: end.stdout.text if isinstance(end, Completed) else str(end) for name, end in outcomes.items()}


def asyncssh() -> dict[str, str]:
    """100 at once, strict, the known hosts parsed once."""
    import asyncio  # noqa: PLC0415

    import asyncssh  # noqa: PLC0415

    key, known = asyncssh.read_private_key(KEY), asyncssh.read_known_hosts(KNOWN)
    bound = asyncio.Semaphore(100)
    same: dict[str, Any] = {"username": USER, "client_keys": [key], "known_hosts": known, "config": None}

    async def ask(address: str) -> tuple[str, str]:
        async with bound, asyncssh.connect(address, PORT, agent_path=None, **same) as connection:
            return address, str((await connection.run(COMMAND)).stdout)

    async def ask_all() -> list[tuple[str, str]]:
        return await asyncio.gather(*map(ask, ADDRESSES))

    return dict(asyncio.run(ask_all()))


def fabric() -> dict[str, str]:
    """64 threads; not strict, for it parses the known hosts anew for each host."""
    from fabric import Config, Connection  # noqa: PLC0415

    def ask(address: str) -> tuple[str, str]:
        settings = Config(overrides={"load_ssh_configs": False})  # threads cannot share one
        login = {"key_filename": KEY, "allow_agent": False, "look_for_keys": False}
        with Connection(address, USER, PORT, config=settings, connect_kwargs=login) as connection:
            return address, connection.run(COMMAND, hide=True, in_stream=False).stdout

    with ThreadPoolExecutor(64) as pool:
        return dict(pool.map(ask, ADDRESSES))


def parallel_ssh() -> dict[str, str]:
    """ssh2 with 100 at once; it does not check host keys."""
    from pssh.clients import ParallelSSHClient  # noqa: PLC0415

    client = ParallelSSHClient(ADDRESSES, user=USER, port=PORT, pkey=KEY, pool_size=100, allow_agent=False)
    return {host.host: "\n".join(host.stdout) for host in client.run_command(COMMAND)}


def pyinfra() -> dict[str, str]:
    """64 at once, strict."""
    login = {
        "ssh_user": USER,
        "ssh_port": PORT,
        "ssh_key": KEY,
        "ssh_allow_agent": False,
        "ssh_look_for_keys": False,
        "ssh_known_hosts_file": KNOWN,
        "ssh_strict_host_key_checking": "yes",
    }
    inventory = FOLDER / "inventory.py"
    inventory.write_text(f"hosts = {[(address, login) for address in ADDRESSES]!r}\n")
    command = [BIN / "pyinfra", "--parallel", "64", "-y", inventory, "exec", "--", COMMAND]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=FOLDER, env=_plain())
    answers: dict[str, str] = {}
    for address, line in re.findall(r"\[(127[\d.]+)\] (.*)", re.sub(r"\x1b\[\d*m", "", said.stdout + said.stderr)):
        answers[address] = answers.get(address, "") + ("" if line.strip().startswith(PYINFRAS_OWN) else f"{line}\n")
    return answers


PYINFRAS_OWN = ("Connected", "Ready:", "Success")


def ansible() -> dict[str, str]:
    """The raw module by OpenSSH, strict, 50 forks; a connection is used once, so that none is kept."""
    inventory = FOLDER / "inventory.ini"
    inventory.write_text("\n".join(ADDRESSES))
    options = (
        f"-F none -o UserKnownHostsFile={KNOWN} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o ControlMaster=no"
    )
    login = ["-u", USER, "--private-key", KEY, "-e", f"ansible_port={PORT}", "--ssh-common-args", options]
    command = [BIN / "ansible", "all", "-i", inventory, "-f", "50", "-m", "raw", "-a", COMMAND, *login]
    settings = _plain() | {"ANSIBLE_SSH_ARGS": "", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "False"}
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=FOLDER, env=settings).stdout
    parts = re.split(r"^(127[\d.]+) \| CHANGED \| rc=0 >>\n", said, flags=re.MULTILINE)[1:]
    return {
        address: re.sub(r"^(?:Shared connection|Connection) to .*$", "", text, flags=re.MULTILINE)
        for address, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _plain() -> dict[str, str]:
    """The environment without what would have a client look for an agent."""
    return {name: value for name, value in os.environ.items() if name != "SSH_AUTH_SOCK"}


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(json.dumps(globals()[sys.argv[1]]()))
