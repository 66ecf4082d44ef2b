"""The inbox."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "inbox",
        sa.Column("shop_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("delivery_id", AutoString, primary_key=True),
        sa.Column("seq", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("shop", AutoString, nullable=False),
        sa.Column("topic", AutoString, nullable=False),
        sa.Column("event_id", AutoString),
        sa.Column("triggered_at", instant),
        sa.Column("api_version", AutoString, nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("state", AutoString, nullable=False, server_default="received"),
        sa.Column("reason", AutoString),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("understood_at", instant),
        sa.Column("claimed_until", instant),
        sa.Column("encoding", AutoString, nullable=False, server_default=sa.text("''")),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    waiting = sa.text("state = 'received'")
    op.create_index("inbox_waiting", "inbox", ["seq"], sqlite_where=waiting, postgresql_where=waiting)
    not_understood = sa.text("state IN ('failed', 'ignored')")
    op.create_index(
        "inbox_not_understood",
        "inbox",
        ["shop_id", "state", "seq"],
        sqlite_where=not_understood,
        postgresql_where=not_understood,
    )
    settled = sa.text("state <> 'received'")
    op.create_index(
        "inbox_settled",
        "inbox",
        ["shop_id", "received_at"],
        sqlite_where=settled,
        postgresql_where=settled,
    )


def downgrade() -> None:
    op.drop_table("inbox")
