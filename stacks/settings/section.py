"""What every section of the settings has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from stacks.values import Whole, refused

Port = Annotated[Whole, Field(ge=1, le=65535)]


class Section(BaseModel):
    """Frozen, and an unknown key is a mistake. Keys in the file are camelCase, as everywhere in Pulumi's files."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=False,
        defer_build=True,  # one validator for the whole of Settings, not one a class: 20 ms at every start
    )

    @field_validator("*", mode="before")
    @classmethod
    def _has_a_value(cls, value: object) -> object:
        """`sandbox:` with nothing behind it must not read as 'no sandbox'."""
        if value is None:
            raise refused("there is no value", "Write one, or remove the key.")
        return value
