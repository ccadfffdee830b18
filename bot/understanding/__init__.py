"""Turn what a customer types into an answer, a few choices, an intent, or an honest "not known"."""

from .engine import Understanding
from .errors import KnowledgeError
from .follow import goes_on
from .kinds import kind_of
from .normal import normalise, simplified
from .outcome import (
    Answer,
    Candidate,
    Card,
    Category,
    Choice,
    Choices,
    ComplaintSlots,
    Context,
    Explanation,
    Intent,
    Link,
    Listing,
    Understood,
    Unknown,
)
from .pack import Entry, Knowledge, Product, Smalltalk
from .words import up_to

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
    "Smalltalk",
    "Understanding",
    "Understood",
    "Unknown",
    "goes_on",
    "kind_of",
    "normalise",
    "simplified",
    "up_to",
]
