"""A worker: a process that takes jobs from procrastinate and carries them out, some at a time, until it is told to end.

The jobs are done in threads. Told to end, it takes no new ones; those in hand are finished, or cut short between two
messages and given back. Where the database goes away, it begins anew when that is back: procrastinate's own worker ends
then (and so it does without an error, where only its sign of life could not be given).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException

from triage.errors import StoreError
from triage.hosting.manner import Manner
from triage.hosting.queue import QUEUE
from triage.hosting.sweep import LONGEST
from triage.hosting.tasks import NAME, Jobs, Tasks
from triage.notify import Notifier

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds before the queue is tried again."""
HUNG = 75
"""The exit code of a worker that has a job in hand which does not end (EX_TEMPFAIL): to be started anew."""
_GLANCE = 1.0
"""Seconds between two looks at whether all is well."""
_LOOK = 10.0
"""And at whether the tables are still for this program: who slept may have missed that they have changed."""


class Worker:
    """One worker process."""

    def __init__(
        self,
        url: str,
        jobs: Jobs,
        manner: Manner | None = None,
        notifier: Notifier | None = None,
        *,
        fits: Callable[[], object] = lambda: None,
    ) -> None:
        """`fits` is called now and then, and raises StoreError where the database is for other versions by now."""
        self._manner = manner or Manner()
        self._notifier = notifier or Notifier()
        self._tasks = Tasks(url, jobs, self._manner)
        self._fits = fits
        self._taking = False
        self._hung = False

    def run(self) -> int:
        """Work until SIGTERM or SIGINT. Returns the exit code.

        Raises StoreError where there is no queue to begin with, or the tables are not for this program any more.

        Where jobs do not end in time, this process ends with them: others take them up.
        """
        code = asyncio.run(self._serve())
        log.info("Worker stopped.")
        return code

    async def _serve(self) -> int:
        loop = asyncio.get_running_loop()
        # Otherwise threads are as many as there are cores, and jobs would count as begun while they wait for one.
        loop.set_default_executor(ThreadPoolExecutor(self._manner.concurrency + 2, "job"))
        called = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, called)
        app = self._tasks.app()
        await self._open(app)
        log.info("Worker started: %d jobs at once.", self._manner.concurrency)
        await self._work(app, called)
        with suppress(Exception):
            await asyncio.wait_for(app.close_async(), 1.0)
        return HUNG if self._hung else 0

    def _stop(self, called: asyncio.Event) -> None:
        self._tasks.stopping = True
        self._notifier.stopping()
        called.set()

    async def _open(self, app: App) -> None:
        try:
            await app.open_async()
            laid_out = await app.check_connection_async()
        except (ConnectorException, psycopg.Error, OSError):
            laid_out = None
        if laid_out is None:
            raise StoreError("The database cannot be reached. The next try comes when the worker is started again.")
        if not laid_out:
            raise StoreError("There is no queue in the database: `triage admin migrate` makes it.")

    async def _work(self, app: App, called: asyncio.Event) -> None:
        pause = FIRST_PAUSE
        while not called.is_set():
            began = time.monotonic()
            await self._until_called(app, called)
            if called.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            log.warning("The queue cannot be reached; it is tried again.")
            with suppress(TimeoutError):
                await asyncio.wait_for(called.wait(), pause)

    async def _until_called(self, app: App, called: asyncio.Event) -> None:
        """Work until this is over, by itself or because it is to end."""
        work = asyncio.create_task(self._run(app))
        call = asyncio.create_task(called.wait())
        look = asyncio.create_task(self._look())
        tasks = {work, call, look}
        self._taking = True
        self._notifier.ready()
        while not any(one.done() for one in tasks):
            await asyncio.wait(tasks, timeout=_GLANCE, return_when=asyncio.FIRST_COMPLETED)
            if self._tasks.in_hand.hangs(self._manner.longest):
                log.error("A job does not end; this worker does.")
                self._hung = True
                self._stop(called)
            else:
                self._notifier.alive()
        self._taking = False
        call.cancel()
        work.cancel()
        await asyncio.wait({work}, timeout=self._manner.farewell)
        if not work.done():
            self._leave()
        elif not work.cancelled() and (error := work.exception()):
            log.warning("The queue: %s.", type(error).__name__)
        if look.done():
            look.result()
        look.cancel()

    async def _look(self) -> None:
        """Ends with an error only."""
        while True:
            await asyncio.to_thread(self._fits)
            await asyncio.sleep(_LOOK)

    def _leave(self) -> None:
        """Threads cannot be ended, and the program would wait for them."""
        log.warning("Jobs that did not end in time are left to other workers: %d.", len(self._tasks.in_hand.began))
        os._exit(HUNG if self._hung else 0)

    async def _run(self, app: App) -> None:
        manner = self._manner
        await app.run_worker_async(
            queues=[QUEUE],
            name=NAME,
            concurrency=manner.concurrency,
            fetch_job_polling_interval=manner.fetch,
            # Nobody asks for a job to be ended, and to look for that takes a walk through all jobs.
            abort_job_polling_interval=3600.0,
            # It is told of every job that is deferred, for whenever: each worker would ask each time, in vain.
            listen_notify=False,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=manner.beat,
            stalled_worker_timeout=LONGEST.total_seconds(),
        )

    @property
    def in_hand(self) -> int:
        """How many jobs are being done now."""
        return len(self._tasks.in_hand.began)

    @property
    def ready(self) -> bool:
        """Does it take jobs?"""
        return self._taking and not self._tasks.stopping
