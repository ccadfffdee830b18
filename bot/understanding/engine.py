"""Understand a message: normalise, find candidates, score them, and choose the band."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from operator import itemgetter
from pathlib import Path
from threading import Lock

from rapidfuzz import fuzz, process

from bot.knowledge.content import Category, Context
from bot.knowledge.pack import Entry, Knowledge, Smalltalk, load_knowledge
from bot.understanding.analysis import Said, Verdict
from bot.understanding.answers import Answers
from bot.understanding.candidates import ALIKE, NOTHING, SAME, Found, Item, find_entries, find_products, merge
from bot.understanding.compare import Comparer
from bot.understanding.complaint_slots import find_category, read_complaint
from bot.understanding.entries import EntryMatcher
from bot.understanding.follow_up import Follow
from bot.understanding.intents import QUESTION, IntentModel, upset
from bot.understanding.normalisation import LONGEST, normalise
from bot.understanding.out_of_scope import Elsewhere
from bot.understanding.outcome import (
    Answer,
    Candidate,
    Choice,
    Choices,
    ComplaintSlots,
    Explanation,
    Intent,
    Listing,
    Understood,
    Unknown,
)
from bot.understanding.products import ProductMatcher, product_matcher
from bot.understanding.question_split import sentences
from bot.understanding.safety import ABUSE, ALARMING, ILLEGAL, IN_PROGRESS, Watch
from bot.understanding.threshold_calibration import choices_from
from bot.understanding.tone import Mood, asking, mannered, mood
from bot.understanding.weights import ANSWER_FROM
from bot.understanding.words import named_patterns

INTENT_FROM = 0.5
"""An intent other than a question counts from this probability on."""

COMPLAINT_FROM = 0.545
"""Complaint and urge together count from this probability on."""

CLEAR_INTENT_FROM = 0.7
"""An intent stands against a sure answer from this probability on."""

CERTAIN_FROM = 0.9
"""A complaint or an urge stands against a sure answer from this probability on, even when it has a question's form."""

UPSET_FROM = 0.35
"""The same for a message that is upset and asks nothing."""

TROUBLE = ("complaint.file", "urge")
DOUBTED = ("complaint.progress", "care.opt_out")
"""Give way, as trouble does, to an entry that is worded just so."""

SOCIAL = ("greet", "thanks", "bye", "smalltalk", "praise")
_SHAPES = named_patterns("shapes")
_ASSENT = re.compile(f"(?:{_SHAPES['assent'].pattern})++")
GROUPED = frozenset((*TROUBLE, *SOCIAL))
SECOND_FROM = 0.85
"""Each of two questions must be this sure by itself."""

SMALLTALK_FROM = 50
"""Small talk is like one of our own wordings by so much (0 to 100); a strange word is none."""

COVERED = 0.7
WORDED = 0.8
SENTENCE = 4
LABEL = 20
CACHE = 1024
"""Messages remembered; each takes about 12 KB."""


