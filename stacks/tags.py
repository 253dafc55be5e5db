"""What every resource of an environment is tagged with."""

from stacks.settings import Settings


def environment_tags(settings: Settings) -> dict[str, str]:
    """What every resource of an environment is tagged with; the inventory finds nodes and buckets by it."""
    tags = {
        "environment": settings.name,
        "owner": settings.tags.owner,
        "cost-center": settings.tags.cost_center,
        "managed-by": "ai-datacenter",
    }
    return {**tags, "expires-on": str(settings.tags.expires_on)} if settings.tags.expires_on else tags
