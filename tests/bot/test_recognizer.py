"""The rule that joins scores and words, written down in amparo.bot.recognizer."""

from __future__ import annotations

import numpy as np
import pytest

from amparo.bot.heads import KernelHead, Temperature
from amparo.bot.recognizer import Thresholds, decide, joined_with, pooled, quote
from amparo.core.model import Risk

CUT = Thresholds(imminent=0.3, severe=0.5, concern=0.4)


@pytest.mark.parametrize(
    ("scores", "risk"),
    [
        ((0.9, 0.05, 0.03, 0.02), Risk.NONE),
        ((0.55, 0.40, 0.03, 0.02), Risk.CONCERN),
        ((0.30, 0.10, 0.55, 0.05), Risk.DISCLOSURE),
        ((0.30, 0.10, 0.40, 0.20), Risk.IMMINENT),
        ((0.30, 0.10, 0.05, 0.55), Risk.IMMINENT),
        ((0.55, 0.05, 0.05, 0.35), Risk.CONCERN),  # one gate: imminent alone does not pass it
    ],
)
def test_decide(scores: tuple[float, ...], risk: Risk) -> None:
    assert decide(scores, CUT) is risk


def test_phrases_lift_and_never_lower() -> None:
    assert joined_with(Risk.NONE, {"none": 0.8}, Risk.IMMINENT, sure=False) is Risk.IMMINENT
    assert joined_with(Risk.IMMINENT, {"none": 0.0}, Risk.NONE, sure=True) is Risk.IMMINENT
    assert joined_with(Risk.NONE, {"none": 0.99}, Risk.IMMINENT, sure=False) is Risk.NONE
    assert joined_with(Risk.NONE, {"none": 0.99}, Risk.IMMINENT, sure=True) is Risk.IMMINENT


def test_one_sentence_of_danger_in_a_long_story_is_not_averaged_away() -> None:
    whole, calm, danger = (0.9, 0.05, 0.03, 0.02), (0.97, 0.01, 0.01, 0.01), (0.02, 0.03, 0.25, 0.70)
    mixed = pooled(np.array([whole, calm, danger]))
    assert mixed.sum() == pytest.approx(1.0)
    assert mixed[2] + mixed[3] > 0.45


def test_kernel_head_separates_what_no_line_can() -> None:
    points = np.array([[0, 0], [1, 1], [0, 1], [1, 0]], dtype=np.float32) * 2
    head = KernelHead().fit(points, ["a", "a", "b", "b"], [1.0] * 4)
    said = [head.classes[i] for i in head.scores(points).argmax(axis=1)]
    assert said == ["a", "a", "b", "b"]
    assert head.scores(points).sum(axis=1) == pytest.approx(np.ones(4))


def test_temperature_keeps_sums() -> None:
    assert Temperature(2.0).apply(np.array([[0.7, 0.1, 0.1, 0.1]])).sum() == pytest.approx(1.0)


def test_quotes_are_parts_of_the_text() -> None:
    text = "Hola. Mi jefe tiene mi pasaporte! No se que hacer"
    assert quote(text, "jefe tiene mi pasaporte ya") in text
