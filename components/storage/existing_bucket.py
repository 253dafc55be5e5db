"""A bucket that exists already and belongs to somebody else: it is used by name, and nothing of it is created."""

from components.account.arn import bucket_arn


class ExistingBucket:
    """Stands where a Bucket stands; how it is encrypted, versioned and kept is its owner's.

    Attributes:
        bucket: the bucket's name.
        arn: its ARN.
        key_arn: None; the owner of the bucket grants the use of its key.
    """

    key_arn: None = None

    def __init__(self, name: str, region: str) -> None:
        """`name` as in S3; `region` is that of the data centre, whose partition is the bucket's too."""
        self.bucket, self.arn = name, bucket_arn(name, region)
