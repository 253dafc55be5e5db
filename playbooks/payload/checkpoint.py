"""Puts a checkpoint into the bucket and reads it back: is every tensor the same, bit for bit? Then deletes it."""

import argparse
import contextlib
import io
import math
import signal
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

from ending import Status, answer, fail, require  # type: ignore[import-not-found]  # lies beside this file

torch = require("torch", Status.NO_TORCH)
boto3 = require("boto3", Status.NO_BOTO3)
exceptions = require("botocore.exceptions", Status.NO_BOTO3)
config = require("botocore.config", Status.NO_BOTO3)
transfer = require("boto3.s3.transfer", Status.NO_BOTO3)
# torch and boto3 are imported by name, so their types are not read.
Client = Any
Tensor = Any
State = dict[str, Tensor]

PREFIX = "aidc-smoke"
SEED = 3
AT_ONCE = 16  # S3 user guide, "Performance design patterns": one request for each 85 to 90 MB/s that are wanted
PATIENCE = {
    "connect_timeout": 10,
    "read_timeout": 60,
    "retries": {"mode": "standard", "total_max_attempts": 3},
    "max_pool_connections": AT_ONCE,
}


def state(size: int) -> State:
    """Tensors as in a checkpoint, in the types that occur there; together about `size` bytes."""
    generator = torch.Generator().manual_seed(SEED)
    side = max(1, math.isqrt(size // 6))
    return {
        "weight": torch.randn(side, side, generator=generator),
        "weight.bf16": torch.randn(side, side, generator=generator).to(torch.bfloat16),
        "step": torch.tensor(60),
    }


def differing(expected: State, found: State) -> int:
    """How many bytes are not as expected; a tensor that is missing or has another type or shape differs as a whole."""
    return sum(_differing(tensor, found.get(name)) for name, tensor in expected.items())


def _differing(expected: Tensor, found: Tensor) -> int:
    if found is None or found.dtype != expected.dtype or found.shape != expected.shape:
        return int(expected.nbytes)
    pairs = [tensor.reshape(-1).view(torch.uint8) for tensor in (expected, found)]
    return int(torch.count_nonzero(pairs[0] != pairs[1]))


@contextlib.contextmanager
def stored(s3: Client, bucket: str, key: str, body: bytes) -> Iterator[float]:
    """The object while the block runs; gives the seconds of the upload. Afterwards nothing of it is left."""
    try:
        begun = time.perf_counter()
        s3.upload_fileobj(io.BytesIO(body), bucket, key, Config=transfer.TransferConfig(max_concurrency=AT_ONCE))
        yield time.perf_counter() - begun
    except BaseException:
        with contextlib.suppress(exceptions.ClientError, exceptions.BotoCoreError):  # the first error says more
            _abort(s3, bucket, key)
        with contextlib.suppress(exceptions.ClientError, exceptions.BotoCoreError):
            _delete(s3, bucket, key)
        raise
    _delete(s3, bucket, key)


def _delete(s3: Client, bucket: str, key: str) -> None:
    """Delete the object where there is one, and the version that it was; else a delete marker would be left."""
    version = None
    try:
        version = s3.head_object(Bucket=bucket, Key=key).get("VersionId")  # upload_fileobj does not tell it
    except exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return
    s3.delete_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))


def _abort(s3: Client, bucket: str, key: str) -> None:
    """Drop the parts that an upload has left which did not end."""
    for upload in s3.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def main(options: argparse.Namespace) -> dict[str, object]:
    """Save, put, get, load, compare."""
    key = f"{PREFIX}/{options.run}/{options.node}.pt"
    expected, body = state(options.size_mib << 20), io.BytesIO()
    torch.save(expected, body)
    size = body.tell()
    back, put_seconds, get_seconds = there_and_back(options, key, body.getvalue())
    body.close()  # a checkpoint may be large: there are never more than three of them in memory
    found = torch.load(back, weights_only=True)
    back.close()
    return {
        "hostname": socket.gethostname(),
        "key": key,
        "bytes": size,
        "put_seconds": put_seconds,
        "get_seconds": get_seconds,
        "differing_bytes": differing(expected, found),
    }


def there_and_back(options: argparse.Namespace, key: str, body: bytes) -> "tuple[io.BytesIO, float, float]":
    """What came back, and the seconds to put it and to get it."""
    s3 = boto3.client("s3", region_name=options.region, config=config.Config(**PATIENCE))
    back = io.BytesIO()
    with stored(s3, options.bucket, key, body) as put_seconds:
        begun = time.perf_counter()
        s3.download_fileobj(options.bucket, key, back, Config=transfer.TransferConfig(max_concurrency=AT_ONCE))
        get_seconds = time.perf_counter() - begun
    back.seek(0)
    return back, put_seconds, get_seconds


def _ended(*_: object) -> None:
    """Leave by an exception, so that the object is deleted on the way out."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("--bucket", "--run", "--node", "--region"):
        arguments.add_argument(name, required=True)
    arguments.add_argument("--size-mib", required=True, type=int)
    chosen = arguments.parse_args()
    try:
        answer(main(chosen))
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        fail(Status.NO_CREDENTIALS, f"no AWS credentials for the bucket {chosen.bucket}: {error}")
    except (exceptions.BotoCoreError, exceptions.ClientError, boto3.exceptions.Boto3Error) as error:
        fail(Status.BUCKET_REFUSED, f"the bucket {chosen.bucket}: {error}")
