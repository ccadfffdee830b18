"""The web process: gunicorn's threaded worker with a deadline for reading a request (slow-client protection).

gunicorn reads head and body in a thread of the pool without a time limit, so a few clients that send half a request
and then nothing ("slowloris") would hold every thread. A buffering proxy in front is still the real protection
(docs/operating.md); this bounds what one open connection can cost without it.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

READ_SECONDS = 3.0
"""How long a request may take to arrive; the platform itself gives up on a callback after 5 s."""


class DeadlineWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Stops reading from a connection that has had a thread for `READ_SECONDS`.

    Only the reading side is shut: a turn that still works on a request it has read whole answers as always, and a
    client that wants to go on opens a new connection.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._since: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> Any:
        """Handle a request in a thread of the pool; its time to arrive begins here."""
        self._since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._since[conn]

    def murder_pending(self) -> None:
        """Close what ran out of time; the main loop calls this every second."""
        super().murder_pending()
        late = time.monotonic() - READ_SECONDS
        for conn, since in list(self._since.items()):
            if since < late:
                with suppress(OSError):  # closed meanwhile
                    conn.sock.shutdown(socket.SHUT_RD)