class Understanding:
    """One pack's knowledge, ready to be asked. It never changes once built, so all threads share it."""

    def __init__(
        self, knowledge: Knowledge, base: Understanding | None = None, hidden: Collection[str] = frozenset()
    ) -> None:
        """Learn the pack; with a `base` of the same products, take over all that does not hang on the entries.

        `hidden` are those entries of the base that `knowledge` has not; then the base's index serves this one too.
        """
        self._knowledge = knowledge
        self.version = knowledge.version()
        shared = base if hidden else None
        known = base._entries if base else None
        self._entry_ids: tuple[str, ...] = (
            shared._entry_ids if shared else tuple(entry.id for entry in knowledge.entries)
        )
        self._product_ids = tuple(product.id for product in knowledge.products)
        self._numbers = {product: number for number, product in enumerate(self._product_ids)}
        self._entries: EntryMatcher = (
            shared._entries.hiding(self._places(hidden)) if shared else EntryMatcher(knowledge.entries, known)
        )
        self._products: ProductMatcher = base._products if base else product_matcher(knowledge)
        self._intents: IntentModel = base._intents if base else IntentModel(knowledge)
        self._answers = Answers(knowledge)
        self._asks = [normalise(ask).replace(" ", "") for talk in knowledge.smalltalk for ask in talk.ask]
        self._talk = [talk for talk in knowledge.smalltalk for _ in talk.ask]
        self._cache: OrderedDict[str, Said] = OrderedDict()
        self._lock = Lock()
        self._elsewhere = Elsewhere(knowledge)
        self._watch = Watch(knowledge.careful)
        self._comparer = Comparer(knowledge)
        self._follow = Follow(knowledge, self._answers, self._products, self._comparer, self._best_today)
        self._choices_from: float = (
            shared._choices_from if shared else choices_from(knowledge, self._elsewhere, self._best)
        )

    @classmethod
    def load(cls, knowledge: Path, pack: str) -> Understanding:
        """Read and build the pack; raise `KnowledgeError` when a file is wrong."""
        return cls(load_knowledge(knowledge, pack))

    @property
    def knowledge(self) -> Knowledge:
        """What it was built from."""
        return self._knowledge

    def with_entries(self, added: Sequence[Entry], removed: Collection[str] = ()) -> Understanding:
        """Return the same knowledge with entries added, or put in the place of those of the same id, and some left out.

        For a change while serving: only the entries' index is built anew. The product, aspect and intent models stay
        those of the pack as loaded, so what an added entry is worded like is no example of a question to them.
        """
        return Understanding(self._knowledge.with_entries(added, removed), self)

    def without(self, hidden: Collection[str]) -> Understanding:
        """Return the same knowledge with entries hidden, on the same index: what one branch of many knows."""
        return Understanding(self._knowledge.with_entries((), hidden), self, hidden) if hidden else self

    def _places(self, entries: Collection[str]) -> list[int]:
        return [place for place, entry in enumerate(self._entry_ids) if entry in entries]

    def categories(self) -> tuple[Category, ...]:
        """Return the complaint categories of the trade."""
        return self._knowledge.categories

    def complaint_slots(self, text: str, today: date) -> ComplaintSlots:
        """Return what a complaint already says; what it does not say is None."""
        return read_complaint(text, today, self._knowledge.categories)

    def understand(self, text: str, context: Context) -> Understood:
        """Decide what the message is and, when it is a question we know, answer it."""
        plain = normalise(text)
        if known := self._known(text, plain, context):
            return known
        said = self._remembered(text, plain)
        return mannered(self._decide(text, said, self._find(said, context), context), said.mood)

    def careful(self, text: str) -> Intent | None:
        """Return the intent `careful` when words need a careful, fixed reply, whatever else is going on."""
        kind = self._heard(text, normalise(text))
        return self._care(text, kind) if kind and kind != ABUSE else None

    def answer(self, choice_id: str, context: Context) -> Answer | None:
        """Return the answer of a picked choice; None when there is none (any more) or it is out of date."""
        return self._answers.get(choice_id, context)

    def explain(self, text: str, context: Context) -> Explanation:
        """Decide and tell why."""
        plain = normalise(text)
        said = self._remembered(text, plain)
        found = self._find(said, context)
        known = self._known(text, plain, context)
        outcome = known or mannered(self._decide(text, said, found, context), said.mood)
        candidates = tuple(Candidate(i.id, self._answers.title(i.id), i.share, i.features) for i in found.items)
        top = dict(sorted(said.intents.items(), key=lambda pair: -pair[1])[:5])
        band = "table" if isinstance(outcome, Listing) else type(outcome).__name__.lower()
        sure = {"answer": found.answer, "choices": found.choices}
        return Explanation(text, plain, tuple(plain.split()), top, candidates, band, outcome, sure)

    def _known(self, text: str, plain: str, context: Context) -> Understood | None:
        """Return what needs no candidates: words that need care, and what follows from what was spoken of last."""
        if kind := self._heard(text, plain):
            return self._care(text, kind)
        return self._follow.answer(text, plain, context)

    def _care(self, text: str, kind: str) -> Intent:
        said = self._watch.quote(text, kind) if kind in ALARMING else text
        return Intent("careful", {"kind": kind} | ({"said": said} if said != text else {}), 1.0)

    def _heard(self, text: str, plain: str) -> str:
        """Return the kind of care a message needs; none for what an entry speaks of in such words.

        Whoever asks whether it is a crime to sell a card, or whether to tell anybody a code, is answered by the entry
        that says so; not one who is being defrauded this moment.
        """
        kind = self._watch.kind(plain)
        if kind not in ALARMING and (alarm := self._watch.alarm(text)):
            return alarm
        if kind != ILLEGAL and kind not in IN_PROGRESS:
            return kind
        found = self._remembered(text, plain).found
        spoken = found.answer >= ANSWER_FROM and found.items[0].id.startswith("entry:")
        return "" if spoken and self._watch.in_general(plain, kind, found.wording) else kind

    def _remembered(self, text: str, plain: str) -> Said:
        """Return what the words alone say, from the cache when just asked: whoever asks, on whatever day."""
        text = text[:LONGEST]
        with self._lock:
            if text in self._cache:
                self._cache.move_to_end(text)
                return self._cache[text]
        said = self._read(text, plain)
        with self._lock:
            self._cache[text] = said
            if len(self._cache) > CACHE:
                self._cache.popitem(last=False)
        return said

    def _read(self, text: str, plain: str) -> Said:
        if not plain:
            return Said("", "", Mood(cross=False, wish=False), False, {}, NOTHING, Verdict(Unknown("empty", (), None)))
        bare = plain.replace(" ", "")
        intents = self._intents.probabilities(bare)
        found = NOTHING if _says_nothing(bare) else self._best(bare)
        verdict = self._judge(text, plain, intents, found)
        return Said(plain, bare, mood(bare), self._comparer.concerns(plain), intents, found, verdict)

    def _find(self, said: Said, context: Context) -> Found:
        """Return the candidates for the one who asks: those that may be told today, and what he goes on from."""
        if not said.plain or _says_nothing(said.bare):
            return NOTHING
        found = self._live(said.found, context)
        if follow := self._follow.item(said.bare, context, found.answer):
            others = tuple(item for item in found.items if item.id != follow.id)
            return Found((follow, *others), max(found.answer, follow.share), found.choices)
        return found

    def _best_today(self, bare: str, context: Context) -> Found:
        return self._live(self._best(bare), context)

    def _live(self, found: Found, context: Context) -> Found:
        """Leave out what is not valid today."""
        items = tuple([item for item in found.items if self._answers.live(item.id, context)])
        if len(items) == len(found.items):
            return found
        if not items or items[0] is not found.items[0]:
            return Found(items, 0.0, found.choices if items else 0.0)
        return Found(items, found.answer, found.choices)

    def _decide(self, text: str, said: Said, found: Found, context: Context) -> Understood:
        """Choose between an intent, the table, an answer, choices and "not known"."""
        same = found is said.found
        verdict = said.verdict if same else self._judge(text, said.plain, said.intents, found)
        outcome = verdict.outcome
        if said.tabular and not (isinstance(outcome, Intent) and outcome.name not in SOCIAL):
            listing = self._comparer.answer(said.plain, context, lambda item: self._answers.live(item, context))
            if listing and (listing.score == 1 or found.answer < ANSWER_FROM or not _worded(found)):
                return listing
        if isinstance(outcome, Unknown) and outcome.say:
            return replace(outcome, say=self._answers.filled(outcome.say, context))
        return outcome or self._told(verdict, context)

    def _told(self, verdict: Verdict, context: Context) -> Answer | Unknown:
        """Return what the one who asks is told today."""
        best = self._answers.get(verdict.item, context, verdict.score)
        if best is None:
            return Unknown("unsure", (verdict.item,), None)
        if verdict.two is None:
            return best
        first, second = (self._answers.get(item, context, verdict.score) for item in verdict.two)
        return self._answers.joined(first, second) if first and second else best

    def _judge(self, text: str, plain: str, intents: Mapping[str, float], found: Found) -> Verdict:
        """Choose by the words and their candidates alone."""
        bare = plain.replace(" ", "")
        if intent := self._intent(bare, intents, found):
            return Verdict(intent)
        if say := self._elsewhere.say(bare):
            return Verdict(Unknown("not_ours", (), None, say))
        best = found.items[0].id if found.items else ""
        if found.answer >= ANSWER_FROM:
            two = self._two_aspects(plain, best) or self._two_questions(text, found.items[0])
            return Verdict(None, best, found.answer, two)
        if found.choices >= self._choices_from and len(found.items) > 1:
            both = self._both(plain, found)
            return Verdict(None, best, found.choices, both) if both else Verdict(self._choices(found))
        near = tuple(item.id for item in found.items[:3])
        return Verdict(Unknown("unsure" if near else "far", near, self._answers.category(best) if near else None))

    def _intent(self, bare: str, intents: Mapping[str, float], found: Found) -> Intent | None:
        """Return the intent when it is clear, and clearer than that the message is a question we can answer."""
        angry = upset(bare)
        asked = asking(bare, angry=angry)
        name, sure = _strongest(intents, COMPLAINT_FROM if asked or not angry else UPSET_FROM)
        if name == QUESTION or (name not in TROUBLE and sure < INTENT_FROM):
            return None
        if name == "complaint.file" and _SHAPES["withdrawn"].search(bare):
            return None
        calm = not angry and sure < CLEAR_INTENT_FROM and found.answer > sure and _likeness(found) > ALIKE
        doubtful = (asked or calm) and sure < CERTAIN_FROM if name in TROUBLE else sure < CLEAR_INTENT_FROM
        if found.answer >= ANSWER_FROM and (doubtful or (name not in TROUBLE and asked and found.answer > sure)):
            return None
        if _own_wording(found) and (name in DOUBTED or (name in TROUBLE and (not angry or sure < CERTAIN_FROM))):
            return None
        if name == "smalltalk" and not self._small(bare)[0]:
            return None
        return Intent(name, self._slots(name, bare), sure, soothe=name in TROUBLE)

    def _small(self, bare: str) -> tuple[bool, Smalltalk | None]:
        """Return the small talk most like the message, and whether it is like enough."""
        if not self._asks:
            return True, None
        _, ratio, number = process.extractOne(bare, self._asks, scorer=fuzz.ratio)
        return ratio >= SMALLTALK_FROM, self._talk[number]

    def _slots(self, name: str, bare: str) -> dict[str, str]:
        if name == "smalltalk":
            _, talk = self._small(bare)
            return {"id": talk.id, "text": talk.answer} if talk else {}
        category = find_category(bare, self._knowledge.categories) if name == "complaint.file" else None
        return {"category": category.id} if category else {}

    def _both(self, plain: str, found: Found) -> tuple[str, str] | None:
        """Return the two best candidates when the message asks for both; that is what made them equal."""
        two = self._two_aspects(plain, found.items[0].id)
        return two if two and set(two) == {item.id for item in found.items[:2]} else None

    def _two_aspects(self, plain: str, item: str) -> tuple[str, str] | None:
        kind, _, rest = item.partition(":")
        if kind != "product":
            return None
        product, _, aspect = rest.partition(":")
        two = self._products.two_aspects(plain, self._numbers[product])
        return (f"product:{product}:{two[0]}", f"product:{product}:{two[1]}") if two and aspect in two else None

    def _two_questions(self, text: str, best: Item) -> tuple[str, str] | None:
        """Read two sentences as two questions when the best answer leaves much out and each is sure by itself."""
        parts = sentences(text) if best.figure("recall", 1.0) < COVERED else ()
        if len(parts) != 2 or min(map(len, parts)) < SENTENCE:
            return None
        first, second = (self._best(part) for part in parts)
        if min(first.answer, second.answer) < SECOND_FROM or first.items[0].id == second.items[0].id:
            return None
        return (first.items[0].id, second.items[0].id) if best.id in (first.items[0].id, second.items[0].id) else None

    def _best(self, bare: str) -> Found:
        bare = self._products.respelled(bare)
        entries = find_entries(self._entries, self._entry_ids, bare)
        return merge(entries, find_products(self._products, self._product_ids, bare), bare)

    def _choices(self, found: Found) -> Choices:
        items = [item.id for item in found.items[:3]]
        head, labels = self._answers.ask(items)
        options = tuple(Choice(item, label[:LABEL]) for item, label in zip(items, labels, strict=True))
        return Choices(head, options, found.choices)


