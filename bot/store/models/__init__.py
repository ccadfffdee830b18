"""All tables, importable from one place."""

from bot.store.models.base import Base
from bot.store.models.calendar import CalendarDay, DayKind
from bot.store.models.learning import (
    EntryState,
    Knower,
    KnowledgeVersion,
    LiveEntry,
    OpenQuestion,
    OpenQuestionState,
)
from bot.store.models.messages import DeliveryEvent, Inbound, InboundState, Outbox, OutboxState, Unanswered
from bot.store.models.people import (
    Account,
    Branch,
    Calendar,
    Consent,
    Contact,
    Contract,
    Customer,
    Level,
    Manager,
    NoticeQuota,
    Purpose,
    Role,
)
from bot.store.models.system import AuditEntry, ScheduledRun
from bot.store.models.tickets import (
    OPEN_STATES,
    Complaint,
    ComplaintEvent,
    ComplaintState,
    DayCounter,
    Satisfaction,
    Task,
    TaskState,
)

__all__ = [
    "OPEN_STATES",
    "Account",
    "AuditEntry",
    "Base",
    "Branch",
    "Calendar",
    "CalendarDay",
    "Complaint",
    "ComplaintEvent",
    "ComplaintState",
    "Consent",
    "Contact",
    "Contract",
    "Customer",
    "DayCounter",
    "DayKind",
    "DeliveryEvent",
    "EntryState",
    "Inbound",
    "InboundState",
    "Knower",
    "KnowledgeVersion",
    "Level",
    "LiveEntry",
    "Manager",
    "NoticeQuota",
    "OpenQuestion",
    "OpenQuestionState",
    "Outbox",
    "OutboxState",
    "Purpose",
    "Role",
    "Satisfaction",
    "ScheduledRun",
    "Task",
    "TaskState",
    "Unanswered",
]
