"""How sure a pack must be before it asks back.

A pack with many wordings finds something like almost any question, one with few finds nothing like a question of
somebody else. So each is asked, when it is loaded, everyday questions about things it never speaks of: most of them
must come out as not known.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bot.knowledge.pack import Knowledge
from bot.understanding.candidates import Found
from bot.understanding.normalisation import normalise
from bot.understanding.out_of_scope import Elsewhere
from bot.understanding.weights import CHOICES_FROM
from bot.understanding.words import groups

DECLINED = 0.75
"""Share of the foreign questions that get no choices."""

CHOICES_AT_MOST = 0.45
"""Higher than this, more good choices are lost than senseless ones."""

FEWEST = 10
"""With fewer foreign questions left nothing can be told from them."""


def foreign_questions(knowledge: Knowledge) -> list[str]:
    """Return everyday questions about things the pack never speaks of, normalised and without spaces."""
    spoken = "\n".join((*knowledge.asked(), *knowledge.answers()))
    return [normalise(question).replace(" ", "") for thing, question in groups("foreign") if thing not in spoken]


def choices_from(knowledge: Knowledge, elsewhere: Elsewhere, find: Callable[[str], Found]) -> float:
    """Return the probability from which the pack asks back; `find` takes a normalised question without spaces.

    What the pack itself declares not ours is known anyway and tells nothing of the rest.
    """
    asked = foreign_questions(knowledge)
    found = [find(question).choices for question in asked if elsewhere.say(question) is None]
    if len(found) < FEWEST:
        return CHOICES_FROM
    return min(max(float(np.quantile(found, DECLINED)), CHOICES_FROM), CHOICES_AT_MOST)
