"""Which notices does a file hold? Read record by record, without network or database, within the limits of each.

A file may be of any size: no more than one record is in memory when it holds one a line.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, TypeVar, cast

import orjson

from scanner.datafile import DataFileError
from scanner.display import one_sentence
from scanner.limits import Exceeded, Limits, check
from scanner.notice import Notice, RawNotice
from scanner.timebox import TooLong, within

Tell = Callable[[str], None]
T = TypeVar("T")
#: Files on disk have no fetch time.
_EPOCH = datetime.fromtimestamp(0, UTC)
#: How many lines are tried before a file is said not to hold a record a line.
_TRIED = 100


def notices(path: Path, shape: str, tell: Tell, limits: Limits) -> Iterator[Notice | None]:
    """The notices of a file of ``shape`` (a source, or ``notice``); None for a record that cannot be read.

    ``tell`` receives a French sentence for each issue. DataFileError when the file itself cannot be read.
    """
    with _reading(path):
        for number, record in enumerate(_records(path, shape, limits), 1):
            where = f"{path}, ligne {number}" if shape == "notice" else str(path)
            if isinstance(record, Exceeded):
                tell(f"{where} : {record}")
                yield None
                continue
            yield alone(partial(_notice, record, path, shape, where, tell, limits), where, tell, limits)


def alone(step: Callable[[], T], where: str, tell: Tell, limits: Limits) -> T | None:
    """What ``step`` makes of one record; None, told, when it takes too long or fails: the others are read."""
    try:
        return within(limits.secondes, step)
    except DataFileError:  # our own rules or lookups
        raise
    except TooLong:
        tell(f"{where} : {Exceeded('secondes', limits.secondes)}")
    except Exception as error:
        said = f"{type(error).__name__} : {one_sentence(str(error), 200)}"
        tell(f"{where} : avis rejeté, lecture interrompue ({said}) ; vérifiez ce fichier.")
    return None


def _notice(record: bytes, path: Path, shape: str, where: str, tell: Tell, limits: Limits) -> Notice | None:
    from scanner.normalise import normalise
    from scanner.source import load
    from spiders.formats import parse

    if shape == "notice":
        return _labelled(record, where, tell, limits)
    draft, issues = parse(RawNotice(shape, path.stem, str(path), _EPOCH, record), limits)
    notice = None
    if draft is not None:
        notice, more = normalise(draft, load(shape))
        issues = [*issues, *more]
    for issue in issues:
        tell(f"{where} : {issue.message}")
    return notice


def _labelled(line: bytes, where: str, tell: Tell, limits: Limits) -> Notice | None:
    from nlp.report import read_notice
    from spiders.formats.guard import opened

    try:
        notice = read_notice(opened(line, "avis", limits))
        check("passages", len(notice.passages), limits)
        check("passage_caracteres", max((len(one.text) for one in notice.passages), default=0), limits)
    except Exceeded as error:
        tell(f"{where} : {error}")
    except (KeyError, TypeError, ValueError) as error:
        tell(f"{where} : avis illisible ({one_sentence(str(error))}).")
    else:
        return notice
    return None


def _records(path: Path, shape: str, limits: Limits) -> Iterator[bytes | Exceeded]:
    """The records: one XML, one JSON record, an API answer (``results``), or one record a line."""
    with _opened(path) as stream:
        head = stream.read(limits.octets + 1)
        if not head.strip() and len(head) <= limits.octets:
            raise DataFileError(f"{path} est vide : aucun avis à lire.")
        large = len(head) > limits.octets
        markup = head[:100].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
        if shape != "notice" and not large and (markup or not _by_line(head)):
            yield from [head] if markup else _split(head, limits)
            return
        if large and (markup or not _by_line(head)):
            yield Exceeded("octets", limits.octets)
            return
    with _opened(path) as stream:
        yield from _lines(stream, limits)


def _by_line(head: bytes) -> bool:
    """Whether several records stand one a line: one of the first lines is an object by itself, and not the whole."""
    lines = [line for line in head.split(b"\n", _TRIED)[:_TRIED] if line.strip()]
    return head.strip().count(b"\n") > 0 and any(_is_object(line) for line in lines)


def _is_object(line: bytes) -> bool:
    bare = line.strip()
    if not (bare.startswith(b"{") and bare.endswith(b"}")):
        return False
    try:
        return isinstance(orjson.loads(bare), dict)
    except orjson.JSONDecodeError:
        return False


def _lines(stream: IO[bytes], limits: Limits) -> Iterator[bytes | Exceeded]:
    """The lines that say something; one that is too long is passed over without being held."""
    while line := stream.readline(limits.octets + 1):
        if len(line) <= limits.octets:
            if line.strip():
                yield line
            continue
        yield Exceeded("octets", limits.octets)
        while line and not line.endswith(b"\n"):
            line = stream.readline(limits.octets)


def _split(content: bytes, limits: Limits) -> list[bytes | Exceeded]:
    """The records of one JSON text; what is no list of records is one, whatever it holds."""
    from spiders.formats.guard import values

    try:
        check("valeurs", values(content), limits)
        whole = orjson.loads(content)
    except Exceeded as error:
        return [error]
    except orjson.JSONDecodeError:
        return [content]
    if isinstance(whole, dict) and isinstance(whole.get("results"), list):
        whole = whole["results"]
    return [orjson.dumps(record) for record in whole] if isinstance(whole, list) else [content]


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What a file that breaks raises, wherever it is met, as one sentence."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataFileError(f"{path} : archive gzip illisible ({error}).") from error
    except OSError as error:
        raise DataFileError(f"{path} : fichier illisible ({error.strerror or error}).") from error
