import re
from datetime import date
from pathlib import Path

from components.platform.chart_versions import CHARTS, MPI_OPERATOR

PAGE = Path(__file__).parents[3] / "docs" / "platform.md"


def installed() -> list[tuple[str, date]]:
    """Version and day of all that is installed."""
    return [*((each.version, each.released) for each in CHARTS.values()), (MPI_OPERATOR.version, MPI_OPERATOR.released)]


def test_the_page_tells_what_is_installed() -> None:
    """Each version with its day, and no other."""
    rows = re.findall(
        r"^\| [A-Z][^|]* \| (\S+) \| (\d{4}-\d\d-\d\d) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert sorted(rows) == sorted((version, str(released)) for version, released in installed())


def test_every_version_is_one_version() -> None:
    """No range, and no tag that moves."""
    assert [version for version, _ in installed() if not re.fullmatch(r"v?\d+\.\d+\.\d+", version)] == []
