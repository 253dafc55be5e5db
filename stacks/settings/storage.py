"""Where data stays."""

from pydantic import Field

from stacks.settings.section import Section
from stacks.values import Whole


class Bucket(Section):
    """A bucket of the environment."""

    noncurrent_days: Whole = Field(
        30, ge=1, le=36500, description="Days that an overwritten or deleted version is kept.", examples=[7]
    )
