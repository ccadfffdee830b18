"""Tell what kind of message it is: a question, a complaint, a greeting and so on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter

from bot.knowledge.pack import Entry, Knowledge
from bot.understanding.linear import HEAVY, Classifier
from bot.understanding.ngrams import grams
from bot.understanding.normalisation import normalise
from bot.understanding.synonyms import bits, canonical, kinds
from bot.understanding.words import named_patterns

QUESTION = "question"

QUESTIONS = 1500
"""How many of the pack's own questions are learnt from; more only make loading slower."""

LISTENED = 5000
"""How many of the entries' further wordings are looked at for what sounds like trouble."""

ASPECTS = 4
"""One of so many of them at least asks for a product's aspect."""

_DIGITS = re.compile(r"\d+")
_PATTERNS = named_patterns("cues")


def upset(text: str) -> bool:
    """Tell whether a normalised text is angry, threatens, or finds something too slow or too dear."""
    return any(_PATTERNS[name].search(text) for name in ("anger", "threat", "excess"))


def cues(text: str) -> list[int]:
    """Return the numbers of the everyday signs of mood and purpose in a normalised text, two for what comes twice."""
    found = []
    for number, words in enumerate(_PATTERNS.values()):
        hits = len(words.findall(text))
        if hits:
            found += [2 * number, 2 * number + 1] if hits > 1 else [2 * number]
    return found


def intent_features(text: str) -> list[str]:
    """Return what the intent model sees: characters, canonical form, kinds of question, cues of mood, and length.

    The names of what is no gram of the text begin with a sign that no normalised text has.
    """
    moods = cues(text)
    own, like = _DIGITS.sub("0", text), _DIGITS.sub("0", canonical(text))
    found = grams(f"^{own}$")
    found += [f"~{gram}" for gram in grams(like)]
    found += [f"#size{min(len(text) // 4, 6)}", *(f"#kind{kind}" for kind in bits(kinds(text)))]
    found += [f"{HEAVY}{mood}" for mood in moods]
    found += [f"#{a} {b}" for i, a in enumerate(moods) for b in moods[i + 1 :]]
    return found


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
    aspects = [text for group in knowledge.aspects.values() for text in group]
    wordings = _wordings(knowledge.entries, QUESTIONS - min(len(aspects), QUESTIONS // ASPECTS))
    step = 1 + len(aspects) // max(QUESTIONS - len(wordings), 1)
    texts[QUESTION] = (*texts.get(QUESTION, ()), *aspects[::step], *wordings)
    texts["smalltalk"] = texts.get("smalltalk", ()) + tuple(ask for talk in knowledge.smalltalk for ask in talk.ask)
    return {label: group for label, group in texts.items() if group}


def _wordings(entries: Sequence[Entry], most: int) -> list[str]:
    """Return wordings of every entry, `most` in all: those that sound like trouble first, then one of each in turn.

    What sounds like trouble and is a question (卡里的钱莫名其妙少了) tells most about where complaints end. Of a very
    large pack only a part is listened to, as that takes long.
    """
    step = 1 + sum(len(entry.variants) for entry in entries) // LISTENED
    turns: list[tuple[bool, int, int, str]] = []
    for number, entry in enumerate(entries):
        turns.append((False, 0, number, entry.question))
        for place, text in enumerate(entry.variants[number % step :: step], 1):
            turns.append((not cues(text), place, number, text))
    turns.sort(key=itemgetter(0, 1, 2))
    return [text for *_, text in turns[:most]]
