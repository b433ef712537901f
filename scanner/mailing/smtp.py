"""How is a letter handed to a mail server? Encrypted as configured, step by step, each answer told.

The user name and the password come from the environment alone, and never stand in a message.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from feeds.entry import clean
from scanner.datafile import DataFileError
from scanner.mail_settings import MailSettings

USER, PASSWORD = "VEILLE_SMTP_UTILISATEUR", "VEILLE_SMTP_MOT_DE_PASSE"
#: Seconds without an answer of the server.
PATIENCE = 60.0


class MailError(DataFileError):
    """The letters cannot be sent; the message is a French sentence that ends with what to do."""


class ConnectionLost(Exception):
    """The connection ended before the message was given: nothing left, the sentence says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: ``taken``, to be tried ``later``, or neither: refused."""

    code: int
    text: str

    @property
    def taken(self) -> bool:
        return 200 <= self.code < 300

    @property
    def later(self) -> bool:
        return 400 <= self.code < 500


@contextmanager
def connection(settings: MailSettings, context: ssl.SSLContext | None) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted as configured and known to the server. MailError when there is none."""
    try:
        server = _opened(settings, context)
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(
            f"le serveur {settings.server}:{settings.port} ne peut être utilisé ({said(error)}) ; les lettres non "
            f"parties attendent, vérifiez [courriel] et les variables {USER} et {PASSWORD}."
        ) from error
    try:
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def _opened(settings: MailSettings, context: ssl.SSLContext | None) -> smtplib.SMTP:
    secure = context or ssl.create_default_context()
    ours = settings.sender.rpartition("@")[2]
    user, password = _credentials()
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.server, settings.port, ours, timeout=PATIENCE, context=secure)
    else:
        server = smtplib.SMTP(settings.server, settings.port, ours, timeout=PATIENCE)
    try:
        if settings.security == "starttls":
            server.starttls(context=secure)
        server.ehlo_or_helo_if_needed()
        if user:
            server.login(user, password)
    except BaseException:
        server.close()
        raise
    return server


def _credentials() -> tuple[str, str]:
    user, password = os.environ.get(USER, ""), os.environ.get(PASSWORD, "")
    if bool(user) != bool(password):
        raise MailError(f"les variables {USER} et {PASSWORD} vont ensemble, donnez les deux ou aucune.")
    return user, password


def announce(server: smtplib.SMTP, sender: str, address: str) -> Answer:
    """What the server answers to the address of the reader. MailError when it refuses the sender."""
    try:
        server.rset()
        answer = _answer(*server.mail(sender))
        if answer.taken:
            return _answer(*server.rcpt(address))
    except (smtplib.SMTPException, OSError) as error:
        raise ConnectionLost(f"le serveur a coupé la connexion ({said(error)})") from error
    if answer.code == 421:
        raise ConnectionLost(f"le serveur a coupé la connexion ({answer.text})")
    raise MailError(f"le serveur refuse l'expéditeur {sender} ({answer.text}) ; vérifiez « expediteur ».")


def give(server: smtplib.SMTP, body: bytes) -> Answer | None:
    """What the server answers to the message; None when it answers nothing: it may have taken it."""
    try:
        return _answer(*server.data(body))
    except smtplib.SMTPDataError as error:  # refused before the message was given
        return _answer(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError):
        server.close()
        return None


def _answer(code: int, text: bytes | str) -> Answer:
    told = text if isinstance(text, str) else text.decode(errors="replace")
    return Answer(code, clean(f"{code} {told}")[:300])


def said(error: BaseException) -> str:
    """What an error says, on one line."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error).text
    return clean(str(error))[:200] or type(error).__name__
