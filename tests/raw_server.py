"""A server that sends the bytes it is told to, for what no well-behaved server sends."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Generator


@contextlib.contextmanager
def raw_server(*responses: bytes, hold: float = 0) -> Generator[tuple[str, list[bytes]]]:
    """Answer each connection with the next bytes and close it after `hold` seconds.

    Yields the server's URL and the requests that it received.
    """
    received: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for response in responses:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    received.append(_request(connection))
                    connection.sendall(response)
                    done.wait(hold)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", received
        done.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _request(connection: socket.socket) -> bytes:
    # Closing a socket that holds unread data resets the connection, so all of it is read.
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        head, end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if end and len(body) >= (int(length[1]) if length else 0):
            break
    return data
