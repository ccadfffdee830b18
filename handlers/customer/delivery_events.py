"""What the platform reports about messages, and what people decide about notices (订阅通知)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.delivery import receipts
from bot.delivery.receipts import NoticeAnswer, NoticeChange
from bot.dialogue import Router, Turn
from bot.messages import SILENT, Reply

router = Router()
_POPUP = {"accept": NoticeAnswer.ACCEPTED, "reject": NoticeAnswer.DECLINED}


@router.event("templatesendjobfinish")
def template_finished(turn: Turn) -> Reply:
    """Record whether a template message arrived (official page "模板消息": Status is success or failed…)."""
    data = turn.incoming.data
    receipts.finished(turn.db, str(data.get("MsgID", "")), str(data.get("Status", "")).strip(), turn.now)
    return SILENT


@router.event("subscribe_msg_sent_event")
def notices_sent(turn: Turn) -> Reply:
    """Record whether notices arrived (official page "订阅通知": ErrorCode 0 is success)."""
    for row in _rows(turn):
        fine = str(row.get("ErrorCode", "")) in {"0", ""}
        status = receipts.SUCCESS if fine else f"failed:{row.get('ErrorStatus', '')}"
        receipts.finished(turn.db, str(row.get("MsgID", "")), status, turn.now)
    return SILENT


@router.event("subscribe_msg_popup_event")
def notices_answered(turn: Turn) -> Reply:
    """Count what the person accepted: one acceptance, one notice."""
    _change(turn, _POPUP)
    return SILENT


@router.event("subscribe_msg_change_event")
def notices_withdrawn(turn: Turn) -> Reply:
    """Forget what was accepted before: it was taken back in the settings."""
    _change(turn, {"reject": NoticeAnswer.WITHDRAWN})
    return SILENT


def _change(turn: Turn, answers: Mapping[str, NoticeAnswer]) -> None:
    changes = [
        NoticeChange(str(row.get("TemplateId", "")), answers[status])
        for row in _rows(turn)
        if (status := str(row.get("SubscribeStatusString", ""))) in answers
    ]
    if turn.person.contact_id is not None:
        receipts.notice_changed(turn.db, turn.person.contact_id, changes, turn.now)


def _rows(turn: Turn) -> Iterator[Mapping[str, Any]]:
    rows = turn.incoming.data.get("List", [])
    return iter(rows if isinstance(rows, list) else [])
