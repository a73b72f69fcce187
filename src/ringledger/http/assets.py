"""The files that the page loads, compressed once and kept by browsers for good: their address names their content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ringledger.http.compression import encoding_for

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WEB: Final = Path(str(files("ringledger.web")))
_FOLDER: Final = WEB / "assets"
_SMALLEST: Final = 512
_KEPT: Final = "public, max-age=31536000, immutable"
_SECURITY: Final = {"x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin"}


@cache
def version() -> str:
    """Changes with any byte of any file."""
    digest = hashlib.sha256()
    for name in sorted(_names()):
        digest.update(name.encode())
        digest.update((_FOLDER / name).read_bytes())
    return digest.hexdigest()[:16]


def base() -> str:
    """The path under which the files are."""
    return f"/assets/{version()}"


async def serve(request: Request) -> Response:
    """A file of the page, under its present or an earlier version."""
    name = request.path_params["name"]
    if name not in _names():
        return PlainTextResponse("no such file\n", 404)
    encoding = encoding_for(request.headers.get("accept-encoding", ""))
    content, encoding = _encoded(name, encoding)
    kept = _KEPT if request.path_params["version"] == version() else "no-store"
    headers = {"cache-control": kept, "vary": "accept-encoding", **_SECURITY}
    if encoding is not None:
        headers["content-encoding"] = encoding
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, headers=headers, media_type="text/javascript" if name.endswith(".js") else kind)


@cache
def _names() -> frozenset[str]:
    return frozenset(str(path.relative_to(_FOLDER)) for path in _FOLDER.rglob("*") if path.is_file())


@cache
def _encoded(name: str, encoding: str | None) -> tuple[bytes, str | None]:
    content = (_FOLDER / name).read_bytes()
    if encoding is None or len(content) < _SMALLEST:
        return content, None
    return (zstd.compress(content, 19) if encoding == "zstd" else gzip.compress(content, 9)), encoding
