"""A gate before a server: shut, whoever comes is turned away and whoever is inside is put out."""

import asyncio
from contextlib import suppress
from typing import Self

_CHUNK = 65_536


class Gate:
    """Passes on what comes to its own port, as long as it is open."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = (host, port)
        self._server: asyncio.Server | None = None
        self._inside: set[asyncio.StreamWriter] = set()
        self._is_open = True

    @property
    def address(self) -> str:
        """Where to knock."""
        if self._server is None:
            raise RuntimeError("the gate does not stand yet")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.shut()

    def shut(self) -> None:
        """Turn everybody away from now on."""
        self._is_open = False
        for writer in self._inside:
            writer.transport.abort()

    def open(self) -> None:
        """Let everybody through again."""
        self._is_open = True

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_open:
            writer.transport.abort()
            return
        onward, back = await asyncio.open_connection(*self._behind)
        self._inside |= {writer, back}
        try:
            await asyncio.gather(_pump(reader, back), _pump(onward, writer))
        finally:
            self._inside -= {writer, back}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
