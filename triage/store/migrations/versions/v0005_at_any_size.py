"""What follows from the log is kept beside it, so that nothing has to read the whole log: counts, marks, indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_PLACED = "application IS NOT NULL AND kind NOT IN ('quiet', 'silence', 'unreadable', 'job_alert', 'other')"
_FEEDBACK = "feedback <> '[]' AND application IS NOT NULL"


def upgrade() -> None:
    op.add_column("event", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE event SET told = true WHERE id IN (SELECT event FROM telling)")
    _indexes()
    _tables()
    op.execute("INSERT INTO tally SELECT kind, count(*) FROM event GROUP BY kind")
    op.execute("INSERT INTO worn SELECT block, variant, count(*) FROM wording GROUP BY block, variant")
    # The rest is made when the store is opened (`Store._settle`), where it is known how.
    if op.get_bind().dialect.name == "sqlite":  # on PostgreSQL, they are made after all migrations
        for trigger in _TRIGGERS:
            op.execute(" ".join(trigger.split()))


def _indexes() -> None:
    op.create_index("ix_event_kind", "event", ["kind", "received"])
    op.create_index("ix_event_untold", "event", ["kind", "received"], sqlite_where=sa.text("told = 0"))
    op.create_index("ix_event_placed", "event", ["received"], sqlite_where=sa.text(_PLACED))
    op.create_index("ix_event_feedback", "event", ["received", "application"], sqlite_where=sa.text(_FEEDBACK))
    op.create_index("ix_letter_composed", "letter", ["composed"])
    op.create_index("ix_letter_unsent", "letter", ["due"], sqlite_where=sa.text("sent IS NULL"))
    op.create_index("ix_act_made", "act", ["made"])
    op.create_index("ix_act_kind", "act", ["kind", "made"])
    op.create_index("ix_wording_block", "wording", ["block", "variant", "letter"])


def _tables() -> None:
    op.create_table(
        "tally",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_tally"),
    )
    op.create_table(
        "worn",
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("block", "variant", name="pk_worn"),
    )
    op.create_table(
        "outlook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("letter", sa.DateTime()),
        sa.Column("look", sa.DateTime(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("patience", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outlook"),
    )
    op.create_table(
        "unsettled",
        sa.Column("application", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("application", name="pk_unsettled"),
    )
    op.create_table(
        "trait",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("application", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "application", name="pk_trait"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trait_application", "trait", ["application"])
    _standing()


def _standing() -> None:
    op.create_table(
        "standing",
        sa.Column("application", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("heard", sa.DateTime()),
        sa.Column("refused", sa.DateTime()),
        sa.Column("stop", sa.Text(), nullable=False),
        sa.Column("talked", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("application", name="pk_standing"),
    )
    op.create_index("ix_standing_until", "standing", ["until"])
    op.create_index("ix_standing_heard", "standing", ["heard", "role"])
    op.create_table(
        "total",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "what", name="pk_total"),
    )


_TRIGGERS = (
    """
    CREATE TRIGGER event_in AFTER INSERT ON event BEGIN
        INSERT INTO tally SELECT new.kind, 0 WHERE NOT EXISTS (SELECT 1 FROM tally WHERE kind = new.kind);
        UPDATE tally SET lines = lines + 1 WHERE kind = new.kind;
        DELETE FROM outlook;
        INSERT INTO unsettled SELECT new.application WHERE new.application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        unsettled WHERE application = new.application);
    END
    """,
    """
    CREATE TRIGGER event_out AFTER DELETE ON event BEGIN
        INSERT INTO tally SELECT old.kind, 0 WHERE NOT EXISTS (SELECT 1 FROM tally WHERE kind = old.kind);
        UPDATE tally SET lines = lines + -1 WHERE kind = old.kind;
        DELETE FROM outlook;
        INSERT INTO unsettled SELECT old.application WHERE old.application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        unsettled WHERE application = old.application);
    END
    """,
    """
    CREATE TRIGGER event_changed AFTER UPDATE OF kind, received, message_id, company, role, stage, reason,
    feedback, interview_at, reference, answer_by, thread, sender_domain, human, lookback, application ON event
    BEGIN
        INSERT INTO tally SELECT old.kind, 0 WHERE NOT EXISTS (SELECT 1 FROM tally WHERE kind = old.kind);
        UPDATE tally SET lines = lines + -1 WHERE kind = old.kind;
        INSERT INTO tally SELECT new.kind, 0 WHERE NOT EXISTS (SELECT 1 FROM tally WHERE kind = new.kind);
        UPDATE tally SET lines = lines + 1 WHERE kind = new.kind;
        DELETE FROM outlook;
        INSERT INTO unsettled SELECT old.application WHERE old.application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        unsettled WHERE application = old.application);
        INSERT INTO unsettled SELECT new.application WHERE new.application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        unsettled WHERE application = new.application);
    END
    """,
    """
    CREATE TRIGGER telling_in AFTER INSERT ON telling BEGIN
        UPDATE event SET told = 1 WHERE id = new.event;
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER telling_out AFTER DELETE ON telling BEGIN
        UPDATE event SET told = 0 WHERE id = old.event;
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER wording_in AFTER INSERT ON wording BEGIN
        INSERT INTO worn SELECT new.block, new.variant, 0 WHERE NOT EXISTS (SELECT 1 FROM worn WHERE block =
        new.block AND variant = new.variant);
        UPDATE worn SET uses = uses + 1 WHERE block = new.block AND variant = new.variant;
    END
    """,
    """
    CREATE TRIGGER wording_out AFTER DELETE ON wording BEGIN
        INSERT INTO worn SELECT old.block, old.variant, 0 WHERE NOT EXISTS (SELECT 1 FROM worn WHERE block =
        old.block AND variant = old.variant);
        UPDATE worn SET uses = uses + -1 WHERE block = old.block AND variant = old.variant;
    END
    """,
    """
    CREATE TRIGGER application_out AFTER DELETE ON application BEGIN
        INSERT INTO unsettled SELECT old.id WHERE old.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unsettled WHERE
        application = old.id);
    END
    """,
    """
    CREATE TRIGGER application_changed AFTER UPDATE ON application BEGIN
        INSERT INTO unsettled SELECT new.id WHERE new.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unsettled WHERE
        application = new.id);
    END
    """,
    """
    CREATE TRIGGER act_in AFTER INSERT ON act BEGIN
        DELETE FROM outlook;
        INSERT INTO unsettled SELECT new.application WHERE new.application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        unsettled WHERE application = new.application);
    END
    """,
    """
    CREATE TRIGGER act_out AFTER DELETE ON act BEGIN
        DELETE FROM outlook;
        INSERT INTO unsettled SELECT old.application WHERE old.application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        unsettled WHERE application = old.application);
    END
    """,
    """
    CREATE TRIGGER act_changed AFTER UPDATE OF kind, made, application, confirmed ON act BEGIN
        DELETE FROM outlook;
        INSERT INTO unsettled SELECT old.application WHERE old.application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        unsettled WHERE application = old.application);
        INSERT INTO unsettled SELECT new.application WHERE new.application IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        unsettled WHERE application = new.application);
    END
    """,
    """
    CREATE TRIGGER letter_in AFTER INSERT ON letter BEGIN
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER letter_out AFTER DELETE ON letter BEGIN
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER setting_in AFTER INSERT ON setting WHEN new.name IN ('letters_only', 'letters_paused_until')
    BEGIN
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER setting_out AFTER DELETE ON setting WHEN old.name IN ('letters_only', 'letters_paused_until')
    BEGIN
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER setting_changed AFTER UPDATE ON setting WHEN new.name IN ('letters_only',
    'letters_paused_until') BEGIN
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER cursor_in AFTER INSERT ON cursor WHEN new.uid < new.lookback BEGIN
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER cursor_out AFTER DELETE ON cursor WHEN old.uid < old.lookback BEGIN
        DELETE FROM outlook;
    END
    """,
    """
    CREATE TRIGGER cursor_changed AFTER UPDATE ON cursor WHEN (old.uid < old.lookback) <> (new.uid <
    new.lookback) BEGIN
        DELETE FROM outlook;
    END
    """,
)
