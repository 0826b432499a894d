"""Signs requests with PyPI http-message-signatures, and checks our signed answers with it.

Arguments: the server's base address, a PEM private key (Ed25519), a shared secret in hexadecimal.
"""

import sys

import requests
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    MappingKeyResolver,
    algorithms,
)

base, pem, secret = sys.argv[1], sys.argv[2].encode(), bytes.fromhex(sys.argv[3])
public = load_pem_private_key(pem, None).public_key()
public = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
keys = MappingKeyResolver(
    public_keys={"mac": secret, "jiaozi": public}, private_keys={"ed": pem, "mac": secret}
)
BODY = b'{"amount_fen": 12000}'
COMPLETE = ("@method", "@target-uri", "content-type", "idempotency-key")


def send(algorithm, key_id, components, body=BODY, change=lambda prepared: None):
    headers = {"Content-Type": "application/json", "Idempotency-Key": '"order-1"'}
    url = f"{base}/v1/payments?dry=no&name=a%20b"
    prepared = requests.Request("POST", url, headers=headers, data=body).prepare()
    signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=keys)
    signer.sign(prepared, key_id=key_id, covered_component_ids=components, body=body)
    change(prepared)
    return requests.Session().send(prepared, timeout=10)


def expect(response, status, text):
    assert response.status_code == status and text in response.text, (
        response.status_code,
        response.text,
    )


for algorithm, key_id in [(algorithms.ED25519, "ed"), (algorithms.HMAC_SHA256, "mac")]:
    for components in [
        COMPLETE,
        ("@method", "@authority", "@path", "@query", "content-type", "idempotency-key"),
        ("@method", "@request-target", "@scheme", "content-type", "idempotency-key"),
        (*COMPLETE, '"@query-param";name="name"', '"content-type";bs'),
    ]:
        answer = send(algorithm, key_id, components)
        expect(answer, 200, f"owner-of-{key_id} pyhms")
        results = HTTPMessageVerifier(
            signature_algorithm=algorithms.ED25519, key_resolver=keys
        ).verify(answer, body=answer.content, require_components=("@status", '"@method";req'))
        assert results[0].label == "jiaozi", results

# Their own defaults leave out what matters; the answer says what.
expect(
    send(algorithms.ED25519, "ed", ("@method", "@authority", "@target-uri")),
    401,
    "signature_component_uncovered",
)


def other_body(prepared):
    prepared.body = b'{"amount_fen": 99999}'


def other_key(prepared):
    prepared.headers["Idempotency-Key"] = '"order-2"'


expect(send(algorithms.ED25519, "ed", COMPLETE, change=other_body), 401, "digest_mismatch")
expect(send(algorithms.ED25519, "ed", COMPLETE, change=other_key), 401, "signature_mismatch")
