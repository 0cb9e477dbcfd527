"""A stand-in for the Hugging Face Hub on this machine: one model repository, committed to all or nothing."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

MODEL = "acme/digits"


class Hub:
    """The repository's state; `refuse` maps a part of a path to the status it answers with."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = dict(files)
        self.commits: list[dict[str, Any]] = []
        self.tags: list[str] = []
        self.refuse: dict[str, int] = {}
        self.cut: str = ""
        """A part of a path on which the connection is cut."""
        self.short: str = ""
        """A part of a path that is answered with half of what the answer promises."""
        self.large: tuple[str, ...] = ()
        """How names end that go to the store of large files, before the commit."""
        self.stored: dict[str, bytes] = {}
        """SHA-256 -> large file, in a commit or not."""
        self.dies_after: int = 10**9
        """Large files that are taken before the server is gone."""
        self.address = ""

    @property
    def sha(self) -> str:
        return f"{len(self.commits) + 1:040x}"


def handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self, status: int, content: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            promised = 2 * len(content) if hub.short and hub.short in self.path else len(content)
            self.send_header("Content-Length", str(promised))
            self.end_headers()
            self.close_connection = promised > len(content)
            if self.command != "HEAD":
                self.wfile.write(content)

        def _json(self, value: object, status: int = 200) -> None:
            self._answer(status, json.dumps(value).encode(), Content_Type="application/json")

        def _route(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = unquote(self.path.partition("?")[0])
            if len(hub.stored) >= hub.dies_after:
                self.close_connection = True
                return self.connection.close()
            for part, status in hub.refuse.items():
                if part in path:
                    return self._json({"error": "refused by the test"}, status)
            if hub.cut and hub.cut in path:
                self.close_connection = True
                return self.connection.close()
            if path == f"/api/models/{MODEL}":
                return self._json({"id": MODEL, "sha": hub.sha, "siblings": []})
            if path.startswith("/api/datasets/"):
                return self._json({"id": path.removeprefix("/api/datasets/"), "tags": hub.tags})
            if found := re.fullmatch(rf"/{MODEL}/resolve/[0-9a-f]+/(.+)", path):
                return self._file(found[1])
            if path.startswith(f"/api/models/{MODEL}/tree/"):
                return self._json([{"type": "file", "path": n, "size": len(c), "oid": "0"} for n, c in hub.files.items()])
            if "/preupload/" in path:
                asked = [one["path"] for one in json.loads(body)["files"]]
                modes = {name: "lfs" if name.endswith(hub.large) else "regular" for name in asked}
                return self._json({"files": [{"path": n, "uploadMode": m, "shouldIgnore": False} for n, m in modes.items()]})
            if path.endswith("/info/lfs/objects/batch"):
                return self._json({"objects": [self._place(one) for one in json.loads(body)["objects"]]})
            if path.startswith("/large/"):
                hub.stored[path.removeprefix("/large/")] = body
                return self._answer(200, b"")
            if path == "/api/validate-yaml":
                return self._json({"errors": [], "warnings": []})
            if "/commit/" in path:
                return self._commit(body)
            return self._json({"error": "not found"}, 404)

        def _place(self, asked: dict[str, Any]) -> dict[str, Any]:
            if asked["oid"] in hub.stored:
                return asked
            return asked | {"actions": {"upload": {"href": f"{hub.address}/large/{asked['oid']}"}}}

        def _file(self, name: str) -> None:
            if name not in hub.files:
                return self._answer(404, b"", X_Error_Code="EntryNotFound", X_Repo_Commit=hub.sha)
            return self._answer(200, hub.files[name], X_Repo_Commit=hub.sha, ETag=f'"{hash(hub.files[name])}"')

        def _content(self, one: dict[str, Any]) -> bytes:
            return hub.stored[one["oid"]] if "oid" in one else base64.b64decode(one["content"])

        def _commit(self, body: bytes) -> None:
            lines = [json.loads(line) for line in body.splitlines()]
            header = lines[0]["value"]
            if header.get("parentCommit") != hub.sha:
                return self._json({"error": "the branch has moved"}, 412)
            sent = {one["value"]["path"]: self._content(one["value"]) for one in lines[1:]}
            hub.commits.append({"summary": header["summary"], "files": sent, "query": self.path.partition("?")[2]})
            request = "create_pr=1" in self.path
            if not request:
                hub.files |= sent
            answer = {"commitUrl": f"{hub.address}/{MODEL}/commit/{hub.sha}", "commitOid": hub.sha, "success": True}
            return self._json(answer | ({"pullRequestUrl": f"{hub.address}/{MODEL}/discussions/1"} if request else {}))

        do_GET = do_HEAD = do_POST = do_PUT = _route  # noqa: N815

    return Handler


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Hub]:
    hub = Hub(files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(hub))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
