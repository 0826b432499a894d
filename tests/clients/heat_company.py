"""A heating company that nobody of the gateway has ever seen: a small server of its own, with nothing
but Python, that speaks as the example in docs/adding-a-partner.md describes.

usage: heat_company.py SECRET
It prints the port it listens on, and on each line of standard input what it has booked, as JSON.
"""

import hashlib
import hmac
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

SECRET = sys.argv[1].encode()
OWES = {"50010203": 123456}
BOOKED = {}
PAID_BY = {}
LOCK = threading.Lock()


def answer(path, form):
    number, account = form.get("no"), form.get("account")
    said = {"no": number}
    with LOCK:
        if path == "/bill":
            if account not in OWES:
                return said | {"result": "unknown_account"}
            owed = OWES[account]
            if owed == 0:
                return said | {"result": "nothing"}
            yuan = f"{owed // 100}.{owed % 100:02}"
            return said | {"result": "ok", "account": account, "owed": yuan, "season": "2026-2027"}
        if path == "/pay":
            if number in BOOKED:
                return said | {"result": "ok", "receipt": f"R-{number}"}
            if OWES.get(account) != int(form["fen"]) or form["season"] != "2026-2027":
                return said | {"result": "wrong_amount"}
            OWES[account] = 0
            BOOKED[number] = int(form["fen"])
            PAID_BY[number] = account
            return said | {"result": "ok", "receipt": f"R-{number}"}
        if path == "/status":
            known = form["of"] in BOOKED
            return said | ({"result": "ok"} if known else {"result": "never_heard"})
    return said | {"result": "what"}


def day_file():
    with LOCK:
        lines = [f"{number},{PAID_BY[number]},{fen}" for number, fen in sorted(BOOKED.items())]
    return "\n".join(["no,account,fen", *lines, ""]).encode()


class Company(BaseHTTPRequestHandler):
    def do_GET(self):
        signed = f"GET {self.path}\n".encode()
        wanted = hmac.new(SECRET, signed, hashlib.sha256).hexdigest().upper()
        known = self.path.startswith("/files/heat_") and self.headers.get("X-Sign") == wanted
        content = day_file() if known else b""
        self.send_response(200 if known else 403)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = f"POST {self.path}\n".encode() + body
        wanted = hmac.new(SECRET, signed, hashlib.sha256).hexdigest().upper()
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        forged = self.headers.get("X-Sign") != wanted
        said = {"result": "forged"} if forged else answer(self.path, form)
        text = urlencode(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-www-form-urlencoded")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Company)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
for _ in sys.stdin:
    with LOCK:
        print(json.dumps(BOOKED), flush=True)
