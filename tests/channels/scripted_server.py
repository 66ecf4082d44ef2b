"""A mail server that misbehaves on cue: it follows a script of what to answer, and when to hang up."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from typing import Self

GREETING = "220 mx.example ready"
HELLO = "250-mx.example\r\n250 8BITMIME"
OK = "250 2.0.0 ok"
GO_ON = "354 go on"
ACCEPTED = "250 2.0.0 ok: queued as 4F3D2A"

HANG_UP = object()
RESET = object()
HALF_CLOSE = object()
SILENCE = object()
Answer = str | object


class ScriptedServer:
    """Answers one connection from a script and records what it was told.

    A step that is not in the script is answered well. `early` acts on the body before it is complete.
    """

    def __init__(self, **script: Answer) -> None:
        self.script = script
        self.said: list[str] = []
        self.body: bytes | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes an accept that nobody came to
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with connection, suppress(_EndedError):
                self._converse(connection, connection.makefile("rb"))

    def _converse(self, connection: socket.socket, lines: BufferedReader) -> None:
        read = lines.readline
        try:
            self._answer(connection, "banner", GREETING)
            while line := read().decode("ascii").strip():
                self.said.append(line)
                verb = line.split(" ", 1)[0].lower()
                if verb == "data":
                    self._answer(connection, "data", GO_ON)
                    if self.script.get("data", GO_ON) == GO_ON:
                        self._take_body(connection, read)
                else:
                    self._answer(connection, verb, {"ehlo": HELLO, "quit": "221 bye"}.get(verb, OK))
        finally:
            lines.close()

    def _take_body(self, connection: socket.socket, read: Callable[[], bytes]) -> None:
        if "early" in self.script:
            read()
            self._answer(connection, "early", "")
        received = bytearray()
        while (line := read()) != b".\r\n":
            if not line:
                raise _EndedError
            received += line[1:] if line.startswith(b".") else line
        self.body = bytes(received)
        self._answer(connection, "dot", ACCEPTED)

    def _answer(self, connection: socket.socket, step: str, default: str) -> None:
        answer = self.script.get(step, default)
        if answer is HANG_UP:
            raise _EndedError
        if answer is RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _EndedError
        if answer is HALF_CLOSE:
            connection.shutdown(socket.SHUT_WR)
            return
        if answer is SILENCE:
            self._released.wait(5)
            raise _EndedError
        connection.sendall(f"{answer}\r\n".encode())


class _EndedError(Exception):
    """The script says to stop here."""
