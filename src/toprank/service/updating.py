"""Books' statistics take in what readers told the service, without a refit."""

from __future__ import annotations

import hashlib
import logging
import threading
from dataclasses import replace

from toprank.core.dataset import Dataset
from toprank.service.learning import told_ratings
from toprank.service.models import ModelHolder, ServedModel, warm
from toprank.service.store.opening import Store
from toprank.service.store.statements import newest

__all__ = ["Updating", "updated"]

log = logging.getLogger("toprank.service")


def updated(store: Store, base: ServedModel) -> ServedModel:
    """Give a model that knows the store's ratings too; the same one where there are none.

    Its version tells what it knows: two processes that know the same call it the same.
    """
    with store.read() as connection:
        state = newest(connection)
        told, _ = told_ratings(connection, base.recommender.data)
    if not len(told):
        return base
    version = f"{base.version}+{hashlib.sha256(repr(state).encode()).hexdigest()[:6]}"
    recommender = base.recommender.update(Dataset(told))
    warm(recommender)
    return replace(base, version=version, recommender=recommender)


class Updating:
    """Does so every so many seconds, in a thread, where the store has changed.

    Parameters
    ----------
    store : Store
    models : ModelHolder
    seconds : float
    stop : threading.Event
    """

    def __init__(self, store: Store, models: ModelHolder, seconds: float, stop: threading.Event) -> None:
        self._store, self._models, self._seconds, self._stop = store, models, seconds, stop
        threading.Thread(target=self._run, name="updates", daemon=True).start()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self.once()
            except Exception as error:
                log.error("taking in the store's ratings failed (%s)", type(error).__name__)

    def once(self) -> None:
        """Update each model whose store has changed since it was."""
        for source in (self._models.champion, self._models.challenger):
            base = None if source is None else source.base
            if source is None or base is None or source.current is None:
                continue
            found = updated(self._store, base)
            if found.version != source.current.version:
                source.replace(base, found)
