"""Put the demo's people into the database of the environment: `python -m scripts.demo`. Again changes nothing."""

from __future__ import annotations

from pathlib import Path

import redis
import yaml

from bot.clock import SharedClock
from bot.config import load_settings
from bot.store.session import Store
from scripts.demo import questions
from scripts.demo.load import load

PEOPLE = Path(__file__).parent / "people.yaml"
QUESTIONS = Path(__file__).parent / "questions.yaml"


def main() -> None:
    """Load the people, and what they asked, as of the demo's own clock."""
    settings = load_settings()
    clock = SharedClock(redis.Redis.from_url(settings.redis_url))
    store = Store(settings.database_url, pool_size=1)
    people, asked = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (PEOPLE, QUESTIONS))
    with store.begin() as db:
        load(db, people, clock.now(), official=settings.wechat_account, work=settings.wecom_account)
        questions.load(db, asked, people, clock.now(), official=settings.wechat_account)
    store.close()


if __name__ == "__main__":
    main()
