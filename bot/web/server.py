"""How gunicorn serves the program: several processes, threads in each; used as `gunicorn -c python:bot.web.server`."""

from __future__ import annotations

import gc
import os
import signal
from collections import Counter
from typing import Any

from prometheus_client.multiprocess import mark_process_dead

from bot.config import ConfigError, load_settings
from bot.knowledge.texts import TextsError
from bot.runtime.container import preload
from bot.understanding import KnowledgeError
from bot.watchdog import Watchdog

_settings = load_settings()
_GARBAGE = 20_000
"""New objects until the collector looks at the youngest; a message leaves few that need it."""

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_processes
worker_class = "bot.web.gunicorn_worker.DeadlineWorker"
threads = _settings.web_threads
keepalive = 30
timeout = _settings.watchdog_seconds
graceful_timeout = 12
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 4094
limit_request_fields = 50
forwarded_allow_ips = ""
forwarder_headers = ""
"""No peer, not even a proxy on this machine, may set SCRIPT_NAME: it would move /metrics under /wechat/."""
control_socket_disable = True


def on_starting(_server: Any) -> None:
    """Load the knowledge once, before the processes are forked; what is wrong with it is said in a sentence."""
    try:
        preload(_settings)
    except (ConfigError, KnowledgeError, TextsError) as error:
        raise SystemExit(str(error)) from None


def when_ready(_server: Any) -> None:
    """Tell whoever started us, from now on, that the parent of the web processes goes on; it looks after them."""
    watchdog = Watchdog(_settings.watchdog_seconds, ends=False)
    signal.signal(signal.SIGALRM, lambda *_: watchdog.beat())
    signal.setitimer(signal.ITIMER_REAL, watchdog.every, watchdog.every)


def on_exit(_server: Any) -> None:
    """Let the timer go before the interpreter ends: without its handler the signal would kill."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def pre_fork(server: Any, worker: Any) -> None:
    """Choose the core of a new process: the one with the fewest of its siblings, beginning anywhere."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    taken = Counter(getattr(sibling, "core", None) for sibling in server.WORKERS.values())
    begin = os.getpid() % len(cores) if cores else 0
    worker.core = min(cores[begin:] + cores[:begin], key=lambda core: taken[core], default=None)


def post_fork(_server: Any, worker: Any) -> None:
    """Let the collector look less often, and never at the knowledge: it cost every message a tenth of its time.

    Its threads share one interpreter, so they take turns anyway: on one core they find its caches warm, and waking each
    other is cheap.
    """
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 50)
    if _settings.web_pinned and worker.core is not None:
        os.sched_setaffinity(0, {worker.core})


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a process that ended."""
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
