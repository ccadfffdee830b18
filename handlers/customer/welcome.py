"""Coming and going: a person follows, scans a manager's code, or leaves."""

from __future__ import annotations

from sqlalchemy import select

from bot import customers
from bot.channels.scenes import manager_from_scene
from bot.dialogue import Router, Turn
from bot.messages import SILENT, Reply
from bot.service import departures
from bot.store.ids import row_id
from bot.store.models import Manager
from handlers.common import office

router = Router()
_SCENE = "qrscene_"


@router.event("subscribe")
def follow(turn: Turn, event_key: str) -> Reply | str:
    """Welcome, say what we can do, and who the manager is or how to get one."""
    if turn.person.is_staff:
        return SILENT
    contact = turn.contact()
    back = customers.followed(turn.db, contact, now=turn.now, trace=turn.trace)
    tied = _tie(turn, event_key.removeprefix(_SCENE))
    lines = [turn.say("welcome.back" if back else "welcome.new"), tied or _manager(turn), turn.say("welcome.can_do")]
    return "\n".join(lines)


@router.event("scan")
def scan(turn: Turn, event_key: str) -> Reply | str:
    """Tie a follower who scans a manager's code; any other code gets the short help."""
    if turn.person.is_staff:
        return SILENT
    return _tie(turn, event_key) or f"{turn.say('greet')}\n{_manager(turn)}"


@router.event("unsubscribe")
def leave(turn: Turn) -> Reply:
    """Forget the person as the platform asks; his manager hears of it, and what becomes of his open complaints."""
    if turn.person.is_staff or turn.person.contact_id is None:
        return SILENT
    manager, name = turn.manager(), turn.person.name
    if manager is not None and name:
        words = turn.say("manager.unfollowed", customer=turn.person.address)
        office(turn).tell(manager, words, rule="unfollowed", occasion=turn.trace)
    customers.unfollowed(turn.db, turn.contact(), turn.now, trace=turn.trace)
    departures.left(office(turn), turn.person.contact_id, turn.settings.complaint_confirm_days)
    return SILENT


def _tie(turn: Turn, scene: str) -> str:
    """Return what came of a scanned code, nothing when it is no manager's."""
    manager = _manager_of(turn, manager_from_scene(scene, turn.settings.tiexin_secret) if scene else None)
    if manager is None or not manager.active:
        return ""
    try:
        changed = customers.tie_to_manager(turn.db, turn.contact(), manager, now=turn.now, trace=turn.trace)
    except customers.TiedError:
        return turn.say("welcome.rebind_refused") if turn.person.manager_id else ""
    if changed:
        _tell(turn, manager)
    return turn.say("welcome.bound", manager=manager.name)


def _manager_of(turn: Turn, name: str | None) -> Manager | None:
    """Return the manager a code names, by his id or by his UserID in WeCom."""
    if name is None:
        return None
    if (key := row_id(name)) is not None:
        return turn.db.get(Manager, key)
    query = select(Manager).where(Manager.wecom_userid == name, Manager.branch_id == turn.person.branch_id)
    return turn.db.scalars(query).first()


def _tell(turn: Turn, manager: Manager) -> None:
    customer, contact = turn.customer(), turn.contact()
    name = turn.person.address if customer else contact.pseudonym
    level = customer.level.value if customer else turn.say("level.unknown")
    words = turn.say("manager.followed", customer=name, level=level)
    office(turn).tell(manager, words, rule="followed", occasion=f"contact:{contact.id}")


def _manager(turn: Turn) -> str:
    manager = turn.manager()
    if manager is None or not manager.active:
        return turn.say("welcome.unbound")
    if not manager.phone:
        return turn.say("welcome.manager_no_phone", manager=manager.name)
    return turn.say("welcome.manager", manager=manager.name, manager_phone=manager.phone)
