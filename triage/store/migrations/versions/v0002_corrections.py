"""Whether the sender is verified, and what the reader corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Added in place: batch mode would drop and copy the table, which rows of other tables refer to.
    op.add_column("event", sa.Column("trust", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("event", sa.Column("judged", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("event", sa.Column("fingerprint", sa.LargeBinary()))
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event", sa.Integer()),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("judged", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_correction_event"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sa.UniqueConstraint("key", name="uq_correction_key"),
    )
    op.create_index("ix_correction_domain", "correction", ["domain"])
    op.create_index("ix_correction_event", "correction", ["event"])
