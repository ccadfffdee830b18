"""Tell what kind of message it is: a question, a complaint, a greeting and so on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .grams import grams
from .linear import Classifier
from .normal import normalise
from .pack import Knowledge
from .synonyms import canonical, kinds
from .words import named_patterns

QUESTION = "question"

QUESTIONS = 1500
"""How many of the pack's own questions are learnt from; more only make loading slower."""

WEIGHT = 20
"""How many times a cue counts beside one gram."""

_DIGITS = re.compile(r"\d+")
_PATTERNS = named_patterns("cues")
_HEAVY = {mood: [f"{mood}{copy}" for copy in range(WEIGHT)] for name in _PATTERNS for mood in (f"!{name}", f"!!{name}")}


def upset(text: str) -> bool:
    """Tell whether a normalised text is angry, threatens, or finds something too slow or too dear."""
    return any(_PATTERNS[name].search(text) for name in ("anger", "threat", "excess"))


def cues(text: str) -> list[str]:
    """Return the names of the everyday signs of mood and purpose in a normalised text, doubled when there are two."""
    found = []
    for name, words in _PATTERNS.items():
        hits = len(words.findall(text))
        found += [f"!{name}"] * min(hits, 1) + [f"!!{name}"] * (hits > 1)
    return found


def intent_features(text: str) -> list[str]:
    """Return what the intent model sees: characters, canonical form, kinds of question, cues of mood, and length."""
    bits = kinds(text)
    like = canonical(text)
    moods = cues(text)
    pairs = [f"{a}{b}" for i, a in enumerate(moods) for b in moods[i + 1 :]]
    asked = [f"?{bit}" for bit in range(20) if bits >> bit & 1]
    size = f"#{min(len(text) // 4, 6)}"
    heavy = [feature for mood in moods for feature in _HEAVY[mood]]
    text, like = _DIGITS.sub("0", text), _DIGITS.sub("0", like)
    return grams(f"^{text}$", 3) + ["=" + gram for gram in grams(like, 3)] + heavy + pairs + asked + [size]


class IntentModel:
    """The intent classifier of a pack: our utterances, and the pack's own questions as questions."""

    def __init__(self, knowledge: Knowledge) -> None:
        texts = _texts(knowledge)
        found = ((normalise(text).replace(" ", ""), label) for label, group in texts.items() for text in group)
        pairs = list(dict.fromkeys(found))
        self._model = Classifier([text for text, _ in pairs], [label for _, label in pairs], intent_features)

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents, in the order of `probabilities`."""
        return self._model.labels

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return intent -> probability for a normalised text without spaces."""
        if len(text) == 1 and not self._model.knows(f"^{text}$"):
            return {QUESTION: 1.0}
        return dict(zip(self._model.labels, self._model.scores(text).tolist(), strict=True))


def _texts(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    texts = {label: tuple(group) for label, group in knowledge.intents.items()}
    questions: Sequence[str] = [t for entry in knowledge.entries for t in (entry.question, *entry.variants)]
    aspects = [text for group in knowledge.aspects.values() for text in group]
    step = 1 + (len(questions) + len(aspects)) // QUESTIONS
    texts[QUESTION] = texts.get(QUESTION, ()) + tuple([*questions, *aspects][::step])
    texts["smalltalk"] = texts.get("smalltalk", ()) + tuple(ask for talk in knowledge.smalltalk for ask in talk.ask)
    return {label: group for label, group in texts.items() if group}
