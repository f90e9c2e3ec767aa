"""What all workers know of an outage, and which events each purchase has heard."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the pace count failures, and events be found by their ids."""
    for name, kind in (
        ("failures", sa.Integer),
        ("away_since", sa.BigInteger),
        ("next_probe", sa.BigInteger),
    ):
        op.add_column("pace", sa.Column(name, kind, nullable=False, server_default="0"))
    op.create_table(
        "heard",
        sa.Column("event_id", sa.String(128), primary_key=True),
        sa.Column("purchase_id", sa.String(64), sa.ForeignKey("purchases.id"), nullable=False),
    )


def downgrade() -> None:
    """Go back to a pace without a gate; what was heard is forgotten."""
    op.drop_table("heard")
    for name in ("next_probe", "away_since", "failures"):
        op.drop_column("pace", name)
