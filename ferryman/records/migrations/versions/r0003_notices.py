"""What others are to be told, and how each attempt to tell them ended."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the outbox and its log."""
    op.create_table(
        "notices",
        sa.Column("purchase_id", sa.String(64), sa.ForeignKey("purchases.id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(600), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("leased_until", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.UniqueConstraint("purchase_id", "key", name="notices_once"),
    )
    op.create_index("notices_due", "notices", ["state", "due"])
    op.create_table(
        "deliveries",
        sa.Column("purchase_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("cause", sa.Text),
        sa.Column("duration_ms", sa.Integer),
        sa.ForeignKeyConstraint(
            ["purchase_id", "sequence"], ["notices.purchase_id", "notices.sequence"]
        ),
    )


def downgrade() -> None:
    """Forget what was to be told, and what was."""
    op.drop_table("deliveries")
    op.drop_table("notices")
