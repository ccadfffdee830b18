"""Turn what a customer types into an answer, a few choices, an intent, or an honest "not known"."""

from bot.knowledge.content import Card, Category, Context, Link
from bot.knowledge.knowledge_error import KnowledgeError
from bot.knowledge.pack import Entry, Knowledge, Product, Smalltalk
from bot.understanding.engine import Understanding
from bot.understanding.follow_up import goes_on
from bot.understanding.message_kind import kind_of
from bot.understanding.normalisation import normalise, simplified
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
from bot.understanding.own_case import Reopening, about_own_case, reopening
from bot.understanding.words import up_to

__all__ = [
    "Answer",
    "Candidate",
    "Card",
    "Category",
    "Choice",
    "Choices",
    "ComplaintSlots",
    "Context",
    "Entry",
    "Explanation",
    "Intent",
    "Knowledge",
    "KnowledgeError",
    "Link",
    "Listing",
    "Product",
    "Reopening",
    "Smalltalk",
    "Understanding",
    "Understood",
    "Unknown",
    "about_own_case",
    "goes_on",
    "kind_of",
    "normalise",
    "reopening",
    "simplified",
    "up_to",
]
