"""The Pulumi program of every environment: read the settings, declare the layer, export what others ask for."""

import pulumi

from stacks.environment import PLATFORM, from_engine
from stacks.mistakes import SettingsError

try:
    settings = from_engine()
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

if pulumi.get_stack().endswith(PLATFORM):
    from stacks import platform_layer  # each layer's SDK takes a second to import

    platform_layer.declare(settings)
else:
    from stacks.datacenter import declare

    datacenter = declare(settings)
    pulumi.export("vpcId", datacenter.network.vpc_id)
    pulumi.export("fleets", {name: fleet.private_ips for name, fleet in datacenter.fleets.items()})
    if datacenter.cluster:
        pulumi.export("cluster", datacenter.cluster.connection)
    pulumi.export("buckets", {name: bucket.bucket for name, bucket in datacenter.buckets.items()})
    if cluster := datacenter.cluster:
        pulumi.export(
            "cluster",
            {
                "name": cluster.name,
                "endpoint": cluster.endpoint,
                "certificateAuthority": cluster.certificate_authority,
                "region": cluster.region,
            },
        )
