"""Opening hours: read where they read cleanly, in the clock of the country, and in her language."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from amparo.core import service_hours
from amparo.core.knowledge import Phone, Service
from amparo.core.services import Wish, choose

TUESDAY_NOON = datetime(2026, 11, 24, 17, 0, tzinfo=timezone.utc)  # 12:00 in Lima
SUNDAY = datetime(2026, 11, 22, 17, 0, tzinfo=timezone.utc)
ES = "lun mar mié jue vie sáb dom".split()


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("24/7", "24/7"),
        ("24/7 (as announced)", "24/7"),
        ("Mon-Fri 8:00-17:00", "lun-vie 8:00-17:00"),
        ("weekdays 8:00-22:00 (2025 secondary source)", "lun-vie 8:00-22:00"),
        ("Mon-Fri 10:00-13:00 and 14:00-19:00", "lun-vie 10:00-13:00 / 14:00-19:00"),
        ("Mon-Fri 8:00-20:00, Sat-Sun 9:00-19:00", "lun-vie 8:00-20:00, sáb-dom 9:00-19:00"),
        ("Thu 08:00-17:00", "jue 08:00-17:00"),
        ("unknown", ""),
        ("varies by province; 24/7 in Buenos Aires City", ""),
        ("613-1811: 24/7; the other two: 8:30-16:00", ""),
    ],
)
def test_only_what_reads_cleanly_is_said(hours: str, said: str) -> None:
    assert service_hours.spoken(hours, ES) == said


def test_closed_by_the_clock_of_the_country() -> None:
    assert not service_hours.closed("Mon-Fri 8:00-17:00", "PE", TUESDAY_NOON)
    assert service_hours.closed("Mon-Fri 8:00-17:00", "PE", SUNDAY)
    assert service_hours.closed("Mon-Fri 8:00-11:00", "MX", TUESDAY_NOON)  # 11:00 in Mexico City
    assert not service_hours.closed("unknown", "PE", SUNDAY)
    assert not service_hours.closed("24/7", "PE", SUNDAY)


def test_what_is_closed_now_comes_after_what_may_be_open() -> None:
    day = Service("day", "PE", "Day line", "gender_violence_hotline", (Phone("100"),), hours="Mon-Fri 8:00-17:00", confidence="high")
    night = replace(day, id="night", name="Night line", hours="24/7", confidence="medium")
    assert [s.id for s in choose((day, night), Wish("PE", "violence", moment=TUESDAY_NOON))] == ["day", "night"]
    assert [s.id for s in choose((day, night), Wish("PE", "violence", moment=SUNDAY))] == ["night", "day"]
    assert [s.id for s in choose((day, night), Wish("PE", "violence"))] == ["day", "night"]
