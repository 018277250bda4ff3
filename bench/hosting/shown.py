"""The figures as tables, and in the form in which the simulation takes them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.hosting.crowd import Cost
from bench.hosting.found import Found, medians
from bench.hosting.house import HANDS
from bench.hosting.rates import Pace
from bench.hosting.trees import Memory
from bench.latency import percentile
from bench.report import Report, Table, number, ratios, spread


def report(found: Found) -> Report:
    """All of it."""
    tables = (
        _paces(found),
        _costs(found),
        crowded(found),
        _dearest(found),
        _asked(found),
        _waited(found),
        _meanwhile(found),
        _held(found),
        _memory(found),
    )
    return Report("hosting", tables, notes=(fleet(found),))


def _paces(found: Found) -> Table:
    rows = []
    for workers, paces in found.idle.items():
        ours, bare = [one.each_second for one in paces], found.bare[workers]
        rows.append((str(workers), spread(ours), spread(bare), spread(ratios(ours, bare))))
    columns = ("workers", "looks", "procrastinate alone, jobs that do nothing", "ours / alone")
    return Table(f"done a second, {found.size.due} mailboxes due at once, nothing new in them", columns, tuple(rows))


def _costs(found: Found) -> Table:
    kinds = [(f"nothing new, {workers} workers", paces) for workers, paces in found.idle.items()]
    kinds += [
        (f"an everyday mail, {found.size.usual} workers", found.everyday),
        (f"an employer's mail, {found.size.usual} workers", found.employers),
    ]
    rows = tuple(
        (
            name,
            *(spread([1000 * getattr(one, part) for one in paces]) for part in ("worker", "database", "server")),
            number(medians(paces).statements),
            number(medians(paces).jobs),
        )
        for name, paces in kinds
        if paces
    )
    columns = ("", "worker", "PostgreSQL", "Dovecot", "statements", "jobs")
    return Table("processor time of one look, ms; and what it asks of the database", columns, rows)


def crowded(found: Found) -> Table:
    """What a job costs that is put back, beside a look in the same round."""
    kinds = (
        ("put back, deferred by the sweep", [one.swept for one in found.crowded]),
        ("put back, deferred by the job before", [one.known for one in found.crowded]),
    )
    rows = tuple((name, *_shares(costs, [one.look for one in found.crowded])) for name, costs in kinds if costs)
    return Table("a job that is put back, looks = 1", ("", "worker", "PostgreSQL", "statements"), rows)


def _shares(costs: Sequence[Cost], looks: Sequence[Cost]) -> tuple[str, ...]:
    """Round by round."""
    parts = ("worker", "database", "statements")
    return tuple(
        spread(ratios([getattr(one, part) for one in costs], [getattr(one, part) for one in looks])) for part in parts
    )


def _dearest(found: Found) -> Table:
    rows = tuple((words, number(times), number(took)) for words, times, took in found.dearest)
    return Table("what the database takes longest for, for each look", ("statement", "times", "ms"), rows)


def _asked(found: Found) -> Table:
    rows = tuple((f"{one.waiting:,}", f"{1000 * one.none_due:.2f}", f"{1000 * one.all_due:.2f}") for one in found.asked)
    columns = ("jobs that wait", "none of them due", "all due at once")
    return Table("processor time of one question for a job, ms", columns, rows)


def _waited(found: Found) -> Table:
    waited = found.waited
    rows = tuple(
        (what, str(len(values)), *(f"{percentile(values, share):.2f}" for share in (50, 95, 99)), f"{max(values):.2f}")
        for what, values in (
            ("from due to done, all looks", waited.late),
            ("from due to the row of a mail in the log", waited.due_to_row),
            ("from a mail to its row", waited.mail_to_row),
        )
        if values
    )
    title = f"seconds, {found.size.mailboxes} mailboxes, each looked at every five minutes, {found.size.usual} workers"
    return Table(title, ("", "number", "p50", "p95", "p99", "most"), rows)


def _meanwhile(found: Found) -> Table:
    waited = found.waited
    looks = max(1, len(waited.late))
    rows = (
        ("looks a second", number(looks / waited.seconds)),
        *(
            (f"{name}: % of a core", number(100 * seconds / waited.seconds))
            for name, seconds in (
                ("workers", waited.worker),
                ("PostgreSQL", waited.database),
                ("Dovecot", waited.server),
            )
        ),
        ("journal (WAL), kB a look", number(waited.written / looks / 1000)),
        ("connections of workers", str(waited.connections)),
        ("the same, for each worker", number(waited.connections / found.size.usual)),
        ("locks held or waited for, at the most", str(waited.locks)),
        ("locks waited for, at the most", str(waited.waiting)),
        ("jobs in the queue, at the most", str(waited.jobs)),
    )
    return Table(f"meanwhile, in {waited.seconds:.0f} s", ("", ""), rows)


def _held(found: Found) -> Table:
    many = found.size.mailboxes
    rows = [(one.name, f"{one.rows:,}", number(one.rows / many), f"{one.octets / many:.0f}") for one in found.held]
    rows.append(
        (
            "all",
            f"{sum(one.rows for one in found.held):,}",
            number(sum(one.rows for one in found.held) / many),
            f"{sum(one.octets for one in found.held) / many:.0f}",
        )
    )
    columns = ("table", "rows", "rows a mailbox", "bytes a mailbox, with indexes")
    return Table("in the database after a first look", columns, tuple(rows))


def _memory(found: Found) -> Table:
    rows = tuple(
        (name, str(len(all_)), _megabytes(all_, "resident"), _megabytes(all_, "shared_out"))
        for name, all_ in (
            (f"worker, {HANDS} jobs at once", found.workers),
            ("the database's for a worker", found.backends),
        )
        if all_
    )
    return Table("memory after the first look, MB each", ("process", "number", "resident", "PSS"), rows)


def _megabytes(all_: Sequence[Memory], name: str) -> str:
    return spread([getattr(one, name) / 1e6 for one in all_])


def fleet(found: Found) -> str:
    """The measured figures as `bench/swarm/fleet.toml` has them: of two workers, where there are two cores."""
    idle = medians(found.idle.get(found.size.usual) or next(iter(found.idle.values())))
    lines = [
        "# measured, for bench/swarm/fleet.toml",
        f"cpu_poll = {idle.worker:.4f}",
        *_of_mails(found, idle),
        f"begin_seconds = {idle.database * idle.begin:.4f}",
        f"end_seconds = {idle.database * (1 - idle.begin):.4f}",
        *_of_waiting(found),
    ]
    return "\n".join(lines)


def _of_mails(found: Found, idle: Pace) -> list[str]:
    """What a mail costs beside the look."""
    if not found.everyday:
        return []
    everyday, employers = medians(found.everyday), medians(found.employers)
    mail, job_mail = everyday.worker - idle.worker, employers.worker - everyday.worker
    return [f"cpu_mail = {max(0.0, mail):.4f}", f"cpu_job_mail = {max(0.0, job_mail):.4f}"]


def _of_waiting(found: Found) -> list[str]:
    """What each job costs that a question goes past."""
    first, *others = found.asked
    each = [(one.none_due - first.none_due) / (one.waiting - first.waiting) for one in others]
    return [f"waiting_seconds = {statistics.median(each):.2e}"] if each else []
