"""Finding what answers a question, by meaning and words, whatever language either is in.

Every owner (a fact, a service, a need, a gap) is known by rows of text; the question is compared with all of them, without places, and
what places, nationality and topic say is compared as codes. `amparo.bot.ranking` turns what was measured into one probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from amparo.bot.embeddings import E5_DIM, CachedEmbedder, SentenceEmbedder, Vectors
from amparo.bot.features import plain
from amparo.bot.gloss import Gloss
from amparo.bot.names import Names, words
from amparo.bot.passages import GAP, NEED, Mask, Passage, passages
from amparo.core.answering import REGIONAL, Query
from amparo.core.knowledge import ANY, Fact, Knowledge, Service

CANDIDATES = 15
RARE_OWNERS = 10
FEW_OWNERS = 4
"""A word that no more owners have brings its owners among the candidates."""
GAPS = 3
"""Gaps that are looked at beside: how near they are tells whether anybody has a fact for it."""
BLEND = 0.55
"""Share of e5 in the first look that chooses candidates; the ranking weighs anew."""
# Not in the table: services and human. "Where do I ask for refuge" is taken for them too, so they must not speak against a fact.
RELATED_TOPICS: Mapping[str, frozenset[str]] = {
    "costs": frozenset({"requirements", "costs"}),
    "requirements": frozenset({"requirements", "route", "costs"}),
    "rights": frozenset({"rights", "trafficking_info"}),
    "disclosure": frozenset({"rights", "trafficking_info"}),
    "job_offer": frozenset({"scams"}),
    "scams": frozenset({"scams"}),
    "route": frozenset({"route", "requirements"}),
    "trafficking_info": frozenset({"trafficking_info", "rights"}),
}
PAPER_TOPICS = frozenset({"requirements", "costs", "services"})
CONTINENTS = frozenset({"XF"})
IDLE_TOPICS = frozenset({"out_of_scope", "smalltalk", "exit", "language"})

FEATURES: tuple[str, ...] = (
    *("e5", "use", "both", "answer", "near3", "chars", "words", "rare", "alien"),
    *("lead", "rank", "lexical_lead"),
    *("asked_here", "regional_asked", "regional_unasked", "unasked", "here_now", "from_here", "goal_here", "regional_abroad"),
    *("for_her", "for_all", "not_for_her", "no_nationality"),
    *("implied", "papers_abroad"),
    *("topic", "idle", "is_service", "is_need", "same_language"),
)
"""What is measured of a question and a candidate; the order of the ranking's weights."""


@dataclass(frozen=True)
class Candidate:
    """An owner and what was measured, in the order of FEATURES. `fits`: False where it is another country's."""

    owner: str
    values: NDArray[np.float64]
    fits: bool = True


@dataclass(frozen=True)
class Asked:
    """Countries that a question is about. `implied`: those told only by a name that is theirs."""

    countries: frozenset[str]
    implied: frozenset[str] = frozenset()


