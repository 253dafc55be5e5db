"""What the environment may cost, and who is told."""

from typing import Annotated

from pydantic import Field

from components.account.budget_limits import EMAILS_AT_MOST
from stacks.settings.section import Section
from stacks.values import Email, Number, TopicArn, Truth

Usd = Annotated[Number, Field(gt=0, allow_inf_nan=False)]
Percent = Annotated[Number, Field(gt=0, le=1000, allow_inf_nan=False)]


class Budget(Section):
    """What the environment may cost a month, and who is told when it will be more; AWS stops nothing by itself."""

    monthly_usd: Usd = Field(description="US dollars in a calendar month.", examples=[20000])
    actual_percent: tuple[Percent, ...] = Field(
        (50, 80, 100), description="Told once so many percent are spent.", examples=[[80, 100]]
    )
    forecast_percent: tuple[Percent, ...] = Field(
        (100,), description="Told once so many percent are forecast for the month.", examples=[[100]]
    )
    emails: tuple[Email, ...] = Field(
        (), max_length=EMAILS_AT_MOST, description="Who is told by e-mail.", examples=[["ml-platform@example.com"]]
    )
    topic: TopicArn | None = Field(
        None,
        description="SNS topic that is told; its policy lets budgets.amazonaws.com publish.",
        examples=["arn:aws:sns:us-east-1:111111111111:costs"],
    )
    activate_tags: Truth = Field(
        default=False,
        description="Whether this environment activates the cost allocation tags that budgets count by: once an"
        " account, in the one that pays, and a day after the first `pulumi up`.",
        examples=[True],
    )
    anomaly_usd: Usd | None = Field(
        None,
        description="Where given, the whole account is watched for unusual costs of so many US dollars: in one"
        " environment an account, since AWS has room for one such monitor.",
        examples=[500],
    )
