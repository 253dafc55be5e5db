import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox import moto_server
from sandbox.console import host_key
from sandbox.errors import SandboxError
from sandbox.folder import SandboxFolder
from sandbox.processes import MOTO, end, find
from tests.sandbox.conftest import is_gone, loopback_address


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxFolder]:
    """A sandbox whose moto server runs."""
    folder = SandboxFolder.of(tmp_path_factory.mktemp("cloud"))
    moto_server.start(folder, loopback_address(90))
    yield folder
    assert end(folder) == []


def ec2(folder: SandboxFolder) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
    """A client of it."""
    return boto3.client(
        "ec2",
        region_name="eu-west-1",
        endpoint_url=moto_server.endpoint(folder),
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def make_instance(client: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """One instance in the default subnet."""
    image = client.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    started = client.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="p5.48xlarge")
    return dict(started["Instances"][0])


def test_start_twice_is_one_server(cloud: SandboxFolder) -> None:
    """At a port that the kernel chose, on the given address and no other."""
    url = moto_server.endpoint(cloud)
    assert url is not None

    assert url == moto_server.start(cloud, loopback_address(90))

    assert [member.role for member in find(cloud)] == [MOTO]
    address, port = url.removeprefix("http://").split(":")
    assert loopback_address(90) == address
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", int(port))):
        raise AssertionError("it listens on another address")


def test_console_of_an_instance_is_its_nodes(cloud: SandboxFolder) -> None:
    """Found by the private address that the API tells."""
    client = ec2(cloud)
    instance = make_instance(client)
    node = cloud.node("workers-0")
    node.path.mkdir(parents=True)
    node.address.write_text(instance["PrivateIpAddress"])
    key = host_key(node, "workers-0")

    answer = client.get_console_output(InstanceId=instance["InstanceId"])

    assert instance["InstanceId"] == answer["InstanceId"]
    assert key.export_public_key().decode().strip() in answer["Output"].splitlines()


def test_console_of_an_instance_without_a_node_is_empty(cloud: SandboxFolder) -> None:
    """As before the first boot; never moto's sample."""
    client = ec2(cloud)

    answer = client.get_console_output(InstanceId=make_instance(client)["InstanceId"])

    assert answer.get("Output", "") == ""


def test_unknown_instance_is_an_error(cloud: SandboxFolder) -> None:
    """The same as without the addition."""
    client = ec2(cloud)

    with pytest.raises(client.exceptions.ClientError, match=r"InvalidInstanceID\.NotFound"):
        client.get_console_output(InstanceId="i-0123456789abcdef0")


def test_reset_empties_it(cloud: SandboxFolder) -> None:
    """Nothing is left of what was created."""
    client = ec2(cloud)
    make_instance(client)

    moto_server.reset(str(moto_server.endpoint(cloud)))

    assert client.describe_instances()["Reservations"] == []


def test_killed_server_has_no_endpoint_and_is_replaced(folder: SandboxFolder) -> None:
    """What the folder says of it is not believed."""
    moto_server.start(folder, loopback_address(91))
    (member,) = find(folder)
    member.process.kill()
    assert is_gone(member.process.pid)

    assert moto_server.endpoint(folder) is None
    assert moto_server.start(folder, loopback_address(91)) == moto_server.endpoint(folder)

    assert moto_server.stop(folder) == []
    assert moto_server.endpoint(folder) is None


def test_reset_of_a_dead_server_says_so() -> None:
    """With what to do."""
    with pytest.raises(SandboxError, match="does not answer .* run `aidc up` again"):
        moto_server.reset(f"http://{loopback_address(92)}:1")
