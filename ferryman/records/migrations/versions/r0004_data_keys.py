"""The keys that payloads are encrypted with, themselves encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of data keys."""
    op.create_table(
        "data_keys",
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ring_key", sa.String(64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("created_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_time", sa.DateTime(timezone=True)),
        sa.Column("destroyed_time", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Destroy all keys: nothing that was encrypted with them can be read again."""
    op.drop_table("data_keys")
