"""Learning host keys over the EC2 API: a real boto3 client, and a server whose consoles the test writes."""

import base64
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import boto3
import pytest
from types_boto3_ec2 import EC2Client

from playbooks.transport.console import learn
from playbooks.transport.host_keys import BEGIN, END, HostKeys
from tests.playbooks.transport.conftest import key_pair, nodes

Console = Callable[[bool], str]  # what it shows, asked with or without `Latest`; a word of letters is an error's code

OUTPUT = "<GetConsoleOutputResponse><output>{}</output></GetConsoleOutputResponse>"
ERROR = "<Response><Errors><Error><Code>{}</Code><Message>told so</Message></Error></Errors></Response>"


class Ec2(ThreadingHTTPServer):
    """Answers GetConsoleOutput."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.consoles: dict[str, Console] = {}
        self.asked: list[str] = []


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Ec2

    def do_POST(self) -> None:
        """Show the instance's console."""
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        instance_id = query["InstanceId"][0]
        self.server.asked.append(instance_id)
        shown = self.server.consoles[instance_id](query.get("Latest") == ["true"])
        body = ERROR.format(shown) if shown.isalpha() else OUTPUT.format(base64.b64encode(shown.encode()).decode())
        self.send_response(400 if shown.isalpha() else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[Ec2]:
    """A stand-in for the EC2 API."""
    with Ec2() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()


@pytest.fixture
def ec2(server: Ec2) -> Iterator[EC2Client]:
    """A client of it."""
    client = boto3.client(
        "ec2", "us-east-1", endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="x", aws_secret_access_key="x",
    )  # fmt: skip
    yield client
    client.close()


def test_keys_are_learned_from_either_console_and_asked_for_once(ec2: EC2Client, server: Ec2, tmp_path: Path) -> None:
    """Outside of Nitro there is only what was posted after the start; a booted node's is only the present one."""
    posted, present = nodes(2)
    key = key_pair(tmp_path / "key")
    block = f"{BEGIN}\n{key}\n{END}\n"
    server.consoles = {
        posted.instance_id: lambda latest: "UnsupportedOperation" if latest else block,
        present.instance_id: lambda latest: block if latest else "",
    }
    kept = HostKeys(tmp_path / "known_hosts")

    assert learn(ec2, [posted, present], kept, wait_seconds=5) == {}
    server.asked.clear()
    assert learn(ec2, [posted, present], HostKeys(kept.path), wait_seconds=5) == {}

    assert [(key,), (key,)] == [kept.of(posted.instance_id), kept.of(present.instance_id)]
    assert server.asked == []


def test_a_node_that_is_still_booting_is_waited_for(ec2: EC2Client, server: Ec2, tmp_path: Path) -> None:
    """Row 34: its console shows the keys a while later, and is throttled in between."""
    (node,) = nodes(1)
    key = key_pair(tmp_path / "key")
    posted = iter(["", *["RequestLimitExceeded"] * 5])  # boto3 itself asks five times
    server.consoles = {
        node.instance_id: lambda latest: "UnsupportedOperation" if latest else next(posted, f"{BEGIN}\n{key}\n{END}\n")
    }
    kept = HostKeys(tmp_path / "known_hosts")

    assert learn(ec2, [node], kept, wait_seconds=20, poll_seconds=0.05) == {}

    assert (key,) == kept.of(node.instance_id)


def test_nodes_without_keys_are_told_and_the_others_learned(ec2: EC2Client, server: Ec2, tmp_path: Path) -> None:
    """One stays silent until the deadline, one is gone, one shows two keys; many others are not held up by them."""
    silent, gone, two, *others = nodes(40)
    key, other = key_pair(tmp_path / "key"), key_pair(tmp_path / "other")
    server.consoles = {node.instance_id: lambda _latest: f"{BEGIN}\n{key}\n{END}\n" for node in others} | {
        silent.instance_id: lambda _latest: "booting...",
        gone.instance_id: lambda _latest: "InvalidInstanceIDNotFound",
        two.instance_id: lambda _latest: f"{BEGIN}\n{key}\n{other}\n{END}\n",
    }
    kept = HostKeys(tmp_path / "known_hosts")
    began = time.monotonic()

    refused = learn(ec2, [silent, gone, two, *others], kept, wait_seconds=1, poll_seconds=0.1)

    assert {"train-0", "train-1", "train-2"} == set(refused)
    assert "has not shown its host keys" in str(refused["train-0"])
    assert "InvalidInstanceIDNotFound" in str(refused["train-1"])
    assert "two ssh-ed25519 keys" in str(refused["train-2"])
    assert [(key,)] * 37 == [kept.of(node.instance_id) for node in others]
    assert time.monotonic() - began < 5
