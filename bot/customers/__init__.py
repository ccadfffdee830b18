"""Customers and the people behind them: found, tied, visible to whom, asked for consent, forgotten."""

from bot.customers.access import is_superior, masked_phone, superior_ids, visible_to
from bot.customers.consent import care_allowed, care_opt
from bot.customers.contacts import TiedError, bind, ensure, find, followed, tie_to_manager
from bot.customers.erasure import unfollowed
from bot.customers.names import address, mask, scrub
from bot.customers.owners import fallback_owner, one_level_up, standing_in
from bot.customers.parties import Party, Staff, party

__all__ = [
    "Party",
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
    "one_level_up",
    "party",
    "scrub",
    "standing_in",
    "superior_ids",
    "tie_to_manager",
    "unfollowed",
    "visible_to",
]
