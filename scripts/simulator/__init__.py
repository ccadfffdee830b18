"""A local WeChat and WeCom platform: for trying the product without an account, for tests, for load."""

from .clock import PlatformClock
from .people import Person, load_people
from .platform import Platform, running_simulator
from .settings import Settings

__all__ = ["Person", "Platform", "PlatformClock", "Settings", "load_people", "running_simulator"]