def _worded(found: Found) -> bool:
    """Tell whether the best candidate is an entry that is worded much as the question is."""
    return _likeness(found) > WORDED


def _own_wording(found: Found) -> bool:
    """Tell whether the message is a wording of the best candidate, an entry."""
    return found.answer >= ANSWER_FROM and _likeness(found) > SAME


def _likeness(found: Found) -> float:
    """Return how much the best candidate's nearest wording is like the message; 0 for a product."""
    return found.items[0].figure("ratio") if found.items else 0.0


def _says_nothing(bare: str) -> bool:
    """Tell a lone letter or digit and a mere yes from words that ask for something."""
    return (len(bare) == 1 and bare.isascii()) or _ASSENT.fullmatch(bare) is not None


def _strongest(intents: Mapping[str, float], trouble_from: float) -> tuple[str, float]:
    """Return the likeliest intent; kinds that are near each other (complaint and urge, thanks and bye) add up first."""
    trouble = sum([intents.get(name, 0.0) for name in TROUBLE])
    if trouble >= trouble_from:
        return max(TROUBLE, key=lambda name: intents.get(name, 0.0)), trouble
    best = (QUESTION, intents.get(QUESTION, 1.0))
    social = sum([intents.get(name, 0.0) for name in SOCIAL])
    if social > best[1]:
        best = (max(SOCIAL, key=lambda name: intents.get(name, 0.0)), social)
    return max(best, *((name, sure) for name, sure in intents.items() if name not in GROUPED), key=itemgetter(1))
