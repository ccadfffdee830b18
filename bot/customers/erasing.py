"""What is to be found of a person who is forgotten, and what is written instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.customers.masking import masked
from bot.customers.names import address
from bot.store.models import Complaint, Contact, Customer

GONE = "〔已删除〕"
"""Stands where a customer's own words stood that had to stay (`complaints.what`)."""

_SHORTEST = 3
"""A shorter place says nothing, and would be found in other words."""
_PLACE = "〔地址〕"
_SPECIAL = re.compile(r"[%_\\]")


@dataclass(frozen=True)
class Person:
    """A person of an Official Account, as he is known before he is forgotten."""

    contact: Contact
    openid: str
    customer: Customer | None
    complaints: tuple[Complaint, ...]

    @classmethod
    def of(cls, db: Session, contact: Contact, openid: str) -> Person:
        """Read who he is."""
        query = select(Complaint).where(Complaint.contact_id == contact.id).order_by(Complaint.id)
        return cls(contact, openid, contact.customer, tuple(db.scalars(query)))

    @cached_property
    def called(self) -> tuple[str, ...]:
        """His name, and how he is addressed when that says anything."""
        if self.customer is None:
            return ()
        called = address(self.customer.name, self.customer.honorific)
        return tuple(filter(None, {self.customer.name, called} - {"您"}))

    @cached_property
    def own(self) -> tuple[str, ...]:
        """What is his alone: OpenID, numbers, the places of his complaints, his whole name."""
        phones = {complaint.phone for complaint in self.complaints} | {self.customer.phone if self.customer else ""}
        names = {self.customer.name} if self.customer and len(self.customer.name) > 1 else set[str]()
        return tuple(filter(None, {self.openid} | phones | names | set(self.places)))

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The places he named in a field of their own."""
        return tuple({each.place for each in self.complaints if len(each.place) >= _SHORTEST})

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of his complaints."""
        return tuple(complaint.number for complaint in self.complaints)

    def clean(self, text: str, instead: str | None = None) -> str:
        """Return a text without what tells who he is; `instead` stands for his name, without it his pseudonym."""
        for place in self.places:
            text = text.replace(place, _PLACE)
        hidden = (*self.called, self.openid, *(each for each in self.own if each.isdigit()))
        return masked(text, hidden, self.contact.pseudonym if instead is None else instead) if text else text

    def cleaned(self, value: Any) -> Any:
        """Return JSON with every text in it cleaned."""
        match value:
            case str():
                return self.clean(value)
            case list():
                return [self.cleaned(item) for item in value]
            case dict():
                return {key: self.cleaned(item) for key, item in value.items()}
        return value

    def named_in(self, text: str) -> bool:
        """Return whether a text holds what is his alone."""
        return any(own in text for own in self.own)


def like_any(words: Iterable[str]) -> list[str]:
    """Return patterns of SQL's LIKE that find the words anywhere."""
    return ["%" + _SPECIAL.sub(r"\\\g<0>", word) + "%" for word in words]
