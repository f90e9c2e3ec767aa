"""Claims, purchases with their timelines and references, and the pace."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and the one row of the pace."""
    _create_claims()
    _create_purchases()
    _create_timeline()
    pace = op.create_table(
        "pace",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("blocked_until", sa.BigInteger, nullable=False),
        sa.Column("holds", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(pace, [{"id": 1, "due": 0, "blocked_until": 0, "holds": 0}])


def downgrade() -> None:
    """Refuse: dropping the tables would lose what was sold."""
    raise RuntimeError("there is nothing before the first step")


def _create_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("fingerprint", sa.String(128), nullable=False),
        sa.Column("purchase_id", sa.String(64), nullable=False, unique=True),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("created_time", _TIME, nullable=False),
    )


def _create_purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("needs_attention", sa.Boolean, nullable=False),
        sa.Column("created_time", _TIME, nullable=False),
        sa.Column("updated_time", _TIME, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    newest = ["created_time", "id"]
    op.create_index("purchases_newest", "purchases", newest)
    op.create_index("purchases_by_state", "purchases", ["state", *newest])
    op.create_index("purchases_by_attention", "purchases", ["needs_attention", *newest])


def _create_timeline() -> None:
    owner = sa.ForeignKey("purchases.id")
    op.create_table(
        "timeline",
        sa.Column("purchase_id", sa.String(64), owner, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("time", _TIME, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_table(
        "provider_refs",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("ref", sa.String(255), primary_key=True),
        sa.Column("purchase_id", sa.String(64), sa.ForeignKey("purchases.id"), nullable=False),
    )
