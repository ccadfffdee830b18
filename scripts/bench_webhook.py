"""How many messages a second the webhook answers, beside a bare Flask + wechatpy echo on the same WSGI server.

    python -m scripts.bench_webhook --json

Signed safe-mode messages of many customers (questions 70 %, steps of a complaint form 20 %, events 10 %) go over
keep-alive connections to the full program: two web processes, a worker, a scheduler, PostgreSQL and Valkey, all on
this machine together with the load generator. Program and echo take turns. Requests are built beforehand and replies
are opened afterwards, so neither counts. The platform's API is a sink that says yes.
"""

from __future__ import annotations

import argparse
import base64
import http.server
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from bot.clock import SystemClock
from bot.store import migrate
from bot.store.embedded import EmbeddedServers
from bot.store.models import Account, Branch, Contact, Customer, Level, Manager
from bot.store.session import Store
from scripts.bench_load import (
    ASKING,
    COMPLAINING,
    FAR,
    OFFICIAL,
    Connection,
    drive,
    open_reply,
    openid,
    remembered,
    requests_for,
)

ROOT = Path(__file__).parent.parent
TURNS = 2
"""Parts the program's messages come in; after each the echo gets all of them."""
BETWEEN = 0.5
"""Seconds after each part."""
_PARTS = {
    "bot.web.server": "web",
    "app.py worker": "worker",
    "app.py scheduler": "scheduler",
    "postgres": "database",
    "valkey-server": "redis",
}
"""What stands in a process's command line, and the part of the program it is."""


class _Sink(http.server.BaseHTTPRequestHandler):
    """The platform's API: gives tokens and accepts everything."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._say({"errcode": 0, "access_token": "sink", "expires_in": 7200})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._say({"errcode": 0, "errmsg": "ok", "access_token": "sink", "expires_in": 7200, "msgid": 1})

    def _say(self, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def platform_sink() -> Iterator[str]:
    """Run the sink; give its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(1800):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing listens on {port}")


def fill(database_url: str) -> None:
    """Add an account, eight managers and the customers that the load speaks for."""
    store = Store(database_url)
    with store.begin() as db:
        branch = Branch(name="基准网点", placeholders={})
        db.add(branch)
        db.flush()
        db.add(Account(branch_id=branch.id, channel="official", name="official", pack="telecom"))
        db.add(Account(branch_id=branch.id, channel="wecom", name="work", pack="telecom"))
        managers = [Manager(branch_id=branch.id, name=f"经理{i}", wecom_userid=f"bench{i}") for i in range(8)]
        db.add_all(managers)
        db.flush()
        now = SystemClock().now()
        for index in range(ASKING + COMPLAINING):
            customer = Customer(
                branch_id=branch.id,
                manager_id=managers[index % 8].id,
                name=f"王{index}",
                honorific="先生",
                level=Level.GOLD,
                phone=f"1380000{index:04}",
                created_at=now,
            )
            db.add(customer)
            db.flush()
            account_id = 1
            db.add(
                Contact(
                    account_id=account_id,
                    openid=openid(index),
                    customer_id=customer.id,
                    pseudonym=f"客户-{index}",
                    created_at=now,
                )
            )
    store.close()


@contextmanager
def fresh_servers() -> Iterator[EmbeddedServers]:
    """Give servers in a home of their own, filled with the bench's customers, gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="txb-", dir=tempfile.gettempdir()))
    try:
        with EmbeddedServers(home) as servers:
            migrate.migrate(servers.database_url)
            fill(servers.database_url)
            yield servers
    finally:
        shutil.rmtree(home, ignore_errors=True)


def environment_for(servers: EmbeddedServers, sink: str, port: int, processes: int) -> dict[str, str]:
    """Return what the program's processes are told; `sink` stands for both platforms."""
    return {
        **os.environ,
        "TIEXIN_DEMO": "1",
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "TIEXIN_HOME": str(servers.home),
        "PORT": str(port),
        "WEB_PROCESSES": str(processes),
        "WECHAT_API_BASE": sink,
        "WECOM_API_BASE": sink,
        "LOG_LEVEL": "WARNING",
    }


