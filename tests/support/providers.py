"""Fake Twilio and Telegram servers on loopback: they keep what they were sent and answer as the real ones do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator


class FakeProvider:
    """One HTTP server for both providers. `sent`: (path, fields) in order. `fail`: decides an error before answering."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.fail: Callable[[str, dict[str, Any]], tuple[int, dict[str, Any], dict[str, str]] | None] = lambda _p, _f: None
        self.inbound: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                self._say(200, {"messages": provider.inbound})

            def do_DELETE(self) -> None:
                provider.note(self.path, {"method": "DELETE"})
                self.send_response(204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                kind = self.headers.get("Content-Type", "")
                fields = json.loads(body or "{}") if "json" in kind else dict(parse_qsl(body, keep_blank_values=True))
                refused = provider.fail(self.path, fields)
                if refused is not None:
                    self._say(refused[0], refused[1], refused[2])
                    return
                number = provider.note(self.path, fields)
                self._say(201 if "2010-04-01" in self.path else 200, provider.answer(self.path, fields, number))

            def _say(self, status: int, data: dict[str, Any], headers: dict[str, str] | None = None) -> None:
                raw = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def note(self, path: str, fields: dict[str, Any]) -> int:
        with self._lock:
            self.sent.append((path, fields))
            return len(self.sent)

    @staticmethod
    def answer(path: str, fields: dict[str, Any], number: int) -> dict[str, Any]:
        """What the real provider would say."""
        if "2010-04-01" in path:
            return {"sid": f"SM{number:032x}", "status": "queued", "error_code": None}
        if path.endswith("/sendMessage"):
            chat = {"id": int(fields["chat_id"]), "type": "private"}
            message = {"message_id": number, "date": 1_795_521_600, "chat": chat, "text": fields.get("text", "")}
            return {"ok": True, "result": message}
        if path.endswith("/getMe"):
            return {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "A", "username": "a_bot"}}
        return {"ok": True, "result": True, "sid": f"HX{number:032x}"}

    def texts(self, to: str) -> list[str]:
        """Bodies sent to an address, in order."""
        with self._lock:
            rows = list(self.sent)
        found = []
        for path, fields in rows:
            if "2010-04-01" in path and fields.get("To") == to:
                found.append(fields.get("Body") or json.loads(fields.get("ContentVariables") or "{}").get("1", ""))
            elif path.endswith("/sendMessage") and str(fields.get("chat_id")) == to:
                found.append(fields["text"])
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def twilio_request(token: str, url: str, fields: dict[str, str]) -> dict[str, str]:
    """Headers of a webhook that the real twilio library has signed."""
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, fields)}
