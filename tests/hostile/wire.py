"""HTTP as bytes, and the answers to it: what no client library would send, nor hide."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_SECONDS = 10.0
_LARGEST = 16 * 1024 * 1024


class Hang(Exception):
    """Nothing, or not all of an answer, came in time."""


@dataclass(frozen=True)
class Answer:
    """One answer: the bytes of its head, and what it says."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took: float
    head: bytes = b""


class Line:
    """A connection that is made anew whenever the API has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes) -> Answer | None:
        """Send a request and read its answer; None where the API closed without one."""
        reader, writer = self._streams or await self._open()
        began = time.monotonic()
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                writer.write(request)
                answer = await read_answer(
                    reader, bodiless=request.startswith(b"HEAD "), began=began
                )
        except TimeoutError as error:
            await self.close()
            raise Hang(request[:200].decode("latin-1")) from error
        except (ConnectionError, asyncio.IncompleteReadError):
            await self.close()
            return None
        if answer.headers.get("connection", "").lower() == "close":
            await self.close()
        return answer

    async def close(self) -> None:
        """Leave."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=_LARGEST)
        return self._streams


async def read_answer(reader: asyncio.StreamReader, *, bodiless: bool, began: float) -> Answer:
    """Read one answer, past any invitation to go on."""
    status = 100
    while status < 200:
        head = await reader.readuntil(b"\r\n\r\n")
        status, headers = parsed(head)
    length = 0 if bodiless or status in {204, 304} else int(headers.get("content-length", "0"))
    body = await reader.readexactly(length)
    return Answer(status, headers, body, time.monotonic() - began, head)


def parsed(head: bytes) -> tuple[int, dict[str, str]]:
    """Read the status and the headers, whose names become small."""
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split(" ", 2)[1]), {
        name.strip().lower(): value.strip() for name, _, value in pairs
    }


def request(
    method: str, path: str, headers: Mapping[str, str | bytes], body: bytes | None = None
) -> bytes:
    """Write a request as it is told, whether HTTP allows it or not."""
    lines = [f"{method} {path} HTTP/1.1".encode("utf-8", "surrogatepass"), b"Host: ferryman"]
    lines += [
        name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in headers.items()
    ]
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", b""]) + (body or b"")
