"""Numbers with the structure of personal ones, invented by a rule."""

from datetime import date, timedelta

from gis.intake.firewall_rules import check_character


def resident(number: int, *, region: str = "330302") -> str:
    """A resident number that passes the checksum, one for each number."""
    born = date(1970, 1, 1) + timedelta(days=number * 37 % 14_000)
    first = f"{region}{born:%Y%m%d}{number % 900 + 100}"
    return first + check_character(first)


def mobile(number: int) -> str:
    """A mobile number, one for each number."""
    return f"1{3 + number % 7}{(number * 7_919_317 + 104_729) % 10**9:09d}"
