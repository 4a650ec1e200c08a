"""The rule that joins scores and words, written down in amparo.bot.recognizer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from amparo.bot.kernel import KernelMachine
from amparo.bot.labels import softmax
from amparo.bot.recognizer import Thresholds, decide, joined_with, pooled, quote, unread, whole
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
    assert joined_with(Risk.NONE, {"none": 0.7}, Risk.IMMINENT, sure=True, laughing=True) is Risk.NONE
    assert joined_with(Risk.NONE, {"none": 0.4}, Risk.IMMINENT, sure=True, laughing=True) is Risk.IMMINENT


def test_one_sentence_of_danger_in_a_long_story_is_not_averaged_away() -> None:
    whole, calm, danger = (0.9, 0.05, 0.03, 0.02), (0.97, 0.01, 0.01, 0.01), (0.02, 0.03, 0.25, 0.70)
    mixed = pooled(np.array([whole, calm, danger]), left=0.9)  # most of the story stands in no window
    assert mixed.sum() == pytest.approx(1.0)
    assert mixed[2] + mixed[3] > 0.45


def test_a_text_that_was_read_in_full_is_judged_as_a_whole() -> None:
    """A frightening window between harmless ones is mostly a story that ends well; it counts, and does not decide."""
    whole, calm, danger = (0.9, 0.05, 0.03, 0.02), (0.97, 0.01, 0.01, 0.01), (0.02, 0.03, 0.25, 0.70)
    mixed = pooled(np.array([whole, calm, danger]))
    assert 0.05 < mixed[2] + mixed[3] < 0.3


def test_how_much_of_a_text_its_windows_hold() -> None:
    assert unread("one two three four", ["one two", "three four"]) == 0.0
    assert unread("one two three four", ["four"]) == 0.75


def test_the_kernel_machine_separates_what_no_line_can() -> None:
    points = np.array([[0, 0], [1, 1], [0, 1], [1, 0]], dtype=np.float32) * 2
    wanted = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    grams = sparse.csr_matrix((4, 3), dtype=np.float32)
    raw = KernelMachine().fit(points, grams, wanted, np.ones(4, dtype=np.float32)).raw(points, grams)
    assert raw.argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_a_column_that_a_row_says_nothing_of_is_not_taken_for_no() -> None:
    points = np.array([[0.0], [0.1], [5.0]], dtype=np.float32)
    wanted = np.array([[1], [np.nan], [0]], dtype=np.float32)
    grams = sparse.csr_matrix((3, 2), dtype=np.float32)
    raw = KernelMachine().fit(points, grams, wanted, np.ones(3, dtype=np.float32)).raw(points, grams)
    assert raw[1, 0] > 0.6 > 0.4 > raw[2, 0]


def test_shares_sum_to_one() -> None:
    assert softmax(np.array([[700.0, 0.1, -700.0]], dtype=np.float32)).sum() == pytest.approx(1.0)


def test_the_whole_of_a_long_text_keeps_the_greatest_peak() -> None:
    windows = np.zeros((2, 2432), dtype=np.float32)
    windows[1] = 1.0
    joined = whole(windows)
    assert joined[0] == 0.5
    assert joined[1536] == 1.0


def test_quotes_are_parts_of_the_text() -> None:
    text = "Hola. Mi jefe tiene mi pasaporte! No se que hacer"
    assert quote(text, "jefe tiene mi pasaporte ya") in text
