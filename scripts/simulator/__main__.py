"""`python -m scripts.simulator`: run the platform until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
from types import FrameType

from .platform import Platform
from .settings import BadSetting, Settings


def main() -> int:
    """Read the settings, serve, and wait for the end; a busy port or bad setting is one sentence and code 1."""
    parser = argparse.ArgumentParser(prog="python -m scripts.simulator", description=__doc__)
    parser.add_argument("--port", type=int, help="port of the page and the API (default SIMULATOR_PORT or 8001)")
    parser.add_argument("--target", help="base URL of the product (default SIMULATOR_TARGET)")
    arguments = parser.parse_args()
    try:
        settings = Settings.from_environment()
    except BadSetting as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    settings.port = settings.port if arguments.port is None else arguments.port
    settings.target = arguments.target or settings.target
    try:
        platform = Platform(settings)
    except (OSError, sqlite3.Error) as error:
        print(f"simulator: cannot open {settings.home or settings.people_file}: {error}", file=sys.stderr)
        return 1
    return run(platform)


def run(platform: Platform) -> int:
    """Serve a platform until a signal asks for the end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        platform.serve()
        print(f"simulator: {platform.base_url} pushes to {platform.settings.target}", flush=True)
        platform.wait()
    except KeyboardInterrupt:
        pass
    except OSError as error:
        print(f"simulator: cannot listen on port {platform.settings.port}: {error.strerror}", file=sys.stderr)
        return 1
    finally:
        platform.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
