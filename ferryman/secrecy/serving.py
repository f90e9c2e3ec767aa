"""The codec server as a process, until it is told to stop."""

import asyncio
import signal

import structlog
from aiohttp import web

from ferryman.records.engine import create_engine
from ferryman.settings import Settings, refuse

from .codec_server import CodecServer
from .data_keys import DataKeys

_TO_FINISH = 5.0

log = structlog.get_logger()


async def serve_codec(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; exits with 2 where it could show nothing to anyone."""
    told, process = settings.codec, settings.process
    if process.encryption_keys is None:
        refuse("FERRYMAN_ENCRYPTION_KEYS: without keys there is nothing to decode")
    if not told.tokens:
        refuse("FERRYMAN_CODEC_TOKENS: nobody may decode; give name:hex-sha256-of-token")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = create_engine(process.database_url.get_secret_value())
    server = CodecServer(DataKeys(engine, process.encryption_keys), told.tokens, told.origins)
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=_TO_FINISH)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, told.host, told.port).start()
        except OSError as error:
            refuse(f"FERRYMAN_CODEC_HOST, FERRYMAN_CODEC_PORT: {error}")
        log.info("codec_listening", addresses=runner.addresses)
        await stop.wait()
    finally:
        await runner.cleanup()
        await engine.dispose()
