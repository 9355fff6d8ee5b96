"""The service run by uvicorn."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

from toprank.core.threads import VARIABLE
from toprank.errors import DataError, OptionError
from toprank.service.app import create_app
from toprank.service.parts import Parts
from toprank.service.protocol import PatientProtocol
from toprank.service.settings import Settings
from toprank.service.store.key_rows import keys_exist
from toprank.service.store.opening import Store, open_store

__all__ = ["serve", "server_config"]

KEEP_ALIVE = 20
"""Seconds for which a connection may be idle."""

ONE_EACH = 1
"""Threads within one request: several requests are worked on side by side already."""

STOP_SECONDS = 10
"""In which requests may finish when it is stopped."""


def serve(settings: Settings, *, said: Callable[[str], None] = print) -> None:
    """Serve until it is stopped.

    Parameters
    ----------
    settings : Settings
    said : callable
        Hears where to open it.

    Raises
    ------
    OptionError, DataError
        If it cannot start: no model, no store, or an address that others reach without a key.
    """
    _log_to_stderr()
    os.environ.setdefault(VARIABLE, str(ONE_EACH))
    if not settings.model.is_dir():
        raise DataError("there is no model folder here", "name a folder that toprank saved", source=settings.model)
    store = open_store(settings.store_address, threads=settings.threads + 4)
    _refuse_open_door(settings, store)
    with _bound(settings) as listener:
        app = create_app(settings, store=store)
        parts: Parts = app.state.parts
        parts.models.load()  # what is wrong with it is said before anybody can ask
        if settings.metrics_port is not None:
            try:
                start_http_server(settings.metrics_port, addr="127.0.0.1", registry=parts.figures.registry)
            except OSError as error:
                words = f"cannot serve metrics at port {settings.metrics_port} of 127.0.0.1 ({error.strerror})"
                raise OptionError(f"{words}; --metrics-port names another") from None
        config = server_config(app, settings)
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        kept = store.address.database if store.is_sqlite else store.address.render_as_string()
        said(f"Serving {settings.model} at http://{shown}:{settings.port}, kept in {kept}")
        uvicorn.Server(config).run(sockets=[listener])


def _bound(settings: Settings) -> socket.socket:
    """Take the port, before anything is loaded."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"port {settings.port} of {settings.host}"
        raise OptionError(f"cannot listen at {where} ({error.strerror}); --port and --host name another") from None
    return listener


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Give what uvicorn is told."""
    return uvicorn.Config(
        app, host=settings.host, port=settings.port, loop="uvloop", http=PatientProtocol, ws="none", lifespan="on",
        access_log=False, log_config=None, server_header=False, timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=STOP_SECONDS,
    )  # fmt: skip


def _refuse_open_door(settings: Settings, store: Store) -> None:
    """Refuse to serve other machines without a key."""
    if settings.on_loopback or settings.insecure:
        return
    with store.read() as connection:
        if keys_exist(connection):
            return
    raise OptionError(
        f"{settings.host} can be reached by others, and there is no key; make one with toprank keys add NAME --scope "
        "write, or serve everybody with --insecure"
    )


def _log_to_stderr() -> None:
    """Log plain lines: access, and what goes wrong; uvicorn's own lines name paths and are left out below warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    for name, level in (
        ("toprank.access", logging.INFO),
        ("toprank.service", logging.INFO),
        ("uvicorn", logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
