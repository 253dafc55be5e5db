"""An EC2 Instance Connect Endpoint: a way to nodes in private subnets without a host or a public address."""

import pulumi
import pulumi_aws as aws

from components.network.ssh_group import WayInArgs, ssh_group

# What it can do. Source: Amazon EC2 user guide, "Connect using EC2 Instance Connect Endpoint", Limitations; a
# connection also ends after an hour at most, and large transfers are throttled.
PORTS = (22, 3389)


class ConnectEndpoint(pulumi.ComponentResource):
    """An EC2 Instance Connect Endpoint and its security group.

    It is reached through the AWS API by who may `ec2-instance-connect:OpenTunnel`. The nodes see its address, which
    is the VPC's, and not the caller's. One stands in a VPC, and it carries twenty connections at once.

    Attributes:
        id: the endpoint's id, `eice-…`.
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, args: WayInArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:ConnectEndpoint", name, {}, opts)
        if args["ssh_port"] not in PORTS:
            reason = f"an EC2 Instance Connect Endpoint reaches port 22 and no other for SSH, not {args['ssh_port']}"
            raise pulumi.InputPropertyError("ssh_port", reason)
        child = pulumi.ResourceOptions(parent=self)
        group = ssh_group(name, "EC2 Instance Connect Endpoint: SSH to the nodes", args, child)
        endpoint = aws.ec2transitgateway.InstanceConnectEndpoint(
            f"{name}-endpoint",
            subnet_id=args["subnet_id"],
            security_group_ids=[group.id],
            preserve_client_ip=False,
            tags={**args["tags"], "Name": name},
            opts=child,
        )
        self.id = endpoint.id
        self.register_outputs({"id": self.id})
