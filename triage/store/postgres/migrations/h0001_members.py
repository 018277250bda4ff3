"""Members, their secrets, and how the servers fare that they share."""

import sqlalchemy as sa
from alembic import op

revision = "h0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default=sa.text("'invited'")),
        sa.Column("consent", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("consented", sa.DateTime(timezone=True)),
        sa.Column("enrolled", sa.DateTime(timezone=True)),
        sa.Column("seen", sa.DateTime(timezone=True)),
        sa.Column("invitation", sa.LargeBinary()),
        sa.Column("expires", sa.DateTime(timezone=True)),
        sa.Column("leaving", sa.LargeBinary()),
        sa.Column("provider", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("fence", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("fault", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("polled", sa.DateTime(timezone=True)),
        sa.Column("due", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('invited', 'active', 'suspended', 'leaving')", name="ck_member_state"),
        sa.CheckConstraint("fault IN ('', 'locked-out', 'unreachable', 'refused', 'broken')", name="ck_member_fault"),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("name", name="uq_member_name"),
    )
    for column, only in (
        ("due", "state = 'active'"),
        ("invitation", "invitation IS NOT NULL"),
        ("leaving", "leaving IS NOT NULL"),
    ):
        op.create_index(f"ix_member_{column}", "member", [column], postgresql_where=sa.text(only))
    op.create_table(
        "provider",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("turn", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.Column("rested", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("host", name="pk_provider"),
    )
    op.create_table(
        "served",
        sa.Column("oldest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("oldest", name="pk_served"),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("name", name="pk_secret"),
    )
    op.create_index("ix_secret_key", "secret", ["key"])