class FactIndex:
    """The index of one content version. Build once, ask often."""

    def __init__(
        self,
        knowledge: Knowledge,
        embedder: SentenceEmbedder,
        cache: Path,
        mask: Mask,
        gloss: Gloss | None = None,
        names: Names | None = None,
    ) -> None:
        self._knowledge = knowledge
        self._embedder = embedder
        self._mask = mask
        self._gloss = gloss
        self._names = names
        rows = sorted(passages(knowledge, mask), key=lambda row: row.owner)
        self.rows: Sequence[Passage] = rows
        self.owners = sorted({row.owner for row in rows})
        at = {owner: i for i, owner in enumerate(self.owners)}
        self.row_owner = np.array([at[row.owner] for row in rows])
        self._starts = np.searchsorted(self.row_owner, np.arange(len(self.owners)))
        self._countries = np.array([self.country_of(owner) for owner in self.owners])
        self._is_gap = np.array([owner.startswith(GAP) for owner in self.owners])
        facts = knowledge.facts
        self._people = [frozenset(facts[owner].nationality) - {ANY} if owner in facts else frozenset() for owner in self.owners]
        self._closed = [
            people if owner in facts and ANY not in facts[owner].nationality else frozenset()
            for owner, people in zip(self.owners, self._people, strict=True)
        ]
        self._subtopic = [facts[owner].subtopic if owner in facts else "" for owner in self.owners]
        self._subtopic_in = {
            name: frozenset(f.country for f in facts.values() if f.subtopic == name) for name in set(self._subtopic) if name
        }
        self._known = frozenset(fact.country for fact in knowledge.facts.values())
        vectors = CachedEmbedder(embedder, cache / "facts").encode([row.text for row in rows])
        self._e5, self._use = _halves(vectors)
        self._is_answer = np.array([row.kind == "answer" for row in rows])
        self._langs = np.array([row.lang for row in rows])
        self._build_words(rows)

    def _build_words(self, rows: Sequence[Passage]) -> None:
        texts = [plain(row.text) for row in rows]
        self._char_model = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32, min_df=2)
        self._char_rows: sparse.csr_matrix = self._char_model.fit_transform(texts).T.tocsr()
        counts: dict[str, int] = {}
        self._row_stems = [stems(text) for text in texts]
        self._stems: list[set[str]] = [set() for _ in self.owners]
        for known, owner in zip(self._row_stems, self.row_owner, strict=True):
            self._stems[owner] |= known
        for known in self._stems:
            for stem in known:
                counts[stem] = counts.get(stem, 0) + 1
        self._rarity = {stem: float(np.log(1 + len(self.owners) / n)) for stem, n in counts.items()}
        self._unseen = float(np.log(1 + len(self.owners)))
        self._rare_owners: dict[str, list[int]] = {}
        for owner, known in enumerate(self._stems):
            for stem in known:
                if counts[stem] <= FEW_OWNERS:
                    self._rare_owners.setdefault(stem, []).append(owner)
        self._is_service = np.array([owner in self._knowledge.services for owner in self.owners])
        self._rare_names = [self._rare(owner) for owner in self.owners]

    def _rare(self, owner: str) -> set[str]:
        """Words of a service's name that hardly anything else has: COMAR, RAINN."""
        service = self._knowledge.services.get(owner)
        least = float(np.log(1 + len(self.owners) / 4))
        return {stem for stem in stems(plain(service.name)) if self._rarity.get(stem, 0.0) >= least} if service else set()

    def masked(self, text: str) -> str:
        """The question as it is compared: cleaned, without places."""
        return self._mask(text)

    def search(self, query: Query, without: frozenset[int] = frozenset()) -> list[Candidate]:
        """The likeliest owners, unordered. `without`: rows that do not count (a row that is itself asked, in training)."""
        wordings = self.wordings(query)
        e5, use = _halves(self._embedder.encode(wordings))
        e5_rows, use_rows = (self._e5 @ e5.T).max(axis=1), (self._use @ use.T).max(axis=1)
        chars = np.asarray((self._char_model.transform([plain(text) for text in wordings]) @ self._char_rows).max(axis=0).todense()).ravel()
        if without:
            hidden = list(without)
            e5_rows[hidden], use_rows[hidden], chars[hidden] = -1.0, -1.0, 0.0
        both = BLEND * e5_rows + (1 - BLEND) * use_rows
        first = self._largest(both) + 0.15 * self._largest(chars)
        known = self._stems if not without else self._stems_without(without)
        for stem in {stem for text in wordings for stem in stems(plain(text))}:
            for owner in self._rare_owners.get(stem, ()):
                first[owner] += 0.15 if stem in known[owner] else 0.0
        asked = self.asked(query)
        fits = self._fits(query, asked)
        order = np.argsort(-np.where(fits, first, first - 10))
        found = []
        for chosen in (order[~self._is_gap[order]][:CANDIDATES], order[self._is_gap[order]][:GAPS]):
            measured = self._measure(query, asked, wordings, chosen, (e5_rows, use_rows, both, chars), known) if len(chosen) else []
            found += [Candidate(self.owners[i], values, bool(fits[i])) for i, values in zip(chosen, measured, strict=True)]
        return found

    def _stems_without(self, without: frozenset[int]) -> list[set[str]]:
        """The owners' words without those of the hidden rows."""
        known = list(self._stems)
        for owner in {int(self.row_owner[row]) for row in without}:
            rows = np.flatnonzero(self.row_owner == owner)
            known[owner] = set().union(*(self._row_stems[row] for row in rows if row not in without))
        return known

    def wordings(self, query: Query) -> list[str]:
        """The question without places, and its gloss where the embeddings know its language badly."""
        masked = self._mask(query.text)
        gloss = self._gloss(masked, query.lang) if self._gloss else ""
        return [masked, gloss] if gloss else [masked]

    def _largest(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(np.maximum.reduceat(values, self._starts), dtype=np.float64)

    def asked(self, query: Query) -> Asked:
        """The countries that the question is about, said or implied."""
        said = countries_asked(query)
        implied = self._names.countries(query.text) if self._names else frozenset()
        return Asked(said | implied, implied)

    def _fits(self, query: Query, about: Asked) -> NDArray[np.bool_]:
        """False where an owner belongs to a country that is not asked about, or to people of another nationality; a service also
        where nobody said where, unless it is named."""
        asked = about.countries
        others = self._for_others(query, asked)
        if not asked:
            said = stems(plain(query.text))
            here = [query.where_now, query.nationality, REGIONAL, "INT", ""]
            named = np.array([bool(said & rare) for rare in self._rare_names])
            return (~self._is_service | np.isin(self._countries, here) | named) & ~others
        theirs = np.array([self._for_people_of(asked, i) for i in range(len(self.owners))])
        home = np.array([query.nationality in people for people in self._people]) & (self._countries == query.nationality)
        return (theirs | home | np.isin(self._countries, [*asked, REGIONAL, "INT", ""])) & ~others

    def _for_people_of(self, asked: frozenset[str], owner: int) -> bool:
        """True where a fact of another country is for the people of those asked about ("TPS for Haiti" is one of the United States),
        unless these have a fact of the same thing themselves: Mercosur in Paraguay is not the one of Chile."""
        people, country = self._people[owner], self._countries[owner]
        if not asked & people or not asked <= people | {country}:
            return False
        return country in asked or not asked & self._subtopic_in.get(self._subtopic[owner], frozenset())

    def _for_others(self, query: Query, asked: frozenset[str]) -> NDArray[np.bool_]:
        """True where a fact is only for people of other nationalities: a French passport is not answered with the price of a
        Guatemalan one, nor a Cuban with the visa of Venezuelans."""
        hers = query.nationality
        if not hers:
            return np.zeros(len(self.owners), dtype=bool)
        closed = np.array([bool(people) and hers not in people for people in self._closed])
        return closed & (self._countries != hers)

    def country_of(self, owner: str) -> str:
        """ISO code, XX, INT, or '' for needs and gaps."""
        found: Fact | Service | None = self._knowledge.facts.get(owner) or self._knowledge.services.get(owner)
        return found.country if found else ""

    def _measure(
        self,
        query: Query,
        asked: Asked,
        wordings: Sequence[str],
        chosen: NDArray[np.int64],
        rows: tuple[NDArray[np.float32], ...],
        known: Sequence[set[str]],
    ) -> list[NDArray[np.float64]]:
        said = [self._weights(text) for text in wordings]
        alien = min(
            1.0 - sum(w for stem, w in weights.items() if stem in self._rarity) / (sum(weights.values()) or 1.0) for weights in said
        )
        table = np.array(
            [[*self._similar(i, query.lang, rows), self._overlap(known[i], said), self._shared_rare(known[i], said), alien] for i in chosen]
        )
        both, lexical = table[:, 2], table[:, 5] + table[:, 7]
        order = np.argsort(np.argsort(-both))
        measured = []
        for row, i in enumerate(chosen):
            lead = both[row] - np.delete(both, row).max(initial=-1.0)
            lexical_lead = lexical[row] - np.delete(lexical, row).max(initial=0.0)
            first = [*table[row, :6], *table[row, 7:]]
            codes = self._codes(self.owners[i], query, asked)
            values = [*first, lead, 1.0 / (1 + order[row]), lexical_lead, *codes, table[row, 6]]
            measured.append(np.array(values, dtype=np.float64))
        return measured

    def _weights(self, text: str) -> dict[str, float]:
        return {stem: self._rarity.get(stem, self._unseen) for stem in stems(plain(text))}

    def _overlap(self, known: set[str], said: Sequence[Mapping[str, float]]) -> float:
        """The share of the question's rare words that the owner's texts have, in the wording that shares most."""
        return max(sum(w for stem, w in weights.items() if stem in known) / (sum(weights.values()) or 1.0) for weights in said)

    def _shared_rare(self, known: set[str], said: Sequence[Mapping[str, float]]) -> float:
        """How rare the rarest word is that question and owner share, 0..1 above the rarity of RARE_OWNERS owners: a name like PPT."""
        least = float(np.log(1 + len(self.owners) / RARE_OWNERS))
        found = max((w for weights in said for stem, w in weights.items() if stem in known), default=0.0)
        return max(0.0, (found - least) / (self._unseen - least))

    def _similar(self, owner: int, lang: str, rows: tuple[NDArray[np.float32], ...]) -> list[float]:
        start = self._starts[owner]
        end = self._starts[owner + 1] if owner + 1 < len(self._starts) else len(self.row_owner)
        e5, use, both, chars = (values[start:end] for values in rows)
        answers = self._is_answer[start:end]
        asked = ~answers if (~answers).any() else answers
        near = np.sort(both)[::-1][:3]
        own = self._langs[start:end] == lang
        return [
            float(e5[asked].max()),
            float(use[asked].max()),
            float(both[asked].max()),
            float(both[answers].max()) if answers.any() else float(both.max()),
            float(near.mean()),
            float(chars.max()),
            float(both[own].max()) if own.any() else 0.0,
        ]

    def _codes(self, owner: str, query: Query, about: Asked) -> list[float]:
        """What places, nationality and topic say, as 0 and 1; see FEATURES."""
        asked, country = about.countries, self.country_of(owner)
        fact = self._knowledge.facts.get(owner)
        regional = country in (REGIONAL, "INT")
        nationality = fact.nationality if fact else (ANY,)
        topic = fact.topic if fact else "services" if owner in self._knowledge.services or owner.startswith(NEED) else ""
        places = [
            country in asked or (bool(asked) and owner.startswith(NEED)),
            bool(asked) and regional,
            not asked and regional,
            not asked and not regional and bool(country),
            not asked and bool(country) and country == query.where_now,
            bool(country) and country == query.nationality and country not in asked,
            bool(country) and country == query.destination,
            bool(asked) and regional and not asked & self._known,
        ]
        hers = ({query.nationality} if query.nationality else asked - about.implied) - {
            country
        }  # "from Honduras to Spain" tells whose visa
        people = [
            bool(hers & set(nationality)) or (bool(query.nationality) and query.nationality in nationality),
            bool(hers) and ANY in nationality,
            bool(hers) and not hers & set(nationality) and ANY not in nationality and country != query.nationality,
            not hers and ANY not in nationality,
        ]
        implied = [
            country in about.implied,
            bool(asked) and regional and not asked & self._known and topic in PAPER_TOPICS,
        ]
        kinds = [
            topic in RELATED_TOPICS.get(query.topic, frozenset()),
            query.topic in IDLE_TOPICS,
            owner in self._knowledge.services,
            owner.startswith(NEED),
        ]
        return [float(value) for value in (*places, *people, *implied, *kinds)]


def countries_asked(query: Query) -> frozenset[str]:
    """The countries that the question is about: those it names, else the destination remembered, else nothing."""
    return frozenset(query.named) - CONTINENTS or (frozenset({query.destination}) - CONTINENTS if query.destination else frozenset())


def stems(text: str) -> set[str]:
    """Words of three letters and more, cut to six: enough to tell PPT from PTP. Punctuation is no part of a word."""
    return {word[:6] for word in words(text) if len(word) > 2}


def _halves(vectors: Vectors) -> tuple[Vectors, Vectors]:
    return _unit(vectors[:, :E5_DIM]), _unit(vectors[:, E5_DIM:])


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)
