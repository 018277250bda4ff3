"""Members who want a copy of all that is theirs."""

import sqlalchemy as sa
from alembic import op

revision = "h0002"
down_revision = "h0001"


def upgrade() -> None:
    op.add_column("member", sa.Column("wanted", sa.DateTime(timezone=True)))
    op.create_index("ix_member_wanted", "member", ["wanted"], postgresql_where=sa.text("wanted IS NOT NULL"))
