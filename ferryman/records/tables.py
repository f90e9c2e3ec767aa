"""The tables, alike on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time, which SQLite would give back naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a naive time."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without its zone cannot be kept")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the zone back."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

claims = Table(
    "claims",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(128), nullable=False),
    Column("purchase_id", String(64), nullable=False, unique=True),
    Column("answer", LargeBinary),
    Column("created_time", UtcTime, nullable=False),
)

purchases = Table(
    "purchases",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(32), nullable=False),
    Column("needs_attention", Boolean, nullable=False),
    Column("created_time", UtcTime, nullable=False),
    Column("updated_time", UtcTime, nullable=False),
    Column("document", Text, nullable=False),
    Index("purchases_newest", "created_time", "id"),
    Index("purchases_by_state", "state", "created_time", "id"),
    Index("purchases_by_attention", "needs_attention", "created_time", "id"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("purchase_id", String(64), ForeignKey("purchases.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)

provider_refs = Table(
    "provider_refs",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("ref", String(255), primary_key=True),
    Column("purchase_id", String(64), ForeignKey("purchases.id"), nullable=False),
)

heard = Table(
    "heard",
    metadata,
    Column("event_id", String(128), primary_key=True),
    Column("purchase_id", String(64), ForeignKey("purchases.id"), nullable=False),
)

# What others are to be told; `due` and `leased_until` in microseconds since 1970, by the one clock.
notices = Table(
    "notices",
    metadata,
    Column("purchase_id", String(64), ForeignKey("purchases.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    # Two ids of Digital River's at most, each as long as `provider_refs` takes it.
    Column("key", String(600), nullable=False),
    Column("body", Text, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("leased_until", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    UniqueConstraint("purchase_id", "key", name="notices_once"),
    Index("notices_due", "state", "due"),
)

# Each attempt to deliver a notice; one without a duration was never heard of again.
deliveries = Table(
    "deliveries",
    metadata,
    Column("purchase_id", String(64), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("time", UtcTime, nullable=False),
    Column("status", Integer),
    Column("cause", Text),
    Column("duration_ms", Integer),
    ForeignKeyConstraint(["purchase_id", "sequence"], ["notices.purchase_id", "notices.sequence"]),
)

# One key for each purchase, wrapped by the key ring; what was destroyed stays as an empty row, so
# that nobody takes the loss for an accident.
data_keys = Table(
    "data_keys",
    metadata,
    Column("subject", String(255), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("ring_key", String(64), nullable=False),
    Column("wrapped", LargeBinary),
    Column("created_time", UtcTime, nullable=False),
    Column("retired_time", UtcTime),
    Column("destroyed_time", UtcTime),
)

# Times in microseconds since 1970, as the arithmetic of the pace needs them.
pace = Table(
    "pace",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("due", BigInteger, nullable=False),
    Column("blocked_until", BigInteger, nullable=False),
    Column("holds", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("away_since", BigInteger, nullable=False, server_default="0"),
    Column("next_probe", BigInteger, nullable=False, server_default="0"),
)
