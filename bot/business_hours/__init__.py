"""Business hours: the calendar of workdays and holidays, a branch's hours, and arithmetic in working time."""

from bot.business_hours.calendars import Calendars
from bot.business_hours.days import Days, said_missing
from bot.business_hours.hours import Hours, HoursError
from bot.business_hours.working_time import WorkingTime

__all__ = ["Calendars", "Days", "Hours", "HoursError", "WorkingTime", "said_missing"]
