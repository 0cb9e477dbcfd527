"""Hashed ids: the same for whoever holds the key, and a key that is made once and kept private."""

from __future__ import annotations

import hashlib
import stat

import pytest

from auditor.errors import AuditError
from auditor.evidence.identity import fingerprint, hashed_id, id_key, id_key_path


@pytest.fixture(autouse=True)
def _no_key_of_the_developer(monkeypatch, tmp_path):
    monkeypatch.delenv("AUDITOR_ID_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def hmac_by_the_book(key: bytes, text: bytes) -> str:
    # RFC 2104 written out: H(K xor opad, H(K xor ipad, text)), blocks of 64 bytes
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + text).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).hexdigest()


def test_an_id_is_the_first_20_digits_of_the_hmac_of_its_utf8_bytes():
    key = b"0123456789abcdef"
    assert hashed_id(key, "patient ü 7") == hmac_by_the_book(key, "patient ü 7".encode())[:20]


def test_ids_depend_on_the_key_and_even_broken_texts_have_one():
    assert hashed_id(b"a" * 16, "7") != hashed_id(b"b" * 16, "7")
    assert len(hashed_id(b"a" * 16, "\ud800")) == 20


def test_the_key_is_made_once_and_only_its_owner_may_read_it():
    key = id_key()
    assert id_key() == key
    assert len(key) == 64
    assert stat.S_IMODE(id_key_path().stat().st_mode) == 0o600
    assert [path.name for path in id_key_path().parent.iterdir()] == ["id.key"]


def test_the_fingerprint_tells_keys_apart_and_says_nothing_of_them():
    one, other = fingerprint(b"a" * 16), fingerprint(b"b" * 16)
    assert one != other
    assert len(one) == 16
    assert one not in (hashed_id(b"a" * 16, "")[:16], hashlib.sha256(b"a" * 16).hexdigest()[:16])


def test_a_named_key_is_used_and_a_missing_one_is_never_made(monkeypatch, tmp_path):
    path = tmp_path / "own.key"
    monkeypatch.setenv("AUDITOR_ID_KEY", str(path))
    with pytest.raises(AuditError, match="cannot be read or made") as caught:
        id_key()
    assert not path.exists()
    assert str(path) in caught.value.fix
    path.write_bytes(b"x" * 40 + b"\n")
    assert id_key() == b"x" * 40


@pytest.mark.parametrize("content", [b"", b"   \n", b"short"])
def test_a_key_that_protects_nothing_is_refused_without_printing_it(monkeypatch, tmp_path, content):
    (tmp_path / "own.key").write_bytes(content)
    monkeypatch.setenv("AUDITOR_ID_KEY", str(tmp_path / "own.key"))
    with pytest.raises(AuditError, match="too short") as caught:
        id_key()
    assert "short\n" not in str(caught.value)


def test_a_folder_in_the_place_of_the_key_is_told_not_raised():
    id_key_path().mkdir(parents=True)
    with pytest.raises(AuditError, match="cannot be read or made"):
        id_key()


def test_a_configuration_folder_that_cannot_be_made_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(AuditError, match="cannot be read or made") as caught:
        id_key()
    assert "AUDITOR_ID_KEY" in caught.value.fix
