"""A property company and a bank channel, played with clients that nobody of this project wrote.

Arguments: the gateway's base address; the key identifiers of the company and of the channel; the files
with their private keys; the company's code and community; the payer's account. Exits 0 when everything
was answered as it must be, otherwise says what was not.
"""

import datetime
import json
import sys
import uuid

import requests
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

BASE, COMPANY, CHANNEL, COMPANY_PEM, CHANNEL_PEM, PARTNER, SITE, PAYER = sys.argv[1:9]
COVERED = ("@method", "@target-uri", "content-type", "idempotency-key")


class Keys(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id):
        with open({COMPANY: COMPANY_PEM, CHANNEL: CHANNEL_PEM}[key_id], "rb") as file:
            return file.read()

    def resolve_public_key(self, key_id):
        raise NotImplementedError("answers are not verified here")


def post(key_id, path, body, key, created=None, change=None):
    """Sends a signed POST; `change` alters the body after it was signed."""
    data = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    request = requests.Request("POST", BASE + path, headers=headers, data=data).prepare()
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys()).sign(
        request, key_id=key_id, covered_component_ids=COVERED, created=created, body=data
    )
    if change:
        request.body = change(request.body)
    return requests.Session().send(request, timeout=20)


def expect(what, answer, status, code=None):
    body = answer.json()
    if answer.status_code != status or (code and body.get("code") != code):
        sys.exit(f"{what}: expected {status} {code or ''}, got {answer.status_code} {answer.text}")
    print(f"{what}: {answer.status_code} {body.get('code', '')}")
    return body


now = datetime.datetime.now(datetime.timezone.utc)
house = f"py-{uuid.uuid4().hex[:8]}"
bill = {
    "import_id": f"py-{uuid.uuid4()}",
    "site": SITE,
    "house": house,
    "item": "management",
    "period": now.strftime("%Y-%m"),
    "amount_fen": 23450,
    "due": (now + datetime.timedelta(days=20)).date().isoformat(),
}
imported = expect("import", post(COMPANY, "/v1/bills", {"bills": [bill]}, "imp-1"), 200)
assert imported["lines"][0]["result"] == "new", imported

wish = {"partner": PARTNER, "house": house}
quote = expect("quote", post(CHANNEL, "/v1/quotes", wish, "quote-1"), 200)
assert quote["total_fen"] == 23450, quote

payment = {"quote": quote["token"], "payer": PAYER}
first = post(CHANNEL, "/v1/payments", payment, "pay-1")
order = expect("pay", first, 201)
assert order["amount_fen"] == 23450, order

again = post(CHANNEL, "/v1/payments", payment, "pay-1")
expect("the same payment again, freshly signed", again, 201)
assert again.content == first.content, "another answer than the first time"
assert again.headers["content-type"] == first.headers["content-type"]

one_byte = post(CHANNEL, "/v1/payments", payment, "pay-2", change=lambda body: b"[" + body[1:])
expect("one changed byte", one_byte, 401)

for minutes in (-10, 10):
    stale = post(CHANNEL, "/v1/payments", payment, f"pay-{minutes}", created=now + datetime.timedelta(minutes=minutes))
    expect(f"signed {minutes} minutes from now", stale, 401)

expect("the company's key tries to pay", post(COMPANY, "/v1/payments", payment, "pay-3"), 403)
expect("the same bill again", post(CHANNEL, "/v1/payments", payment, "pay-4"), 409, "bill_paid_meanwhile")
print("done")
