"""The application, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from toprank.errors import ToprankError
from toprank.service import problems
from toprank.service.callers import Reading
from toprank.service.figures import Figures
from toprank.service.gate import Gate
from toprank.service.models import CHALLENGER, CHAMPION, ModelHolder, ModelSource, ServedModel
from toprank.service.pages.adding import add_pages, answered_with
from toprank.service.parts import Parts
from toprank.service.problems import Problem, ProblemDocument
from toprank.service.promise import PromiseBook
from toprank.service.refits import Refitting
from toprank.service.routes import health, items, model, promise, questions, readers
from toprank.service.settings import Settings
from toprank.service.store.notes import note_event
from toprank.service.store.opening import Store, open_store
from toprank.service.tidying import keep_tidy
from toprank.service.updating import Updating, updated
from toprank.storage.manifest import installed

__all__ = ["create_app"]


def create_app(settings: Settings, *, store: Store | None = None) -> FastAPI:
    """Make the service: its store is open, its model is loaded when it starts.

    Parameters
    ----------
    settings : Settings
    store : Store, optional
        One that is open already; by default that of the settings.

    Returns
    -------
    FastAPI
        An ASGI application; ``app.state.parts`` holds its :class:`~toprank.service.parts.Parts`.

    Raises
    ------
    OptionError, DataError
        If the store or the model cannot be used.
    """
    store = open_store(settings.store_address, threads=settings.threads + 4) if store is None else store
    parts = _parts(settings, store)
    app = FastAPI(
        title="toprank",
        version=installed(),
        summary="Should this reader be recommended this book, yes or no?",
        servers=[{"url": "/"}],  # the default, which some clients want to be told
        docs_url=None,  # it would load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.parts = parts
    app.state.promise = PromiseBook(parts)
    for router in (questions.router, readers.router, items.router, model.router, promise.router, health.router):
        app.include_router(router)
    add_pages(app)

    @app.get("/v1/openapi.json", include_in_schema=False)
    def openapi(caller: Reading) -> JSONResponse:
        """Describe the API."""
        return JSONResponse(app.openapi())

    _describe(app)
    app.add_middleware(Gate, parts=parts)
    handlers: dict[Any, Any] = {
        Problem: lambda error: error,
        ToprankError: problems.of_toprank,
        RequestValidationError: problems.of_validation,
        HTTPException: problems.of_http,
    }
    for kind, of in handlers.items():
        app.add_exception_handler(kind, _handler(of))
    return app


def _handler(of: Any) -> Any:
    async def handle(request: Request, error: Exception) -> Response:
        return answered_with(request, of(error))

    return handle


def _parts(settings: Settings, store: Store) -> Parts:
    figures = Figures()

    def told(kind: str, words: str) -> None:
        if kind == "refused":
            figures.refused_models.inc()
        if kind == "missing":
            figures.missing_models.inc()
        store.write(lambda connection: note_event(connection, kind, words))

    def finish(served: ServedModel) -> ServedModel:
        if settings.update_every is not None:
            served = updated(store, served)
        figures.model.labels(served.arm, served.version).set(served.loaded)
        return served

    champion = ModelSource(settings.model, CHAMPION, told, finish)
    challenger = None if settings.challenger is None else ModelSource(settings.challenger, CHALLENGER, told, finish)
    return Parts(settings, store, ModelHolder(champion, challenger, settings.share), figures)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model, then watch its folder; at the end write what is to be logged."""
    parts: Parts = app.state.parts
    to_thread.current_default_thread_limiter().total_tokens = parts.settings.threads
    await to_thread.run_sync(parts.models.load)
    parts.models.watch(parts.settings.watch)
    keep_tidy(parts.store, parts.stop, parts.settings.log_days)
    app.state.promise.watch()
    refits = None
    if parts.settings.update_every is not None:
        Updating(parts.store, parts.models, parts.settings.update_every, parts.stop)
    if parts.settings.refit_every is not None:
        refits = Refitting(parts, parts.settings.refit_every)
    try:
        yield
    finally:
        parts.stop.set()
        parts.models.close()
        if refits is not None:
            refits.close()
        await to_thread.run_sync(parts.store.close)


def _describe(app: FastAPI) -> None:
    """Complete the description: the form of errors, and how keys are sent."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = make()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            described = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(described.pop("$defs", {}))
            schemas["ProblemDocument"] = described
            document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"key": []}]
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
