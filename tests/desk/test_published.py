"""Tables that may leave the house: ten people and more, complementary suppression, rounding (DH-25)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.published import K, counted, csv, safe
from tests.desk.conftest import Enter
from tests.support.desk_people import waiting

CELLS = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), st.integers(0, 60), min_size=1)


@given(CELLS)
def test_no_small_cell_and_never_one_alone_in_its_line(counts: dict[tuple[str, str], int]) -> None:
    table = safe(counts)
    for cell, count in counts.items():
        shown = table.cells[cell]
        if 0 < count < K:
            assert shown is None
        elif shown is not None:
            assert abs(shown - count) <= 2 and shown % 5 == 0
    for line in [[(r, c) for c in table.columns] for r in table.rows] + [[(r, c) for r in table.rows] for c in table.columns]:
        hidden = [cell for cell in line if table.cells[cell] is None]
        rest = [cell for cell in line if table.cells[cell] is not None and counts.get(cell, 0) > 0]
        assert not (len(hidden) == 1 and rest and len(line) > 1)


async def test_people_are_counted_once_and_the_file_says_the_same(enter: Enter, services: Any) -> None:
    for n in range(12):
        await waiting(services, who=f"+57310000{n:04d}", country="CO")
    await waiting(services, who="+573109999999", country="PE")
    assert await counted(services, "country") == {("CO", ""): 12, ("PE", ""): 1}
    analyst = await enter("Nora", "analyst")
    page = await analyst.get("/numbers?a=country")
    assert page.status_code == 200
    file = (await analyst.get("/numbers.csv?a=country&b=")).text
    assert file == csv(safe(await counted(services, "country")), "country", "")
    assert ",1\n" not in file
