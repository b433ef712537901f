"""What answers on the loopback? The site as files, the database behind ``/base/``; nothing can be written, nor reached
from another machine or through a foreign name (a page elsewhere that leads a browser here is refused).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from functools import partial
from mimetypes import guess_type
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

BASE = "/base/"
_CHUNK = 1 << 16
_NOWHERE = "Rien n'est encore publié ici : lancez « scanner publish ».\n"


def loopback(host: str) -> str | None:
    """The address to listen on for ``host``; None when it is not surely this very machine."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    return str(address) if address.is_loopback else None


def served(public: Path, database: Asgi) -> Asgi:
    """The application: files of ``public``, and ``database`` for what is under ``BASE``. GET and HEAD only."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await database(scope, receive, send)
        elif scope["type"] == "http" and (refusal := refused(scope)):
            await _say(send, *refusal)
        elif scope["type"] == "http" and scope["path"].startswith(BASE):
            await database(scope, receive, send)
        elif scope["type"] == "http":
            await _file(public, scope, send)

    return answer


def refused(scope: Message) -> tuple[int, str] | None:
    """Why a request is not answered: its method writes, or it names a host that is not the loopback."""
    if scope["method"] not in ("GET", "HEAD"):
        return 405, "Lecture seule.\n"
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 or loopback(_bare(hosts[0])) is None:
        return 403, "Ce service ne répond qu'à cette machine.\n"
    return None


def file_of(public: Path, path: str) -> Path | None:
    """The file that a path names under ``public``, its index for a folder; None when there is none to show."""
    parts = [part for part in path.split("/") if part]
    if any(part.startswith(".") or part.endswith(".part") or "\\" in part or "\0" in part for part in parts):
        return None
    root = public.resolve()
    found = root.joinpath(*parts).resolve()
    found = found / "index.html" if found.is_dir() else found
    return found if found.is_relative_to(root) and found.is_file() else None


def _bare(host: str) -> str:
    """A ``Host`` without its port."""
    return host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]


async def _file(public: Path, scope: Message, send: Send) -> None:
    path = scope["path"]
    found = file_of(public, path)
    if path + "/" == BASE or (found and found.name == "index.html" and not path.endswith(("/", "index.html"))):
        await _say(send, 302, "", (b"location", (path + "/").encode()))
    elif found is None:
        await _say(send, 404, _NOWHERE if path == "/" else "Page inconnue.\n")
    else:
        head = scope["method"] == "HEAD"
        await _begin(send, 200, _type(found), (b"content-length", str(found.stat().st_size).encode()))
        for chunk in () if head else _chunks(found):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, _CHUNK), b"")


def _type(path: Path) -> str:
    kind = guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


async def _say(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    await _begin(send, status, "text/plain; charset=utf-8", *headers)
    await send({"type": "http.response.body", "body": text.encode()})


async def _begin(send: Send, status: int, kind: str, *headers: tuple[bytes, bytes]) -> None:
    known = [(b"content-type", kind.encode()), (b"x-content-type-options", b"nosniff"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": known})
