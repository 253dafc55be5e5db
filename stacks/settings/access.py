"""How the nodes are reached."""

from pydantic import Field

from stacks.settings.section import Port, Section
from stacks.values import Host, ProxyCommand, PublicKey, Text, Truth, User


class JumpHost(Section):
    """A host that connections to the nodes go through; its key is given, for it is not one of the nodes."""

    address: Host = Field(description="Host name or address.", examples=["bastion.example.com"])
    host_key: PublicKey = Field(
        description="Its public host key, one line.",
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    )
    user: User | None = Field(None, description="User on it; left out, the user on the nodes.", examples=["ec2-user"])
    port: Port = Field(22, description="Its SSH port.", examples=[22])


class Access(Section):
    """How the nodes are reached by SSH: directly, through a jump host, or through a proxy command."""

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
    jump: JumpHost | None = Field(None, description="The jump host, where there is one.")
    proxy_command: ProxyCommand | None = Field(
        None,
        description="Command whose input and output are the connection; %h, %p, %r and %i are the node's address, port,"
        " user and instance id.",
        examples=["aws ec2-instance-connect open-tunnel --instance-id %i --remote-port %p"],
    )
