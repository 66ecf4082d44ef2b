"""Static files under addresses that carry their content's hash, so that browsers keep them for ever."""

import gzip
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    "": "text/plain; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    digest: str
    body: bytes
    packed: bytes
    media_type: str


class Assets:
    """The files below `folder`, read once."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._by_name = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def url(self, name: str) -> str:
        """The address of a file; KeyError for a file that does not ship."""
        return f"/static/{self._by_name[name].digest}/{name}"

    def answer(self, request: Request, digest: str, name: str) -> Response | None:
        """The file, or None. An outdated digest gets today's bytes, uncached: a deployment may be half done."""
        asset = self._by_name.get(name)
        if asset is None:
            return None
        headers = {
            "Cache-Control": _FOR_EVER if digest == asset.digest else "no-cache",
            "Vary": "Accept-Encoding",
        }
        body = asset.body
        if "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = asset.packed, "gzip"
        return Response(body, headers=headers, media_type=asset.media_type)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(
        digest=sha256(body).hexdigest()[:16],
        body=body,
        packed=gzip.compress(body, mtime=0),
        media_type=_TYPES.get(path.suffix, "application/octet-stream"),
    )
