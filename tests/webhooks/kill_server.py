"""A server made to be killed: imports once, then forks the real door and writer again and again.

usage: python -m tests.webhooks.kill_server LISTENING_FD DATABASE_URL SECRET
Each line on stdin asks for one more server; its process id is answered on stdout. The socket outlives them all.
"""

import os
import socket
import sys

import uvicorn
from fastapi import FastAPI

from plugin.clock import SystemClock
from plugin.store.inbox import inbox_writer
from plugin.webhooks.receive import FrontDoor


def serve(listening: socket.socket, url: str, secret: str) -> None:
    door = FrontDoor(FastAPI(), writer=inbox_writer(url), secrets=(secret, None), clock=SystemClock())
    config = uvicorn.Config(door, loop="uvloop", http="httptools", access_log=False, log_level="error")
    uvicorn.Server(config).run(sockets=[listening])


def main() -> None:
    listening = socket.socket(fileno=int(sys.argv[1]))
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            serve(listening, sys.argv[2], sys.argv[3])
            os._exit(0)
        print(child, flush=True)  # noqa: T201 - the answer
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
