"""How the nodes are reached."""

from enum import StrEnum

from pydantic import Field

from stacks.settings.section import Port, Section
from stacks.values import Host, ImageId, KnownType, ProxyCommand, PublicKey, Text, Truth, User


class Through(StrEnum):
    """What is declared beside the nodes so that they can be reached."""

    DIRECT = "direct"
    JUMP_HOST = "jump-host"
    CONNECT_ENDPOINT = "connect-endpoint"


class DeclaredJumpHost(Section):
    """The jump host that `through: jump-host` declares: reached by SSM, without a key or an open port."""

    image: ImageId = Field(
        description="Its machine image, with the SSM agent in it; a newer one replaces the host. The newest Amazon"
        " Linux 2023: `aws ssm get-parameter --name"
        " /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64`.",
        examples=["ami-0123456789abcdef0"],
    )
    instance_type: KnownType = Field(
        "t3.medium",
        description="Its EC2 instance type, of the image's architecture; each connection is a process on it.",
        examples=["t3.large"],
    )


class JumpHost(Section):
    """A host of yours that connections to the nodes go through; its key is given, for it is not one of the nodes."""

    address: Host = Field(description="Host name or address.", examples=["bastion.example.com"])
    host_key: PublicKey = Field(
        description="Its public host key, one line.",
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    )
    user: User | None = Field(None, description="User on it; left out, the user on the nodes.", examples=["ec2-user"])
    port: Port = Field(22, description="Its SSH port.", examples=[22])


class Access(Section):
    """How the nodes are reached by SSH: directly, through a jump host, or through a proxy command."""

    through: Through = Field(
        Through.DIRECT,
        description="What is declared for it: nothing (from inside the VPC, a VPN, or by `jump` or `proxyCommand`), a"
        " jump-host reached by SSM, or an EC2 Instance Connect Endpoint (connect-endpoint: 20 connections at once).",
        examples=["jump-host"],
    )
    jump_host: DeclaredJumpHost | None = Field(None, description="The jump host to declare, with `through: jump-host`.")
    user: User = Field("ubuntu", description="User on the nodes.", examples=["ec2-user"])
    port: Port = Field(22, description="SSH port of the nodes.", examples=[22])
    identity_file: Text | None = Field(
        None, description="Private key file; relative to the folder of Pulumi.yaml.", examples=["~/.ssh/id_ed25519"]
    )
    agent: Truth = Field(
        default=True,
        description="Whether the keys of your SSH agent are offered where there is no identityFile.",
        examples=[False],
    )
    jump: JumpHost | None = Field(None, description="A jump host of yours, reached by SSH.")
    proxy_command: ProxyCommand | None = Field(
        None,
        description="Command whose input and output are the connection; %h, %p, %r and %i are the node's address, port,"
        " user and instance id. Left out, the one that fits `through`.",
        examples=["aws ec2-instance-connect open-tunnel --instance-id %i --remote-port %p"],
    )
