"""What `pulumi up --policy-pack policies` runs."""

from policies.pack import pack

pack()
