"""Customers and the people behind them: found, tied, visible to whom, asked for consent, forgotten."""

from bot.customers.access import (
    DEPARTED,
    Seen,
    is_superior,
    masked_phone,
    name_seen,
    reachable,
    seen_by,
    superior_ids,
    unnamed,
    unnamed_column,
    visible_to,
)
from bot.customers.consent import care_allowed, care_opt
from bot.customers.contact_profile import Party, Staff, party
from bot.customers.contacts import TiedError, bind, ensure, find, followed, tie_to_manager
from bot.customers.erasure import unfollowed
from bot.customers.names import address, mask, scrub
from bot.customers.responsibility import fallback_owner, nobody, one_level_up, pack_of_branch, standing_in

__all__ = [
    "DEPARTED",
    "Party",
    "Seen",
    "Staff",
    "TiedError",
    "address",
    "bind",
    "care_allowed",
    "care_opt",
    "ensure",
    "fallback_owner",
    "find",
    "followed",
    "is_superior",
    "mask",
    "masked_phone",
    "name_seen",
    "nobody",
    "one_level_up",
    "pack_of_branch",
    "party",
    "reachable",
    "scrub",
    "seen_by",
    "standing_in",
    "superior_ids",
    "tie_to_manager",
    "unfollowed",
    "unnamed",
    "unnamed_column",
    "visible_to",
]
