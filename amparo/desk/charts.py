"""Small server-rendered SVG charts: no script, no inline style (colours stand in the style sheet); numbers stand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil

WIDTH, ROW, LEFT = 640, 34, 124


def stacked(rows: Sequence[tuple[str, Sequence[int]]], title: str, classes: Sequence[str]) -> str:
    """Horizontal bars of several parts. `classes`: one CSS class per part."""
    top = max((sum(parts) for _, parts in rows), default=0) or 1
    height = ROW * len(rows) + 8
    unit = (WIDTH - LEFT - 48) / top
    out = [_open(WIDTH, height, title)]
    for i, (label, parts) in enumerate(rows):
        y = i * ROW + 4
        out.append(f'<text class="c-label" x="{LEFT - 8}" y="{y + 18}" text-anchor="end">{escape(label)}</text>')
        x = float(LEFT)
        for name, count in zip(classes, parts, strict=True):
            if count:
                out.append(f'<rect class="{name}" x="{x:.1f}" y="{y}" width="{count * unit - 1:.1f}" height="{ROW - 8}" rx="3"/>')
                x += count * unit
        out.append(f'<text class="c-value" x="{x + 6:.1f}" y="{y + 18}">{sum(parts)}</text>')
    return "".join([*out, "</svg>"])


def columns(values: Sequence[float | None], labels: Sequence[str], title: str) -> str:
    """Vertical bars over time; a missing value is a gap, not a zero. The axis ends at an even whole number, so that each label is true."""
    height, foot = 160, 22
    top = max(1, ceil(max((v for v in values if v is not None), default=0.0) / 2)) * 2
    step = (WIDTH - 40) / max(1, len(values))
    out = [_open(WIDTH, height + foot, title)]
    for share in (0.0, 0.5, 1.0):
        y = height - share * (height - 16)
        out.append(f'<line class="c-grid" x1="36" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(f'<text class="c-label" x="30" y="{y + 4:.1f}" text-anchor="end">{top * share:.0f}</text>')
    for i, value in enumerate(values):
        x = 40 + i * step
        if value is not None:
            tall = max(1.0, value / top * (height - 16))
            out.append(f'<rect class="c-bar" x="{x:.1f}" y="{height - tall:.1f}" width="{step - 4:.1f}" height="{tall:.1f}" rx="2"/>')
        if i % 4 == 0:
            out.append(f'<text class="c-label" x="{x:.1f}" y="{height + 16}">{escape(labels[i])}</text>')
    return "".join([*out, "</svg>"])


def _open(width: int, height: int, title: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
