"""The commands `erase` and `rewrap-keys`: from the settings to how it ended."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum

import aiohttp
from temporalio.service import RPCError

from ferryman.digital_river.client import DigitalRiver
from ferryman.digital_river.errors import DigitalRiverError
from ferryman.records import Records, RecordsUnavailable
from ferryman.settings import Settings, refuse
from ferryman.temporal import UnsafeConnection, connect

from .converter import data_keys
from .erasure import Erasure, NoSuchPurchase, NotForgotten, StillOpen
from .ring import Tampered, UnknownKey


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    REFUSED = 1
    AWAY = 3


def erase(settings: Settings, purchase_id: str, by: str) -> Exit:
    """Erase the person of one purchase, and say what became of it."""
    return asyncio.run(_erase(settings, purchase_id, by))


def rewrap(settings: Settings) -> Exit:
    """Wrap all data keys with the first key of the ring, and say how many there were."""
    return asyncio.run(_rewrap(settings))


async def _erase(settings: Settings, purchase_id: str, by: str) -> Exit:
    try:
        async with _erasure(settings) as erasure:
            if erasure.keys is None:
                _say("nothing is encrypted: Temporal's histories go with its retention, not now")
            _say(f"{purchase_id}: {await erasure.erase(purchase_id, by)}")
    except (NoSuchPurchase, StillOpen) as error:
        _say(f"not erased: {error}")
        return Exit.REFUSED
    except NotForgotten as error:
        _say(f"{purchase_id}: erased here. {error}")
        return Exit.REFUSED
    except (RPCError, RecordsUnavailable, DigitalRiverError, RuntimeError) as error:
        _say(f"not erased, run it again: {type(error).__name__}: {error}")
        return Exit.AWAY
    return Exit.DONE


@asynccontextmanager
async def _erasure(settings: Settings) -> AsyncIterator[Erasure]:
    told = settings.digital_river
    async with _records(settings) as records, aiohttp.ClientSession() as session:
        digital_river = DigitalRiver(
            session,
            base_url=told.base_url,
            api_key=told.api_key,
            version=told.version,
            timeout_seconds=told.timeout,
        )
        try:
            client = await connect(engine=records.engine)
        except UnsafeConnection as error:
            refuse(str(error))

        async def forget(order_id: str) -> object:
            return await digital_river.update_order(order_id, {"requestToBeForgotten": True})

        yield Erasure(client, records, data_keys(settings.process, records.engine), forget)


async def _rewrap(settings: Settings) -> Exit:
    async with _records(settings) as records:
        keys = data_keys(settings.process, records.engine)
        if keys is None:
            refuse("FERRYMAN_ENCRYPTION_KEYS: there is no key to wrap with")
        try:
            _say(f"{await keys.rewrap()} data keys wrapped anew")
        except (UnknownKey, Tampered) as error:
            _say(f"nothing changed: {error}")
            return Exit.REFUSED
        except RecordsUnavailable as error:
            _say(str(error))
            return Exit.AWAY
    return Exit.DONE


@asynccontextmanager
async def _records(settings: Settings) -> AsyncIterator[Records]:
    records = await Records.open(settings.process.database_url.get_secret_value())
    try:
        yield records
    finally:
        await records.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
