"""A real Kubernetes control plane on loopback, without machines: API server, controllers, scheduler, fake nodes."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kubectl")
ADMINISTRATOR = "administrators-token"  # nobody else can reach the loopback port while the test runs
READY_SECONDS = 60
STAGES = Path(__file__).parents[1] / "data" / "kwok" / "stages.yaml"

Object = Mapping[str, Any]


def missing(programs: Sequence[str]) -> list[str]:
    """The programs that are not on PATH."""
    return [program for program in programs if shutil.which(program) is None]


def free_ports(count: int) -> list[int]:
    """Loopback ports that nothing listens on, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def until(true: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)


class ControlPlane:
    """A running control plane, and how to talk to it.

    Attributes:
        folder: logs, one a program, and what they keep.
        kubeconfig: of an administrator.
    """

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self._server = folder, server
        self.kubeconfig = self.kubeconfig_of(ADMINISTRATOR)

    def kubeconfig_of(self, token: str) -> Path:
        """A kubeconfig for whoever has a token."""
        path = self.folder / f"kubeconfig-{len(list(self.folder.glob('kubeconfig-*')))}"
        cluster = {"server": self._server, "certificate-authority": str(self.folder / "certificates/apiserver.crt")}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": cluster}],
            "users": [{"name": "it", "user": {"token": token}}],
        }
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What `kubectl` says; a failure is an error with its words."""
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout

    def answers(self) -> bool:
        """Whether the API server is ready."""
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", "get", "--raw", "/readyz"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def apply(self, *objects: Object) -> None:
        """Apply objects on the server's side, as the Pulumi provider does; an unknown field is an error."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "--server-side", "--validate=strict", "-f", "-", stdin=json.dumps(listed))

    def get(self, *which: str) -> dict[str, Any]:
        """One object, or a list of them."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *which, "-o", "json"))
        return found

    @contextmanager
    def program(self, name: str, *arguments: str) -> Iterator[None]:
        """A program that runs beside the control plane; it is ended, and it must not end before."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen([name, *arguments], stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
            try:
                yield
                assert process.poll() is None, (self.folder / f"{name}.log").read_text()[-2000:]
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextmanager
def running(folder: Path) -> Iterator[ControlPlane]:
    """A control plane from nothing, gone at the end."""
    etcd, peer, api = free_ports(3)
    tokens = folder / "tokens.csv"
    tokens.write_text(f'{ADMINISTRATOR},administrator,0,"system:masters"\n', encoding="utf-8")
    key = service_account_key(folder / "service-accounts.key")
    plane = ControlPlane(folder, f"https://127.0.0.1:{api}")
    with ExitStack() as stack:
        for program, arguments in (
            ("etcd", etcd_arguments(folder, etcd, peer)),
            ("kube-apiserver", api_server_arguments(folder, etcd, api, tokens, key)),
        ):
            stack.enter_context(plane.program(program, *arguments))
        until(plane.answers, f"the API server, {folder}")
        shared = [f"--kubeconfig={plane.kubeconfig}", "--leader-elect=false", "--secure-port=0"]
        account = f"--service-account-private-key-file={key}"
        stack.enter_context(plane.program("kube-controller-manager", *shared, account))
        stack.enter_context(plane.program("kube-scheduler", *shared))
        stack.enter_context(
            plane.program("kwok", f"--kubeconfig={plane.kubeconfig}", "--manage-all-nodes=true", f"--config={STAGES}")
        )
        yield plane


def service_account_key(path: Path) -> Path:
    """What the tokens of service accounts are signed with."""
    private = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    return path


def etcd_arguments(folder: Path, client: int, peer: int) -> list[str]:
    """A store of one member that needs to survive nothing."""
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{client}",
        f"--advertise-client-urls=http://127.0.0.1:{client}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-cluster=default=http://127.0.0.1:{peer}",
        "--unsafe-no-fsync",
    ]


def api_server_arguments(folder: Path, etcd: int, port: int, tokens: Path, key: Path) -> list[str]:
    """An API server that asks who somebody is and what they may do, like a real one."""
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}",
        "--endpoint-reconciler-type=none",
        "--authorization-mode=RBAC",
        f"--token-auth-file={tokens}",
        "--allow-privileged=true",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
    ]
