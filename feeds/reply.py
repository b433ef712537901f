"""How does a reader answer without an account? A message ready to send, or a small CSV to fill in and send back.

Both are lines ``id;verdict;lot;commentaire``, that ``scanner suivi import`` keeps.
"""

from __future__ import annotations

from urllib.parse import quote

from feeds.entry import clean

#: The file to fill in, relative to ``public/``.
PATH = "retours.csv"
WORDS = "juste, faux_positif, manque, mauvais_dispositif, dce:clause_insertion, vu, contacté, écarté"


def mailto(contact: str, notice: str = "") -> str:
    """The address that opens a message about ``notice`` (about the whole list when empty); empty without a mailbox."""
    address = clean(contact)
    if "@" not in address or any(char in address for char in " <>\"'?&\r\n"):
        return ""
    line = f"{clean(notice) or 'boamp:26-1'};faux_positif;;pourquoi, avec vos mots"
    body = f"{line}\r\n\r\nUne ligne par avis : id;verdict;lot;commentaire. Verdicts : {WORDS}."
    subject = f"Veille : réponse sur {clean(notice)}" if notice else "Veille : réponses"
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject)}&body={quote(body)}"


def form() -> bytes:
    """The CSV to fill in: its columns, and nothing else that could be sent back by mistake."""
    return "id;verdict;lot;commentaire\r\n".encode("utf-8-sig")
