"""The simulator as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]


@pytest.fixture
def start(tmp_path):
    processes = []

    def do(*arguments, **environment):
        environment = {**os.environ, "TIEXIN_HOME": str(tmp_path), "REDIS_URL": "", **environment}
        command = [sys.executable, "-m", "scripts.simulator", *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)
        processes.append(process)
        return process

    yield do
    for process in processes:
        process.kill()
        process.communicate()


def test_it_serves_until_it_is_told_to_end(start, tmp_path):
    process = start("--port", "0", "--target", "http://127.0.0.1:9")
    url = process.stdout.readline().split()[1]
    assert requests.get(f"{url}/sim/api/state", timeout=5).json()["people"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert (tmp_path / "simulator.sqlite").exists()


def test_a_busy_port_is_one_sentence(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", str(taken.getsockname()[1]))
        told = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert told.startswith("simulator: cannot listen on port")
    assert told.count("\n") == 1


def test_a_home_that_is_no_folder_is_one_sentence(start, tmp_path):
    (tmp_path / "file").write_text("")
    process = start(TIEXIN_HOME=str(tmp_path / "file"))
    assert "cannot open" in process.communicate(timeout=20)[1]
    assert process.returncode == 1


def test_a_wrong_setting_is_one_sentence(start):
    process = start(WECHAT_MODE="open")
    assert process.communicate(timeout=20)[1] == "simulator: mode is plain, compatible or safe\n"
    assert process.returncode == 1
