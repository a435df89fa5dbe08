"""What a captcha's id holds, read with the house's own key: only who has the
key can know the code, and here that is us. libsodium's XChaCha20-Poly1305 and
Python's BLAKE2b, not the program under test; captcha/challenge.h has the form.
"""
import base64
import ctypes
import ctypes.util
import hashlib
import time

NONCE, TAG = 24, 16
sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
PURPOSES = {"/mot-de-passe-oublie": 1, "/identifiant-perdu": 2,
            "/activation": 3, "/changer-mot-de-passe": 4,
            "/adresse-de-secours": 5, "/courriel-non-recu": 6}


def sub_key(house):
    key = (house.folder / "keys/web/captcha.key").read_bytes()
    return hashlib.blake2b(
        b"", digest_size=32, key=key, salt=(1).to_bytes(16, "little"),
        person=b"captseal".ljust(16, b"\0")).digest()


def crypt(function, text, nonce, key):
    out = ctypes.create_string_buffer(len(text) + TAG)
    out_len = ctypes.c_ulonglong()
    if function == "encrypt":
        rc = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            out, ctypes.byref(out_len), text, ctypes.c_ulonglong(len(text)),
            None, ctypes.c_ulonglong(0), None, nonce, key)
    else:
        rc = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, ctypes.byref(out_len), None, text,
            ctypes.c_ulonglong(len(text)), None, ctypes.c_ulonglong(0),
            nonce, key)
    assert rc == 0, "no id of this house"
    return out.raw[:out_len.value]


def opened(house, name):
    """(purpose, bits, expiry in ms, digits)"""
    raw = base64.urlsafe_b64decode(name)
    plain = crypt("decrypt", raw[NONCE:], raw[:NONCE], sub_key(house))
    assert plain[0] == 1 and len(plain) == 17
    return (plain[1], plain[2], int.from_bytes(plain[3:11], "big"),
            "".join(str(x) for x in plain[11:]))


def code_of(house, name):
    return opened(house, name)[3]


def sealed(house, path, age_s=0, bits=17, code="314159"):
    """An id as the form of path would have had it age_s ago."""
    nonce = hashlib.blake2b(str(time.time_ns()).encode(),
                            digest_size=NONCE).digest()
    expires = int((time.time() + 1800 - age_s) * 1000)
    plain = bytes([1, PURPOSES[path], bits]) + expires.to_bytes(8, "big") + \
        bytes(int(x) for x in code)
    return base64.urlsafe_b64encode(
        nonce + crypt("encrypt", plain, nonce, sub_key(house))).decode()
