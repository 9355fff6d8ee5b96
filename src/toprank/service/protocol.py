"""Connections that do not say what they want are closed; uvicorn itself waits for ever for the end of a header."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["PatientProtocol"]

HEADER_SECONDS = 10.0
"""In which the header of a request has to be there, from the connection or its first byte on."""

MAX_HEADER = 64 * 1024
"""Bytes of a header."""


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, patient for so long and no longer."""

    _waiting: asyncio.TimerHandle | None = None
    _received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of a header that has begun; not for ever, nor for ever more of it."""
        if self.cycle is None or self.cycle.response_complete:
            self._received += len(data)
            if self._waiting is None:
                self._wait()
        super().data_received(data)
        if self._received > MAX_HEADER:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Wait no more."""
        self._stop_waiting()
        self._received = 0
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
