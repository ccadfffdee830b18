"""What is served over HTTP: the webhooks, and the program's health."""

from bot.web.application import build_app

__all__ = ["build_app"]
