"""``toprank serve``: the service around a fitted recommender.

How it is laid out, lowest first; only this folder imports FastAPI, uvicorn, SQLAlchemy, Alembic and prometheus-client.

- ``problems.py``: errors as RFC 9457 problem documents; raise :class:`~toprank.service.problems.Problem`.
- ``settings.py``: :class:`~toprank.service.settings.Settings`, everything that ``toprank serve`` can be told.
- ``store/``: what is kept. ``schema.py`` has the tables (SQLAlchemy Core), ``migrations/`` their history (Alembic),
  ``opening.py`` the :class:`~toprank.service.store.opening.Store` (``store.read()`` gives a connection to read,
  ``store.write(job)`` runs a job in the one writer's next transaction and returns when it is durable,
  ``store.log(rows)`` appends to the decision log); ``statements.py`` (ratings and marks of readers), ``answered.py``
  (the log ``served`` and its ``outcomes``), ``key_rows.py``, ``session_rows.py``, ``idempotency.py``,
  ``import_rows.py`` (how far imports are), ``notes.py`` (events and facts) are functions of a connection.
- ``keys.py``: keys and their scopes. ``sessions.py``: cookie sessions and CSRF tokens of the page.
- ``models.py``: the :class:`~toprank.service.models.ModelHolder`: the model that answers, noticed and swapped.
- ``reader_lists.py``: the model's list of a reader merged with the store's; ``answers.py``: what is answered of it.
- ``callers.py``: who asks; the dependencies ``Reading``, ``Writing`` and ``Owning`` give the
  :class:`~toprank.service.callers.Caller` or refuse.
- ``gate.py``: the middleware before everything: who asks, bounds on bodies, time and rate, the access log, 500s.
- ``routes/``: the API, one file a group; ``forms.py`` has what goes in and out (pydantic).
- ``pages/``: the readers' and the owner's pages. ``promise.py``: promised against delivered.
- ``app.py``: :func:`~toprank.service.app.create_app` puts it together; ``serving.py`` runs it.

A handler is a plain ``def`` and finds everything at ``request.app.state.parts``
(:class:`~toprank.service.parts.Parts`: ``settings``, ``store``, ``models``, ``figures``).
"""
