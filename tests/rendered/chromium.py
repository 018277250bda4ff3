"""Debian's Chromium, driven over a pipe by its own protocol (DevTools), without a network and without a port.

It opens one page at a time, at the width and in the colours of one reader, and tells what it shows.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = "chromium"
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # it needs rights that a container does not give; all it opens is ours
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--hide-scrollbars",
)
_READS, _WRITES = 3, 4
"""Where Chromium expects its two pipes."""
_OUT_OF_THE_WAY = 10


Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """How someone looks at a letter."""

    name: str
    width: int
    height: int
    dark: bool = False
    phone: bool = False


@dataclass(slots=True, eq=False)
class Chromium:
    """One running browser with one page."""

    to: int
    back: int
    session: str = ""
    asked: list[str] = field(default_factory=list)
    """The addresses that pages asked for."""
    loaded: list[str] = field(default_factory=list)
    """Those of them that anything came back for; a page that is opened from a file is not among them."""
    said: list[str] = field(default_factory=list)
    """What the browser had to complain about."""
    _number: int = 0
    _rest: bytes = b""

    def show(self, html: str, reader: Reader) -> None:
        """Open this page as this reader."""
        self._clear()
        self._call("Page.navigate", url="about:blank")
        screen = {"width": reader.width, "height": reader.height, "deviceScaleFactor": 1, "mobile": reader.phone}
        self._call("Emulation.setDeviceMetricsOverride", **screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if reader.dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        frame = self._call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._call("Page.setDocumentContent", frameId=frame, html=html)

    def open(self, address: str) -> None:
        """Open the page at this address, and wait until it is there."""
        self._clear()
        self._call("Page.navigate", url=address)
        self.ask("new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))")

    def printed(self) -> bytes:
        """The page on paper, as a PDF."""
        told = self._call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        return base64.b64decode(told["data"])

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page, or of a promise."""
        told = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise AssertionError(told["exceptionDetails"])
        return told["result"].get("value")

    def picture(self) -> bytes:
        """The whole page as a PNG."""
        width, height = self.ask("[innerWidth, Math.ceil(document.documentElement.getBoundingClientRect().height)]")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        told = self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(told["data"])

    def heard(self) -> list[tuple[str, str]]:
        """What a screen reader is given: what there is, from the first to the last, and the words in it."""
        nodes = {node["nodeId"]: node for node in self._call("Accessibility.getFullAXTree")["nodes"]}
        root = next(node for node in nodes.values() if "parentId" not in node)
        return list(_walk(root, nodes))

    def begin(self) -> None:
        """Attach to a page."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Network.enable")
        self._call("Page.enable")
        self._call("Log.enable")
        self._call("Runtime.enable")

    def _call(self, method: str, **params: object) -> dict[str, Any]:
        self._number += 1
        call = {"id": self._number, "method": method, "params": params}
        call |= {"sessionId": self.session} if self.session else {}
        os.write(self.to, json.dumps(call).encode() + b"\0")
        while (told := self._next()).get("id") != self._number:
            self._note(told)
        if "error" in told:
            raise AssertionError(f"{method}: {told['error']}")
        return dict(told["result"])

    def _clear(self) -> None:
        for heard in (self.asked, self.loaded, self.said):
            heard.clear()

    def _note(self, told: dict[str, Any]) -> None:
        method, params = told.get("method"), told.get("params", {})
        if method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Network.responseReceived":
            self.loaded.append(params["response"]["url"])
        elif method == "Log.entryAdded":
            self.said.append(params["entry"]["text"])
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.said.append(str(params))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = os.read(self.back, 1 << 20)
            if not read:
                raise AssertionError("Chromium has gone.")
            self._rest += read
        one, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(one))


def _walk(node: Node, nodes: dict[str, Node]) -> Iterator[tuple[str, str]]:
    children = [nodes[one] for one in node["childIds"] if one in nodes]
    role = str(node["role"]["value"])
    if not node["ignored"]:
        own = "".join(one["name"]["value"] for one in children if one["role"]["value"] == "StaticText")
        level = [one["value"]["value"] for one in node.get("properties", ()) if one["name"] == "level"]
        yield (f"{role} {level[0]}" if role == "heading" else role), own
    for child in children:
        yield from _walk(child, nodes)


def is_there() -> bool:
    """Can it be started here?"""
    return shutil.which(PROGRAM) is not None


@contextmanager
def running() -> Iterator[Chromium]:
    """A browser of its own, gone afterwards with all it wrote."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        theirs_in, ours_out = _pipe()
        ours_in, theirs_out = _pipe()
        process = _start(Path(folder), theirs_in, theirs_out)
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            browser = Chromium(ours_out, ours_in)
            browser.begin()
            yield browser
        finally:
            os.close(ours_out)  # it ends with its pipe
            os.close(ours_in)
            _end(process)


def _pipe() -> tuple[int, int]:
    """A pipe with numbers that are not those Chromium wants."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]


def _start(folder: Path, reads: int, writes: int) -> int:
    with (folder / "said").open("wb") as said:
        actions = [
            (os.POSIX_SPAWN_DUP2, reads, _READS),
            (os.POSIX_SPAWN_DUP2, writes, _WRITES),
            (os.POSIX_SPAWN_DUP2, said.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, said.fileno(), 2),
        ]
        command = [PROGRAM, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
        return os.posix_spawnp(PROGRAM, command, environ, file_actions=actions, setpgroup=0)


def _end(process: int) -> None:
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
