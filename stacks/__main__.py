"""The Pulumi program of every environment: read the settings, declare the layer, export what others ask for."""

import pulumi

from stacks.datacenter import declare
from stacks.environment import from_engine
from stacks.mistakes import SettingsError

try:
    settings = from_engine()
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

datacenter = declare(settings)
pulumi.export("vpcId", datacenter.network.vpc_id)
pulumi.export("fleets", {name: fleet.private_ips for name, fleet in datacenter.fleets.items()})
pulumi.export("buckets", {name: bucket.bucket for name, bucket in datacenter.buckets.items()})
