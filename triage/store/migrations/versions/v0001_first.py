"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
    )
    op.create_table(
        "cursor",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("lookback", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", "folder", name="pk_cursor"),
    )
    op.create_table(
        "forgotten",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_forgotten"),
    )
    op.create_table(
        "health",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("polled", sa.DateTime()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime()),
        sa.PrimaryKeyConstraint("mailbox", name="pk_health"),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("composed", sa.DateTime(), nullable=False),
        sa.Column("data", sa.LargeBinary()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.Column("sent", sa.DateTime()),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("message_id", name="uq_letter_message_id"),
    )
    op.create_index("ix_letter_due", "letter", ["due"])
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("received", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("feedback", sa.JSON(), nullable=False),
        sa.Column("reapply", sa.Boolean(), nullable=False),
        sa.Column("deadline", sa.Text(), nullable=False),
        sa.Column("interview_at", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("thread", sa.JSON(), nullable=False),
        sa.Column("sender_domain", sa.Text(), nullable=False),
        sa.Column("lookback", sa.Boolean(), nullable=False),
        sa.Column("application", sa.Integer()),
        sa.ForeignKeyConstraint(["application"], ["application.id"], name="fk_event_application"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("key", name="uq_event_key"),
    )
    op.create_index("ix_event_application", "event", ["application"])
    op.create_index("ix_event_message_id", "event", ["message_id"])
    op.create_index("ix_event_received", "event", ["received"])
    op.create_table(
        "wording",
        sa.Column("letter", sa.Integer(), nullable=False),
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["letter"], ["letter.id"], name="fk_wording_letter"),
        sa.PrimaryKeyConstraint("letter", "block", name="pk_wording"),
    )
    op.create_table(
        "telling",
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("letter", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_telling_event"),
        sa.ForeignKeyConstraint(["letter"], ["letter.id"], name="fk_telling_letter"),
        sa.PrimaryKeyConstraint("event", name="pk_telling"),
    )
    op.create_index("ix_telling_letter", "telling", ["letter"])
