"""A proxy that serves another server below a path, as Jupyter and nginx do: it takes the path off."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


@contextmanager
def stripping_proxy(server: str, prefix: str) -> Iterator[str]:
    """Serve `server` (a base URL) below ``/prefix``, and give the base URL there; all else is 404."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = self._head()
            if head is None:
                self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with socket.create_connection((urlsplit(server).hostname, urlsplit(server).port)) as target:
                target.sendall(head)
                answers = threading.Thread(target=_pass_on, args=(target.makefile("rb"), self.connection))
                answers.start()
                _pass_on(self.rfile, target)
                answers.join()

        def _head(self) -> bytes | None:
            """Return the request's head without the prefix, None where it lacks the prefix."""
            method, path, protocol = self.rfile.readline().decode().split()
            lines = iter(self.rfile.readline, b"\r\n")
            headers = [line for line in lines if not line.lower().startswith(b"connection:")]
            if not path.startswith(f"/{prefix}/"):
                return None
            # One request a connection: what follows a head needs no reading then, and websockets pass.
            upgrade = any(line.lower().startswith(b"upgrade:") for line in headers)
            headers.append(b"Connection: Upgrade\r\n" if upgrade else b"Connection: close\r\n")
            first = f"{method} {path.removeprefix(f'/{prefix}')} {protocol}\r\n".encode()
            return first + b"".join(headers) + b"\r\n"

    class Proxy(socketserver.ThreadingTCPServer):
        daemon_threads = allow_reuse_address = True

    with Proxy(("127.0.0.1", 0), Handler) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}/{prefix}"
        finally:
            proxy.shutdown()


def _pass_on(source, target: socket.socket) -> None:
    """Send on all that comes, until it ends; then the other side hears that nothing follows."""
    with suppress(OSError):
        while data := source.read1():
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
