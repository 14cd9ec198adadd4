"""Signals without a task for each receiver: most of them are plain functions, and a record tells four."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydispatch.dispatcher import getAllReceivers, liveReceivers  # type: ignore[import-untyped]
from pydispatch.robustapply import robustApply  # type: ignore[import-untyped]
from scrapy.signalmanager import SignalManager
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.python import global_object_name
from twisted.internet.defer import Deferred

logger = logging.getLogger(__name__)

Receiver = Callable[..., Any]


class PlainSignals(SignalManager):
    """Scrapy's manager, which makes a task of those receivers only that have something to wait for."""

    async def send_catch_log_async(self, signal: Any, **kwargs: Any) -> list[tuple[Receiver, Any]]:
        """Call the receivers one after the other, and wait for all that ask for it together.

        Args:
            signal: the signal.
            kwargs: what the receivers are told; `dont_log` names the errors that are not logged.

        Returns:
            each receiver with its result, or with the error that it raised.
        """
        sender = kwargs.pop("sender", self.sender)
        quiet = kwargs.pop("dont_log", ())
        quiet = tuple(quiet) if isinstance(quiet, Sequence) else quiet
        told: list[tuple[Receiver, Any]] = []
        waiting: list[tuple[int, Awaitable[Any]]] = []
        for receiver in liveReceivers(getAllReceivers(sender, signal)):
            result: Any
            try:
                result = robustApply(receiver, signal=signal, sender=sender, **kwargs)
            except Exception as error:  # noqa: BLE001 - as Scrapy has it: who listens breaks nothing but itself
                result = self._tell(receiver, error, quiet, kwargs)
            if isinstance(result, Deferred) or inspect.isawaitable(result):
                waiting.append((len(told), ensure_awaitable(result, _warn=global_object_name(receiver))))
            told.append((receiver, result))
        if waiting:
            results = await asyncio.gather(*(one for _, one in waiting), return_exceptions=True)
            for (place, _), result in zip(waiting, results, strict=True):
                receiver = told[place][0]
                if isinstance(result, Exception):
                    self._tell(receiver, result, quiet, kwargs)
                told[place] = receiver, result
        return told

    def _tell(self, receiver: Receiver, error: Exception, quiet: Any, told: dict[str, Any]) -> Exception:
        """Log an error of a receiver, unless it is one that the sender expects."""
        if not isinstance(error, quiet):
            about = {"spider": told.get("spider")}
            logger.error("Error caught on signal handler: %s", receiver, exc_info=error, extra=about)
        return error
