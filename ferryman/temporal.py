"""The connection to Temporal, configured as the SDK and the `temporal` program are."""

from functools import cache

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RetryConfig, RPCError

from ferryman import search_attributes
from ferryman.loopback import may_be_plain
from ferryman.secrecy.converter import data_converter
from ferryman.settings import ProcessSettings
from ferryman.telemetry.core import Core
from ferryman.telemetry.telemetry import Telemetry

# The SDK's own patience hangs a call for ten seconds while Temporal is away.
IMPATIENT = RetryConfig(
    initial_interval_millis=100,
    max_interval_millis=500,
    max_elapsed_time_millis=1_000,
    max_retries=3,
)
DEFAULT_ADDRESS = "127.0.0.1:7233"


class UnsafeConnection(ValueError):
    """Plaintext would leave this host."""


class MissingSearchAttributes(RuntimeError):
    """The namespace lacks search attributes and this process may not add them."""


async def connect(
    *, lazy: bool = True, engine: AsyncEngine | None = None, telemetry: Telemetry | None = None
) -> Client:
    """A client; a lazy one connects when first used, so that its process may start first.

    It encrypts where FERRYMAN_ENCRYPTION_KEYS is set; the data keys are read through `engine`, or
    else through connections of its own to FERRYMAN_DATABASE_URL.

    A worker cannot have a lazy one. Raises UnsafeConnection for plaintext to another host, and
    RuntimeError where Temporal is away from one that is not lazy.
    """
    config = ClientConfig.load_client_connect_config()
    address = config.get("target_host") or DEFAULT_ADDRESS
    secured = bool(config.get("tls")) or bool(config.get("api_key"))
    neighbours = ProcessSettings().plaintext_hosts
    if not secured and not may_be_plain(address.rpartition(":")[0], neighbours):
        raise UnsafeConnection(
            f"TEMPORAL_ADDRESS is {address}: another host needs TLS (TEMPORAL_TLS) or an API key"
        )
    config["target_host"] = address
    told = telemetry or _quiet()
    return await Client.connect(
        **config,
        data_converter=data_converter(engine=engine),
        lazy=lazy,
        retry_config=IMPATIENT,
        interceptors=told.interceptors,
        runtime=told.core.runtime,
    )


@cache
def _quiet() -> Telemetry:
    """For a command that nobody asks for figures."""
    return Telemetry(Core.begin())


async def register_search_attributes(client: Client) -> None:
    """Add what the namespace lacks; without them a purchase would hang, not fail.

    Raises MissingSearchAttributes, naming them, where that is not allowed.
    """
    service = client.operator_service
    known = await service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {
        key.name: IndexedValueType.ValueType(key.indexed_value_type)
        for key in search_attributes.ALL
        if key.name not in known.custom_attributes
    }
    if not missing:
        return
    try:
        await service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    except RPCError as error:
        raise MissingSearchAttributes(
            f"namespace {client.namespace} lacks {', '.join(sorted(missing))}: {error.message}"
        ) from error
