from components.account.arn import parsed


def test_an_arn_is_read_part_by_part() -> None:
    """What follows the account may hold colons of its own."""
    arn = parsed("arn:aws-cn:backup:cn-north-1:123456789012:backup-vault:lab")

    assert arn == ("aws-cn", "backup", "cn-north-1", "123456789012")
