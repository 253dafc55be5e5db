"""A jump host that nobody logs in to: SSM sessions pass through it to the nodes' SSH port, and nothing else does."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from components.catalogue.instance_types import UnknownInstanceTypeError, instance_type
from components.fleet.instance_profile import InstanceProfile
from components.network.ssh_group import WayInArgs, ssh_group

ROLE = "jump-host"  # the value of its `role` tag, by which it is found
ROOT_GIB = 30  # the image's own 8 and room for a year of updates
IPV4 = r"^([0-9]{1,3}\.){3}[0-9]{1,3}$"


class JumpHostArgs(WayInArgs):
    """What a jump host is made from."""

    image_id: str
    """A machine image with the SSM agent in it, such as Amazon Linux 2023; a newer one replaces the host."""

    instance_type: str
    """Such as `t3.medium`: each connection is a process of the SSM agent."""


class JumpHost(pulumi.ComponentResource):
    """An instance in a private subnet that lets nothing in: its SSM agent asks for work, over HTTPS.

    A session of its own kind is declared with it, which leads to the SSH port of an address and to no other port.
    Who may `ssm:StartSession` on both is let through; the node still asks for a key, and shows its own.

    Attributes:
        instance_id: the host's instance id.
        document: the name of the kind of session.
    """

    instance_id: pulumi.Output[str]
    document: pulumi.Output[str]

    def __init__(self, name: str, args: JumpHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ai-datacenter:components:JumpHost", name, {}, opts)
        try:
            instance_type(args["instance_type"])
        except UnknownInstanceTypeError as error:
            raise pulumi.InputPropertyError("instance_type", str(error)) from None
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        document = aws.ssm.Document(
            f"{name}-ssh",
            document_type="Session",
            content=json.dumps(session(args["ssh_port"])),
            tags={**args["tags"], "Name": f"{name}-ssh"},
            # A document of this schema version is not updated (its resource's own page says so).
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["content"]),
        )
        profile = InstanceProfile(f"{name}-identity", {"buckets": [], "tags": args["tags"]}, self._child)
        template = self._template(self._security_group(), profile)
        host = aws.ec2.Instance(
            f"{name}-host",
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            tags={**args["tags"], "Name": name, "role": ROLE, "ssh-document": document.name},
            opts=self._child,
        )
        self.instance_id, self.document = host.id, document.name
        self.register_outputs({"instanceId": self.instance_id, "document": self.document})

    def _security_group(self) -> aws.ec2.SecurityGroup:
        """Nothing in; out to the nodes' SSH port, and to AWS over HTTPS."""
        group = ssh_group(self._name, "Jump host: nothing in, SSH to the nodes", self._args, self._child)
        aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-https-out",
            security_group_id=group.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="Systems Manager and package updates",
            tags={**self._args["tags"], "Name": self._name},
            opts=self._child,
        )
        return group

    def _template(self, group: aws.ec2.SecurityGroup, profile: InstanceProfile) -> aws.ec2.LaunchTemplate:
        tags = {**self._args["tags"], "Name": self._name}
        return aws.ec2.LaunchTemplate(
            f"{self._name}-template",
            description="Jump host, reached by SSM",
            image_id=self._args["image_id"],
            instance_type=self._args["instance_type"],
            iam_instance_profile={"arn": profile.arn},
            network_interfaces=[
                {
                    "device_index": 0,
                    "subnet_id": self._args["subnet_id"],
                    "security_groups": [group.id],
                    "associate_public_ip_address": "false",
                    "delete_on_termination": "true",
                }
            ],
            block_device_mappings=[root_volume()],
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
            tag_specifications=[{"resource_type": kind, "tags": tags} for kind in ("volume", "network-interface")],
            update_default_version=True,
            tags=tags,
            opts=self._child,
        )


def root_volume() -> aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict:
    """The root volume of Amazon Linux, encrypted with the account's own key for volumes."""
    ebs: aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgsDict = {
        "volume_type": "gp3",
        "volume_size": ROOT_GIB,
        "encrypted": "true",
        "delete_on_termination": "true",
    }
    return {"device_name": "/dev/xvda", "ebs": ebs}


def session(ssh_port: int) -> dict[str, Any]:
    """The kind of session that leads through the host to the SSH port of an address, over standard input and output.

    AWS's own document for remote hosts listens on a local port, because of its `type`. Without one, the agent connects
    to the host just the same and the plugin carries the stream itself. Sources: amazon-ssm-agent,
    agent/session/plugins/port/port.go (GetSession); session-manager-plugin,
    src/sessionmanagerplugin/session/portsession/portsession.go (Initialize).
    """
    return {
        "schemaVersion": "1.0",
        "description": "SSH to a node through the jump host",
        "sessionType": "Port",
        "parameters": {"host": {"type": "String", "description": "The node's private address", "allowedPattern": IPV4}},
        "properties": {"portNumber": str(ssh_port), "host": "{{ host }}"},
    }
