"""Policies that an environment breaks on purpose, for a time."""

from pydantic import Field

from stacks.settings.section import Section
from stacks.values import Day, Name, Reason, ResourceName


class Waiver(Section):
    """One policy on one resource that is not held against it; the policies are listed by `aidc policies`."""

    rule: Name = Field(description="The policy.", examples=["node-group-no-open-ssh"])
    resource: ResourceName = Field(
        description="The resource's name in the program, as `aidc plan` shows it.", examples=["dev-training-template"]
    )
    reason: Reason = Field(description="Why, for whoever reviews it.", examples=["pods need IMDSv2: hop limit 2"])
    expires: Day = Field(description="The last day on which it holds.", examples=["2027-06-30"])
