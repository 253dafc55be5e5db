"""One command on 1,000 loopback hosts: our transport against asyncssh, fabric, pyinfra, parallel-ssh and Ansible.

`python benchmarks/hosts.py --peers <virtual environment with benchmarks/requirements-hosts.txt>`. Times are of whole
processes, from start to exit. Every host's answer is checked.
"""

import argparse
import json
import os
import pwd
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
COMMAND = "hostname; uname -a"
USER = pwd.getpwuid(os.getuid()).pw_name
REFERENCE = "asyncssh"
CLIENTS = ("ours", REFERENCE, "fabric", "pyinfra", "parallel_ssh", "ansible")
SERVERS = ("light", "sshd")

# sshd listens on at most 16 addresses, so that it takes 0.0.0.0; it lets nobody in who does not come from loopback.
# HOME is set, so that this machine's own shell start-up files take no part.
SSHD_CONFIG = """\
ListenAddress 0.0.0.0:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
AllowUsers {user}@127.0.0.0/8
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
MaxStartups 10000
LogLevel ERROR
SetEnv HOME={folder}
"""


class Plan(NamedTuple):
    """What is asked: the folder with its keys, the port, and every host's address."""

    folder: Path
    port: int
    addresses: list[str]


def main() -> None:
    """Run every client against every kind of server, round by round, and print a table."""
    options = _options()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    for server in options.servers:
        with tempfile.TemporaryDirectory() as folder:
            plan = _plan(Path(folder), options.hosts)
            with _serving(server, plan):
                rounds = [_round(options, plan) for _ in range(options.rounds)]
        print(_table(server, options.hosts, rounds), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="virtual environment of the other clients")
    parser.add_argument("--clients", nargs="+", default=list(CLIENTS), choices=CLIENTS)
    parser.add_argument("--servers", nargs="+", default=list(SERVERS), choices=SERVERS)
    return parser.parse_args()


def _plan(folder: Path, hosts: int) -> Plan:
    """Make what a client has to know, and write it as JSON for it."""
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    addresses = [f"127.77.{index // 250}.{index % 250 + 1}" for index in range(hosts)]
    key = " ".join((folder / "host_key.pub").read_text().split()[:2])
    known = "".join(f"[{address}]:{port} {key}\n" for address in addresses)
    (folder / "known_hosts").write_text(known)
    plan = {"folder": str(folder), "port": port, "user": USER, "addresses": addresses, "command": COMMAND}
    (folder / "plan.json").write_text(json.dumps(plan))
    return Plan(folder, port, addresses)


@contextmanager
def _serving(kind: str, plan: Plan) -> Iterator[None]:
    folder, port = plan.folder, plan.port
    if kind == "sshd":
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where root's sshd separates its privileges; its package makes it
        config = folder / "sshd_config"
        config.write_text(SSHD_CONFIG.format(folder=folder, port=port, user=USER))
        command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(config)]
    else:
        command = [sys.executable, str(HERE / "light_hosts.py"), str(folder / "plan.json")]
    with subprocess.Popen(command) as server:
        try:
            _wait_for(plan.addresses[-1], port)
            yield
        finally:
            server.terminate()


def _wait_for(address: str, port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on {address}:{port}")


def _round(options: argparse.Namespace, plan: Plan) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds of each client, asked in an order by chance, so that none always follows the same one."""
    order = random.sample(options.clients, len(options.clients))
    measured = {client: _measure(client, options.peers, plan.folder) for client in order}
    return {client: measured[client] for client in options.clients}


def _measure(client: str, peers: Path | None, folder: Path) -> tuple[float, float]:
    python = sys.executable if client == "ours" or peers is None else str(peers / "bin" / "python")
    answers = folder / f"{client}.json"
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, str(HERE / "clients.py"), client, str(folder / "plan.json"), str(answers)], check=True)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    _check(client, answers, folder)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _check(client: str, answers: Path, folder: Path) -> None:
    expected = subprocess.run(["sh", "-c", COMMAND], check=True, capture_output=True, text=True).stdout.split()
    found = json.loads(answers.read_text())
    addresses = json.loads((folder / "plan.json").read_text())["addresses"]
    wrong = [address for address in addresses if found.get(address, "").split() != expected]
    if wrong:
        raise AssertionError(
            f"{client}: {len(wrong)} hosts without the right answer, such as {wrong[0]}: {found.get(wrong[0])!r}"
        )


def _table(server: str, hosts: int, rounds: list[dict[str, tuple[float, float]]]) -> str:
    lines = [
        f"\n{hosts} hosts, {server} server, {len(rounds)} rounds, medians",
        "",
        f"| client | wall s | client CPU s | wall / {REFERENCE}'s in the same round |",
        "|---|---|---|---|",
    ]
    for client in rounds[0]:
        wall, cpu = (statistics.median(each[client][index] for each in rounds) for index in (0, 1))
        ratios = [each[client][0] / each[REFERENCE][0] for each in rounds if REFERENCE in each]
        ratio = f"{statistics.median(ratios):.2f}" if ratios else "-"
        lines.append(f"| {client} | {wall:.1f} | {cpu:.1f} | {ratio} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