@contextmanager
def full_program(servers: EmbeddedServers, processes: int, sink: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run everything on these servers; give the web port and the parent of the web processes."""
    port = _free_port()
    environment = environment_for(servers, sink, port, processes)
    children = [
        subprocess.Popen([sys.executable, str(ROOT / "app.py"), name], env=environment, cwd=ROOT)
        for name in ("serve", "worker", "scheduler")
    ]
    try:
        _wait_for(port)
        yield port, psutil.Process(children[0].pid)
    finally:
        end(children)


@contextmanager
def bare_echo(processes: int, threads: int) -> Iterator[int]:
    """Run the bare echo under the same server."""
    port = _free_port()
    environment = {**os.environ, "BENCH_TOKEN": OFFICIAL.token, "BENCH_APP_ID": OFFICIAL.receiver}
    environment["BENCH_KEY"] = base64.b64encode(OFFICIAL.key).decode()[:43]
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", str(processes), "-k", "gthread"]
    command += ["--threads", str(threads), "--keep-alive", "30", "--log-level", "warning", "scripts.bench_echo:app"]
    child = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        _wait_for(port)
        yield port
    finally:
        end([child])


def end(children: list[subprocess.Popen[bytes]]) -> None:
    """Stop processes and wait for them."""
    for child in children:
        child.terminate()
    for child in children:
        child.wait(30)


def errors(connections: list[Connection]) -> int:
    """Count what is no right reply: another status than 200, or an apology."""
    count = 0
    for connection in connections:
        for status, body in connection.replies:
            if status != 200 or (b"<Encrypt>" in body and "系统出了点问题" in open_reply(body)):
                count += 1
    return count


def _processor_seconds() -> dict[str, float]:
    """Return the processor time used so far by each part of the program and by the load generator."""
    totals: dict[str, float] = {"generator": sum(psutil.Process().cpu_times()[:2])}
    for process in psutil.process_iter(["cmdline", "cpu_times"]):
        line = " ".join(process.info["cmdline"] or [])
        times = process.info["cpu_times"]
        part = next((part for mark, part in _PARTS.items() if mark in line), "")
        if part and times:
            totals[part] = totals.get(part, 0.0) + times.user + times.system
    return totals


def measure(messages: int, connections: int, processes: int, threads: int) -> dict[str, object]:
    """Run both and return the figures; they take turns, so that a slow minute of the machine meets both."""
    spent: dict[str, float] = {}
    seconds = echo_seconds = 0.0
    links: list[Connection] = []
    with ExitStack() as stack:
        sink = stack.enter_context(platform_sink())
        servers = stack.enter_context(fresh_servers())
        port, web = stack.enter_context(full_program(servers, processes, sink))
        echo_port = stack.enter_context(bare_echo(processes, threads))
        for each in (port, echo_port):  # warm up: knowledge, plans, pools
            drive(each, requests_for(max(400, messages // 10), connections, 1))
        queues = requests_for(messages, connections, FAR)
        for turn in range(TURNS):
            part = [queue[len(queue) * turn // TURNS : len(queue) * (turn + 1) // TURNS] for queue in queues]
            before = _processor_seconds()
            took, more = drive(port, part)
            seconds, links = seconds + took, links + more
            time.sleep(BETWEEN)  # the cards of the last complaints are sent
            for name, used in _processor_seconds().items():
                spent[name] = spent.get(name, 0.0) + used - before.get(name, 0.0)
            echo_seconds += drive(echo_port, queues)[0] / TURNS
        memory = sum(process.memory_info().rss for process in web.children()) / 1e6
    return _figures(messages, processes, seconds, echo_seconds, links, spent, memory)


def _figures(
    messages: int,
    processes: int,
    seconds: float,
    echo_seconds: float,
    links: list[Connection],
    spent: dict[str, float],
    memory: float,
) -> dict[str, object]:
    taken = sorted(second for link in links for second in link.seconds)
    centiles = statistics.quantiles(taken, n=100)
    return {
        "messages_per_s": round(messages / seconds, 1),
        "echo_per_s": round(messages / echo_seconds, 1),
        "ratio": round(echo_seconds / seconds, 3),
        "p50_ms": round(centiles[49] * 1000, 1),
        "p95_ms": round(centiles[94] * 1000, 1),
        "p99_ms": round(centiles[98] * 1000, 1),
        "errors": errors(links),
        "remembered": round(remembered(messages, processes), 2),
        "rss_mb": round(memory, 1),
        "cpu_ms_per_message": {part: round(took / messages * 1000, 2) for part, took in sorted(spent.items())},
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--messages", type=int, default=6000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=16)
    given = parser.parse_args()
    figures = measure(given.messages, given.connections, given.processes, given.threads)
    if given.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:16} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
