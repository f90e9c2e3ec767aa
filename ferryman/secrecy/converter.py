"""How values become what Temporal keeps: JSON in the clear, or encrypted where keys are set."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes

from ferryman.records.engine import create_engine
from ferryman.settings import ProcessSettings

from .codec import Codec
from .data_keys import DataKeys


def data_converter(
    settings: ProcessSettings | None = None, engine: AsyncEngine | None = None
) -> DataConverter:
    """The converter that every connection to Temporal needs, and every replay.

    `settings` are the environment's, and `engine` its database's, unless given.
    """
    keys = data_keys(settings or ProcessSettings(), engine)
    return pydantic_data_converter if keys is None else encrypting(keys)


def encrypting(keys: DataKeys) -> DataConverter:
    """Encrypt all payloads, and with them what failures say."""
    return replace(
        pydantic_data_converter,
        payload_codec=Codec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def data_keys(settings: ProcessSettings, engine: AsyncEngine | None = None) -> DataKeys | None:
    """The data keys of a process; None where nothing is to be encrypted."""
    if settings.encryption_keys is None:
        return None
    url = settings.database_url.get_secret_value()
    return DataKeys(engine or create_engine(url), settings.encryption_keys)
