"""Signs a device with the recovery code of its account, for clients that know nothing of cross-signing (matrix-nio 0.26).

Besace shows what signed devices say, and gives keys to signed devices only. The code is the account's secret storage key (Matrix
spec, 11.12.1 and 11.18.1): it opens the self-signing key, which signs the device. Nothing is kept.
"""

import base64
import hashlib
import hmac
import json

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.Signature import eddsa

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SELF_SIGNING = "m.cross_signing.self_signing"


async def sign_device(request, user_id, device_id, recovery_code):
    """`request(method, path, body=None)` calls the client API of the account, and gives JSON. Raises ValueError for a code of another account."""
    account_data = f"v3/user/{user_id}/account_data"
    default = (await request("GET", f"{account_data}/m.secret_storage.default_key"))["key"]
    described = await request("GET", f"{account_data}/m.secret_storage.key.{default}")
    storage_key = decode_recovery_code(recovery_code)
    if not _opens(storage_key, described):
        raise ValueError("this is not the recovery code of the account")
    secret = (await request("GET", f"{account_data}/{SELF_SIGNING}"))["encrypted"][default]
    signing = eddsa.import_private_key(_unpadded(_decrypt(storage_key, SELF_SIGNING, secret).decode()))
    keys = (await request("POST", "v3/keys/query", {"device_keys": {user_id: [device_id]}}))["device_keys"][user_id][device_id]
    public = _base64(signing.public_key().export_key(format="raw"))
    signed = {key: value for key, value in keys.items() if key not in ("signatures", "unsigned")}
    signature = _base64(eddsa.new(signing, "rfc8032").sign(_canonical(signed)))
    signed["signatures"] = {user_id: {f"ed25519:{public}": signature}}
    answer = await request("POST", "v3/keys/signatures/upload", {user_id: {device_id: signed}})
    if answer.get("failures"):
        raise ValueError(f"the server refused the signature: {answer['failures']}")


def decode_recovery_code(code):
    """The 32 bytes of a recovery code. Raises ValueError when it was mistyped."""
    number = 0
    for letter in code.replace(" ", ""):
        number = number * 58 + BASE58.index(letter)
    content = number.to_bytes(35, "big")
    parity = 0
    for byte in content:
        parity ^= byte
    if content[:2] != b"\x8b\x01" or parity != 0:
        raise ValueError("this is not a recovery code")
    return content[2:34]


def _opens(key, described):
    cipher_key, mac_key = _derive(key, "")
    sealed = _cipher(cipher_key, described["iv"]).encrypt(bytes(32))
    return hmac.compare_digest(hmac.digest(mac_key, sealed, hashlib.sha256), _unpadded(described["mac"]))


def _decrypt(key, name, secret):
    cipher_key, mac_key = _derive(key, name)
    sealed = _unpadded(secret["ciphertext"])
    if not hmac.compare_digest(hmac.digest(mac_key, sealed, hashlib.sha256), _unpadded(secret["mac"])):
        raise ValueError("the secret was changed")
    return _cipher(cipher_key, secret["iv"]).decrypt(sealed)


def _derive(key, name):
    return HKDF(key, 32, bytes(32), SHA256, 2, name.encode())


def _cipher(key, iv):
    return AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=_unpadded(iv))


def _canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _unpadded(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _base64(content):
    return base64.b64encode(content).decode().rstrip("=")
