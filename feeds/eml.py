"""How does a letter travel? As one standard message with its text twin; same edition and reader, same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from hashlib import sha256
from typing import Any

from feeds.entry import clean, midnight
from feeds.letter import Letter, letter, unsubscribe
from scanner.edition import Edition
from scanner.mail_settings import MailSettings
from scanner.readership import Line, Reader

#: The lists that another part fills, for one reader.
More = Callable[[Reader], Mapping[str, Sequence[Line]]]
_NAME_LIMIT = 80
_IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}


class _Whole(EmailPolicy):
    """SMTP's policy, whose texts read back as written: Python folds « (source incomplète) — » with a space lost."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if str(value).isascii():
            return super().fold_binary(name, value)
        if name in ("From", "To"):
            (one,) = value.addresses
            folded = f"{self._encoded(name, one.display_name)}{self.linesep} <{one.addr_spec}>"
        else:
            folded = self._encoded(name, str(value))
        return f"{name}: {folded}{self.linesep}".encode("ascii")

    def _encoded(self, name: str, text: str) -> str:
        return Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)


_WHOLE = _Whole(linesep="\r\n")
#: Until a sender is configured, the letters are drafts to be opened and sent by hand.
_NOWHERE = "veille.invalid"


def emls(
    edition: Edition,
    readers: Sequence[Reader],
    *,
    settings: MailSettings | None = None,
    logo: bytes = b"",
    more: More | None = None,
) -> dict[str, bytes]:
    """File name -> message, ``<week>-<edition>[-<n>].eml``: the n-th reader of an edition that has several."""
    found = {}
    for name, reader in names(edition, readers).items():
        _, found[name] = eml(edition, reader, settings=settings, logo=logo, more=more(reader) if more else None)
    return found


def names(edition: Edition, readers: Sequence[Reader]) -> dict[str, Reader]:
    """The file of each letter: ``2026-W47-mission.eml``; ``2026-W47-structure-2.eml`` for the second of several."""
    total = Counter(reader.edition for reader in readers)
    rank: Counter[str] = Counter()
    found = {}
    for reader in readers:
        rank[reader.edition] += 1
        suffix = f"-{rank[reader.edition]}" if total[reader.edition] > 1 else ""
        found[f"{edition.week}-{reader.edition}{suffix}.eml"] = reader
    return found


def eml(
    edition: Edition,
    reader: Reader,
    *,
    settings: MailSettings | None = None,
    logo: bytes = b"",
    more: Mapping[str, Sequence[Line]] | None = None,
    identity: str = "",
) -> tuple[Letter, bytes]:
    """The letter of one reader, and the message that carries it; ``identity`` is its Message-ID if it had one."""
    settings = settings or MailSettings()
    written = letter(edition, reader, more=more, settings=settings, logo=bool(_image(logo)))
    return written, bytes(_message(written, edition, reader, settings, logo, identity))


def message_id(edition: Edition, reader: Reader, settings: MailSettings | None = None) -> str:
    """The Message-ID of a letter: the same each time, and without the address of its reader."""
    return f"<veille.{edition.week}.{reader.edition}.{_mark(edition, reader)}@{_domain(settings or MailSettings())}>"


def _message(
    written: Letter, edition: Edition, reader: Reader, settings: MailSettings, logo: bytes, identity: str
) -> EmailMessage:
    message = EmailMessage(policy=_WHOLE)
    _head(message, written, edition, reader, settings)
    message["Message-ID"] = identity or message_id(edition, reader, settings)
    message.set_content(written.text, cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    image = _image(logo)
    if image:
        page = message.get_payload(1)
        assert isinstance(page, EmailMessage)
        page.add_related(logo, "image", image, cid="<logo>", disposition="inline", filename=f"logo.{image}")
    for rank, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_veille_{_mark(edition, reader)}_{rank}")
    return message


def _head(message: EmailMessage, written: Letter, edition: Edition, reader: Reader, settings: MailSettings) -> None:
    """The headers; no text of a notice or of a file can add one, every value is one clean line."""
    if settings.sender:
        message["From"] = _named(edition.mission or "Veille clauses sociales", settings.sender)
    if reader.address:
        message["To"] = _named(reader.name, reader.address)
    else:
        message["X-Unsent"] = "1"  # opens as a draft
    message["Subject"] = clean(written.subject)
    message["Date"] = midnight(edition.reference)
    if settings.reply_to:
        message["Reply-To"] = settings.reply_to
    message["List-Id"] = f"<{reader.edition}.veille.{_domain(settings)}>"
    leave = unsubscribe(settings)
    if leave:
        message["List-Unsubscribe"] = f"<{leave}>"
    if leave.startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "fr"


def _named(name: str, address: str) -> Address:
    return Address(clean(name)[:_NAME_LIMIT].strip(), addr_spec=address)


def _domain(settings: MailSettings) -> str:
    return settings.sender.rpartition("@")[2] or _NOWHERE


def _mark(edition: Edition, reader: Reader) -> str:
    told = "\n".join((edition.week, reader.edition, reader.address.lower()))
    if not reader.address:
        told += "\n".join((*reader.departements, *reader.trades, reader.kind))
    return sha256(told.encode()).hexdigest()[:24]


def _image(logo: bytes) -> str:
    """The kind of an image by its first bytes; empty when there is none that mail clients show."""
    return next((kind for start, kind in _IMAGES.items() if logo.startswith(start)), "")
