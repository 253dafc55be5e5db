import contextlib
import os
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from playbooks.checks.data import bucket
from playbooks.findings import Verdict
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import ask
from tests.playbooks.payload.fleet import ended, program

BUCKET = "checkpoints-1a2b"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
NOBODY = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A moto server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str) -> Iterator[Any]:
    """A client of it, and a versioned bucket that is empty."""
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield client
    client.close()


def left(s3: Any) -> list[Any]:  # noqa: ANN401 - boto3's clients are made at run time
    """Every version and delete marker in the bucket."""
    found = s3.list_object_versions(Bucket=BUCKET)
    return [*found.get("Versions", []), *found.get("DeleteMarkers", [])]


@pytest.mark.slow
def test_a_checkpoint_survives_the_bucket_and_leaves_nothing(s3: Any, endpoint: str) -> None:  # noqa: ANN401 - as above
    """Over the wire, in parts, in a versioned bucket."""
    question = ask(count=1)
    arguments = bucket.CHECK.arguments(question, question.nodes[0])
    found = ended(program("checkpoint.py", *arguments, environment=KEYS | {"AWS_ENDPOINT_URL": endpoint}))
    finding, *_ = bucket.CHECK.judge(question, {"gpu-0": found})

    assert finding.verdict is Verdict.PASS
    assert left(s3) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "name", "status", "said"),
    [
        (KEYS, "nobodys", Status.BUCKET_REFUSED, "the bucket nobodys: An error occurred (NoSuchBucket)"),
        (NOBODY, BUCKET, Status.NO_CREDENTIALS, f"no AWS credentials for the bucket {BUCKET}"),
    ],
)
def test_what_the_bucket_refuses_is_said(
    endpoint: str, environment: dict[str, str], name: str, status: Status, said: str
) -> None:
    """In one line, with a status of its own."""
    question = ask(count=1, bucket=name)
    arguments = bucket.CHECK.arguments(question, question.nodes[0])
    found = ended(program("checkpoint.py", *arguments, environment=environment | {"AWS_ENDPOINT_URL": endpoint}))

    assert found.exit_status == status
    assert found.stderr.text.startswith(said)


def test_a_program_that_is_ended_leaves_nothing(module: Callable[[str], ModuleType], s3: Any) -> None:  # noqa: ANN401
    """The object goes on the way out, whatever the reason."""
    held = []
    with contextlib.suppress(SystemExit), module("checkpoint").stored(s3, BUCKET, "aidc-smoke/r1/gpu-0.pt", b"body"):
        held = left(s3)
        raise SystemExit(143)

    assert len(held) == 1
    assert left(s3) == []


def test_a_checkpoint_that_cannot_be_looked_at_is_deleted(
    module: Callable[[str], ModuleType],
    s3: Any,  # noqa: ANN401 - as above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And so is the part of an upload that another program has left under its name."""
    node, key = module("checkpoint"), "aidc-smoke/r1/gpu-0.pt"
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)
    s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload["UploadId"], PartNumber=1, Body=b"half")
    error = node.exceptions.ClientError({"Error": {"Code": "403"}}, "HeadObject")

    def refuse(**_: str) -> None:
        raise error

    with contextlib.suppress(SystemExit), node.stored(s3, BUCKET, key, b"body"):
        monkeypatch.setattr(s3, "head_object", refuse)
        raise SystemExit(143)

    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)
    for each in left(s3):
        s3.delete_object(Bucket=BUCKET, Key=key, VersionId=each["VersionId"])


def test_an_upload_that_fails_leaves_no_delete_marker(module: Callable[[str], ModuleType], s3: Any) -> None:  # noqa: ANN401
    """And its own error is the one that is told."""
    with pytest.raises(TypeError, match="bytes"), module("checkpoint").stored(s3, BUCKET, "a", "text"):
        pass

    assert left(s3) == []


def test_one_bit_in_one_tensor_is_seen(module: Callable[[str], ModuleType]) -> None:
    """Also in a type that has no exact equality of its own, and where a tensor is missing."""
    node = module("checkpoint")
    expected, found = node.state(1 << 12), node.state(1 << 12)
    assert node.differing(expected, found) == 0

    found["weight.bf16"].view(node.torch.int16)[3, 4] ^= 1
    assert node.differing(expected, found) == 1

    del found["step"]
    assert node.differing(expected, found) == 1 + 8
