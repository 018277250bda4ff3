"""What the reader does and says, letters that are about no new mail, and whether a person wrote."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("event", sa.Column("human", sa.Boolean(), nullable=False, server_default=sa.text("0")))
    op.add_column("event", sa.Column("answer_by", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("letter", sa.Column("about", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("application", sa.Integer()),
        sa.Column("event", sa.Integer()),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Integer()),
        sa.ForeignKeyConstraint(["application"], ["application.id"], name="fk_act_application"),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_act_event"),
        sa.ForeignKeyConstraint(["confirmed"], ["letter.id"], name="fk_act_confirmed"),
        sa.PrimaryKeyConstraint("id", name="pk_act"),
    )
    for column in ("application", "event", "confirmed", "key"):
        op.create_index(f"ix_act_{column}", "act", [column])
