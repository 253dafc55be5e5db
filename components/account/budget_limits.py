"""How much AWS Budgets takes. Source: AWS Billing user guide, "Quotas and restrictions" for AWS Budgets."""

NOTIFICATIONS_AT_MOST = 10  # of a budget
EMAILS_AT_MOST = 10  # of a notification
