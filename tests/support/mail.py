"""A small SMTP server on loopback: takes mail as RFC 5321 asks and keeps it."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


class MailServer:
    """`mails`: (recipients, message) in order. `refuse`: answers RCPT with 550."""

    def __init__(self, refuse: bool = False) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.refuse = refuse
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 loopback")
                recipients: list[str] = []
                while line := self.rfile.readline().decode().strip():
                    verb = line.split(" ")[0].upper()
                    if verb == "QUIT":
                        self._say("221 bye")
                        return
                    if verb == "RCPT":
                        recipients.append(line.partition(":")[2].strip("<> "))
                        self._say("550 no" if server.refuse else "250 ok")
                    elif verb == "DATA":
                        self._say("354 go on")
                        server.mails.append((recipients, message_from_bytes(self._body(), policy=default)))
                        recipients = []
                        self._say("250 taken")
                    else:
                        self._say("250 ok")

            def _body(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line)
                return b"".join(lines)

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
