"""Raw connections, for what no well-behaved HTTP client sends."""

from __future__ import annotations

import re
import socket


def connect(address: str, timeout: float = 10) -> socket.socket:
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=timeout)


def read_all(connection: socket.socket, limit: int = 1 << 20) -> bytes:
    """Everything until the other side closes or is silent for the connection's timeout."""
    data = b""
    try:
        while len(data) < limit:
            part = connection.recv(65536)
            if not part:
                break
            data += part
    except (TimeoutError, ConnectionResetError):
        pass
    return data


def exchange(address: str, sent: bytes, timeout: float = 3, half_close: bool = False) -> bytes:
    with connect(address, timeout) as connection:
        try:
            connection.sendall(sent)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return read_all(connection)


def statuses(answers: bytes) -> list[int]:
    """The status codes of the HTTP answers in a stream."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answers)]
