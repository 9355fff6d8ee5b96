"""The pages put into the application."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from toprank.service.pages import imports, owner, reading, saying
from toprank.service.pages.rendering import problem_page, wanted_part
from toprank.service.problems import Problem, problem_response

__all__ = ["add_pages", "answered_with"]


def add_pages(app: FastAPI) -> None:
    """Add the pages, their style and their script."""
    for router in (reading.router, saying.router, imports.router, owner.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(packages=[("toprank.service.pages", "static")]), name="static")


def answered_with(request: Request, problem: Problem) -> Response:
    """Write a problem as a page where a browser asks for one, else as a document."""
    is_page = not request.url.path.startswith(("/v1/", "/health", "/metrics"))
    if is_page and ("text/html" in request.headers.get("accept", "") or wanted_part(request) is not None):
        return problem_page(request, problem)
    return problem_response(problem)
