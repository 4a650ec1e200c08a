"""Rasa graph components: language, places, and the recogniser of intent and risk. One model for all languages; no TensorFlow of our own.

Each reads what the ones before left on the message; the last puts `Understanding.to_dict()` under "amparo" in the parse result.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from amparo.bot import training
from amparo.bot.embeddings import SHARED, CachedEmbedder
from amparo.bot.features import clean, plain, windows, without_courtesy
from amparo.bot.language import LanguageModel, learnt
from amparo.bot.lexicon import read_lexicon
from amparo.bot.places import Places
from amparo.bot.recognizer import Recognizer, whole
from amparo.bot.rows import RiskRow, digest, intent_rows, risk_rows
from amparo.bot.spelling import spellings
from amparo.core.model import Topic, Understanding

TONGUE, PLACES, SAID, AMPARO = "amparo_tongue", "amparo_places", "amparo_said", "amparo"
HELPERS = tuple(
    "features embeddings encoder unigram spelling kernel labels language lexicon places recognizer training rows components".split()
)
MIN_CONFIDENCE = 0.30
TYPES = DefaultV1Recipe.ComponentType


def source_digest(*folders: Path) -> str:
    """Our own modules and data: Rasa's cache sees a component's configuration only."""
    here = Path(__file__).parent
    files = [here / f"{name}.py" for name in HELPERS] + sorted(Path("data/spelling").glob("*.txt"))
    for folder in folders:
        files += sorted(folder.glob("*.yml")) if folder.is_dir() else [folder]
    return digest(files)


class _Stored(GraphComponent):
    """A component that trains something and keeps it with joblib."""

    file = ""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource, trained: Any = None) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self.trained = trained

    @classmethod
    def create(cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> Any:
        del execution_context
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> Any:
        del execution_context
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, joblib.load(folder / cls.file))

    def _persist(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self.trained, folder / self.file, compress=0)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        folders = (Path(config.get("risk", "data/risk")), Path(config.get("nlu", "data/nlu")))
        return source_digest(*folders)


@DefaultV1Recipe.register([TYPES.MESSAGE_FEATURIZER], is_trainable=True)
class LanguageIdentifier(_Stored):
    """Finds the language; remembers nothing, but respects `metadata.language` for one or two words."""

    file = "language.joblib"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"risk": "data/risk", "nlu": "data/nlu"}

    def train(self, training_data: TrainingData) -> Resource:
        del training_data
        self.trained = tongues(risk_rows(Path(self._config["risk"])), intent_rows(Path(self._config["nlu"])))
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            remembered = str((message.get("metadata") or {}).get("language") or "")
            message.set(TONGUE, self.trained.identify(clean(str(message.get(TEXT) or "")), remembered))
        return messages


@DefaultV1Recipe.register([TYPES.ENTITY_EXTRACTOR], is_trainable=False)
class PlaceExtractor(GraphComponent):
    """Countries, cities, nationalities, money, ages and times."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._places = Places(Path(config.get("places", "content/places.yml")))

    @classmethod
    def create(cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> Any:
        del model_storage, resource, execution_context
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = self._places.find(str(message.get(TEXT) or ""))
            message.set(PLACES, found)
            entities = [{"entity": e.kind, "value": e.value, "start": e.start, "end": e.end, "role": e.role or None} for e in found]
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), *entities], add_to_output=True)
        return messages


@DefaultV1Recipe.register([TYPES.ENTITY_EXTRACTOR], is_trainable=False)
class SignalWords(GraphComponent):
    """Phrases of content/safety that point to a signal, with the words as she wrote them."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._lexicon = read_lexicon(Path(config.get("safety", "content/safety")))

    @classmethod
    def create(cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> Any:
        del model_storage, resource, execution_context
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            message.set(SAID, self._lexicon.find(str(message.get(TEXT) or ""), message.get(TONGUE).code))
        return messages


def tongues(rows: Sequence[RiskRow], intents: Sequence[tuple[str, str, str]]) -> LanguageModel:
    """The language model of these rows; examples that ask for a language name it in another one and teach nothing."""
    asking = [(clean(text), lang) for text, intent, lang in intents if intent != "language"]
    return learnt(tuple([(clean(row.text), row.lang) for row in rows if row.topic is not Topic.LANGUAGE] + asking))


def read_as(text: str, lang: str) -> str:
    """What the encoders see of a text: cleaned, its words in their usual spelling (Creole ones in French), without accents and capitals."""
    usual = spellings().get(lang)
    cleaned = clean(text)
    return plain(usual(cleaned) if usual else cleaned)


def spoken(rows: Sequence[RiskRow], intents: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Every training text with the language of its file."""
    return [(row.text, row.lang) for row in rows] + [(text, lang) for text, _, lang in intents]


def corpus(risk: Path, nlu: Path, cache: Path) -> training.Corpus:
    """The training rows with their deep vectors, from the cache where they were encoded before."""
    rows, intents = risk_rows(risk), intent_rows(nlu)
    tongue = tongues(rows, intents)
    said = spoken(rows, intents)
    heard = tongue.identify_all([clean(text) for text, _ in said], [lang for _, lang in said])
    texts = [read_as(text, one.code) for (text, _), one in zip(said, heard, strict=True)]
    pieces = [windows(text) for text in texts]
    deep = CachedEmbedder(SHARED, cache).deep([piece for some in pieces for piece in some])
    ends = np.cumsum([len(some) for some in pieces])
    joined = [whole(deep[end - len(some) : end]) for some, end in zip(pieces, ends, strict=True)]
    return training.Corpus(rows, intents, [" ".join(some) for some in pieces], np.stack(joined))


@DefaultV1Recipe.register([TYPES.INTENT_CLASSIFIER], is_trainable=True)
class RiskRecognizer(_Stored):
    """Intent, topic, risk, signals, speaker and ages; writes the whole Understanding."""

    file = "recognizer.joblib"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"risk": "data/risk", "nlu": "data/nlu", "cache": "var/cache"}

    def train(self, training_data: TrainingData) -> Resource:
        del training_data
        self.trained = training.train(corpus(*(Path(self._config[key]) for key in ("risk", "nlu", "cache"))))
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._one(message)
        return messages

    def _one(self, message: Message) -> None:
        recognizer: Recognizer = self.trained
        text = str(message.get(TEXT) or "")
        tongue = message.get(TONGUE)
        entities = message.get(PLACES) or ()
        pieces = windows(without_courtesy(read_as(text, tongue.code)), recognizer.skim)
        read = recognizer.read(text, pieces, SHARED.deep(pieces), entities, message.get(SAID) or ())
        understood = Understanding(text=text, lang=tongue.code, lang_confidence=tongue.confidence, entities=tuple(entities), **read)
        message.set(AMPARO, understood.to_dict(), add_to_output=True)
        name = understood.intent if understood.intent_confidence >= MIN_CONFIDENCE else "nlu_fallback"
        message.set(INTENT, {"name": name, "confidence": understood.intent_confidence}, add_to_output=True)
