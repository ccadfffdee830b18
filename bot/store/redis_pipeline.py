"""One round trip to Redis for the commands every message pays for.

The client's own pipeline spends several times the processor time of the exchange itself on retries, callbacks and
events we do not use. Its connections and their reader are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis
from hiredis import pack_command

Command = tuple[str | bytes | int, ...]
_pack: Callable[[Command], bytes] = pack_command  # type: ignore[assignment] # its stub says: of one word


def ask(client: redis.Redis, *commands: Command) -> list[Any]:
    """Send the commands together and return the raw reply of each, bytes where it is text.

    A connection that turned out dead is replaced once: all commands we send so may be repeated.

    Raises:
        redis.RedisError: the server is away, or refuses a command.
    """
    try:
        return _exchange(client, commands)
    except redis.ConnectionError:
        return _exchange(client, commands)


def _exchange(client: redis.Redis, commands: tuple[Command, ...]) -> list[Any]:
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_packed_command([b"".join(_pack(each) for each in commands)])  # type: ignore[no-untyped-call]
        replies = [connection.read_response(disconnect_on_error=True) for _ in commands]
    except BaseException:
        connection.disconnect()  # type: ignore[no-untyped-call] # a reply left unread would be taken for the next one's
        raise
    finally:
        pool.release(connection)
    return replies
