import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from botocore.exceptions import ClientError

from playbooks import account

THROTTLED = (
    b"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slow</Message></Error></Errors></Response>"
)
ANSWER = b"<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>"
ATTEMPTS = 6  # the first, and five more


class Busy(ThreadingHTTPServer):
    """An EC2 that throttles so many requests before it answers."""

    throttles = 0
    asked = 0


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Busy

    def do_POST(self) -> None:
        """Throttle, or answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        throttled = self.server.asked <= self.server.throttles
        self.send_response(503 if throttled else 200)
        body = THROTTLED if throttled else ANSWER
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name for it
        """Say nothing."""


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Busy]:
    """A server that is all of AWS."""
    server = Busy(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between attempts, seconds; nobody waits."""
    seconds: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", seconds.append)
    return seconds


def test_throttling_is_waited_out_with_jitter(busy: Busy, waits: list[float]) -> None:
    """Each wait is a random part of twice the one before, so that many callers don't come back at once."""
    assert "AWS_MAX_ATTEMPTS" not in os.environ
    busy.throttles = ATTEMPTS - 1

    assert account.clients("us-east-1")("ec2").describe_vpcs()["Vpcs"] == []
    assert busy.asked == ATTEMPTS
    assert len(set(waits)) == ATTEMPTS - 1
    assert all(0 <= wait <= 2**attempt for attempt, wait in enumerate(waits))


def test_throttling_that_does_not_end_is_given_up(busy: Busy, waits: list[float]) -> None:
    """In bounded time: a command that hangs helps nobody."""
    busy.throttles = 1000
    with pytest.raises(ClientError, match="RequestLimitExceeded"):
        account.clients("us-east-1")("ec2").describe_vpcs()

    assert (busy.asked, len(waits)) == (ATTEMPTS, ATTEMPTS - 1)
