"""The API's command line."""

import argparse
import asyncio

from ferryman import logs
from ferryman.settings import settings_or_exit

from .server import serve


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m api",
        description="Ferryman's HTTP API.",
        epilog="It is configured by the environment or an .env file; see the README.",
    )
    parser.parse_args()
    settings = settings_or_exit()
    logs.configure(settings.process.log_level, settings.process.log_format)
    asyncio.run(serve(settings))
