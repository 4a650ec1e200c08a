"""The charts say what is true: labels of the axis, the height of a bar, a gap where nobody waited."""

from __future__ import annotations

import re

import pytest

from amparo.desk.charts import columns, stacked

LABEL = re.compile(r'text-anchor="end">([^<]+)<')
BAR = re.compile(r'class="c-bar"[^>]* height="([\d.]+)"')


@pytest.mark.parametrize(
    ("values", "labels"),
    [([0.2, None], ["0", "1", "2"]), ([3.0, None], ["0", "2", "4"]), ([10.0, 5.0], ["0", "5", "10"]), ([None], ["0", "1", "2"])],
)
def test_every_label_of_the_axis_is_a_different_true_number(values: list[float | None], labels: list[str]) -> None:
    drawn = columns(values, [f"{n}h" for n in range(len(values))], "waits")
    assert LABEL.findall(drawn) == labels
    bars = [float(one) for one in BAR.findall(drawn)]
    assert len(bars) == sum(value is not None for value in values)
    for value, bar in zip([v for v in values if v is not None], bars, strict=True):
        assert bar == pytest.approx(max(1.0, value / float(labels[-1]) * 144), abs=0.1)


def test_parts_of_a_bar_add_up() -> None:
    drawn = stacked([("0-5", [1, 2]), ("5-15", [0, 0])], "load", ["sev3", "sev2"])
    assert re.findall(r'class="c-value"[^>]*>(\d+)<', drawn) == ["3", "0"]
    assert drawn.count("<rect") == 2
