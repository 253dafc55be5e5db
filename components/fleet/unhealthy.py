"""The tags by which `aidc smoke --cordon` marks an instance; pure, so that the playbooks read it too."""

UNHEALTHY = "ai-datacenter:unhealthy"  # the check that blames it
RUN = "ai-datacenter:run"  # the run of the smoke gate that did
SINCE = "ai-datacenter:since"
TAGS = (UNHEALTHY, RUN, SINCE)
