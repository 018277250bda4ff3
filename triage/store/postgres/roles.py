"""The three roles: who owns the tables, who works on one member at a time, and who sees that all is well."""

from __future__ import annotations

OWNER, WORKER, OPERATOR = "triage_owner", "triage_worker", "triage_operator"

PREPARE = f"""
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['{OWNER}', '{WORKER}', '{OPERATOR}'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', role);
        -- What fails is not written to the server's log with the words of the row or of the statement.
        EXECUTE format('ALTER ROLE %I SET log_error_verbosity = terse', role);
        EXECUTE format('ALTER ROLE %I SET log_min_error_statement = panic', role);
        EXECUTE format('ALTER ROLE %I SET log_parameter_max_length = 0', role);
    END LOOP;
END
$$;
-- A worker that hangs, or whose machine is gone, holds up nobody for longer than this.
ALTER ROLE {WORKER} SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE {WORKER} SET lock_timeout = '20s';
ALTER ROLE {WORKER} SET statement_timeout = '60s';
"""
"""What a superuser runs once. Done again, it changes nothing. How the roles sign in is the administrator's business."""
