"""Ask one question and see why it was answered as it was.

usage: python -m scripts.ask "五十九的套餐怎么取消" [--pack telecom] [--last product:tel-plan-59:价格]
       python -m scripts.ask "那79的呢" --after "59那个多少钱"
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.clock import SystemClock
from bot.understanding import (
    Answer,
    Choices,
    Context,
    Explanation,
    Intent,
    KnowledgeError,
    Listing,
    Understanding,
    Understood,
    Unknown,
    goes_on,
    kind_of,
)
from bot.understanding.pii import mask, without_masked

ROOT = Path(__file__).resolve().parents[1]


def explained(engine: Understanding, texts: Sequence[str], context: Context) -> tuple[Explanation, Context]:
    """Explain the last of the messages of one talk; return also what was spoken of when it came."""
    hidden = [without_masked(mask(text)) for text in texts]
    for text in hidden[:-1]:
        context = _after(context, text, engine.understand(text, context))
    return engine.explain(hidden[-1], context), context


def _after(context: Context, text: str, outcome: Understood) -> Context:
    """Return the context of the next message, as the conversation keeps it."""
    if isinstance(outcome, Intent):
        return context
    last = context.last
    if isinstance(outcome, Answer | Listing):
        last = outcome.entry_id if isinstance(outcome, Answer) else outcome.about
    return replace(context, last=last, asked=context.asked if goes_on(text) else text)


def lines(explanation: Explanation) -> Iterable[str]:
    """Give the explanation as lines: text, intents, candidates with their features, band, outcome."""
    yield f"text        {explanation.text}"
    yield f"normalised  {explanation.normalised}"
    yield "intents     " + "  ".join(f"{name} {sure:.2f}" for name, sure in explanation.intents.items())
    yield "sure        " + "  ".join(f"{name} {sure:.2f}" for name, sure in explanation.sure.items())
    for candidate in explanation.candidates:
        yield f"candidate   {candidate.score:.2f}  {candidate.id}  {candidate.title}"
        yield "              " + "  ".join(f"{name} {value:.2f}" for name, value in candidate.features.items())
    yield f"kind        {kind_of(explanation.outcome)}"
    yield f"band        {explanation.band}"
    yield from outcome_lines(explanation.outcome)


def outcome_lines(outcome: Understood) -> Iterable[str]:
    """Give what the customer would get."""
    match outcome:
        case Answer():
            for each in (outcome, *outcome.more):
                yield f"answer      [{each.entry_id}] {each.text}"
        case Listing():
            yield f"table       {outcome.question}"
            yield from (f"              {option.label}  ({option.id})" for option in outcome.options)
            yield f"              {outcome.tail}"
        case Choices():
            yield f"choices     {outcome.question}"
            yield from (f"              {option.label}  ({option.id})" for option in outcome.options)
        case Intent():
            yield f"intent      {outcome.name} {outcome.score:.2f} {dict(outcome.slots)} soothe={outcome.soothe}"
        case Unknown():
            yield f"unknown     {outcome.reason}, category {outcome.category} {outcome.say or ''}".rstrip()
    if not isinstance(outcome, Intent) and outcome.soothe:
        yield "soothe      yes"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the explanation of one message."""
    parser = argparse.ArgumentParser(description="Explain how a message is understood.")
    parser.add_argument("text")
    parser.add_argument("--pack", default="telecom")
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge")
    parser.add_argument("--last", default=None, help="item answered last, for follow-up questions")
    parser.add_argument("--after", action="append", default=[], help="what was said before; may be given again")
    options = parser.parse_args(arguments)
    try:
        engine = Understanding.load(options.knowledge, options.pack)
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        return 1
    context = Context(SystemClock().now().date(), {}, options.last)
    explanation, context = explained(engine, [*options.after, options.text], context)
    print("\n".join(lines(explanation)))
    if mask(options.text) != options.text:
        print("hidden      personal data sent by mistake")
    if context.last or context.asked:
        print(f"context     last {context.last}, asked {context.asked}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
