"""Is the disk in trouble? Full, read-only or failing: one French sentence that says what to do, for every command."""

from __future__ import annotations

import errno
import sqlite3

KEPT = "l'état précédent est intact"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SAID = {
    "database or disk is full": "full",
    "readonly database": "locked",
    "disk i/o error": "failing",
    "database is locked": "busy",
    "malformed": "damaged",
}
_SENTENCES = {
    "full": "le disque est plein{where} : {kept} ; libérez de la place, puis relancez la même commande.",
    "locked": "l'écriture est refusée{where} (disque en lecture seule, ou droits manquants) : {kept} ; rétablissez "
    "l'écriture, puis relancez la même commande.",
    "failing": "le disque refuse l'écriture (plein, ou en défaut){where} : {kept} ; libérez de la place ou "
    "vérifiez-le, puis relancez la même commande.",
    "busy": "la base est occupée par un autre programme{where} : {kept} ; fermez-le, puis relancez la même commande.",
    "damaged": "la base est abîmée{where} ; lancez « scanner check », et restaurez une sauvegarde.",
}


def disk_trouble(error: BaseException) -> str | None:
    """The French sentence for an error that comes from the disk, None for any other. Its causes are looked at too."""
    seen: BaseException | None = error
    while seen is not None:
        if kind := _kind(seen):
            name = getattr(seen, "filename", None)
            where = f" ({name})" if name else ""
            return _SENTENCES[kind].format(where=where, kept=KEPT)
        seen = seen.__cause__
    return None


def _kind(error: BaseException) -> str | None:
    if isinstance(error, sqlite3.Error):
        said = str(error).lower()
        return next((kind for words, kind in _SAID.items() if words in said), None)
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return "full"
        return {errno.EROFS: "locked", errno.EIO: "failing"}.get(error.errno or 0)
    return None
