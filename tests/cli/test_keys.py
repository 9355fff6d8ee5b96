from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_keys_are_made_listed_and_revoked(run: Run, tmp_path: Path) -> None:
    store = ["--store", tmp_path / "kept.sqlite3"]
    made = run("keys", "add", "shop", "--scope", "write", *store)
    assert made.exit_code == 0, made.output
    key = made.stdout.strip()
    assert key.startswith("tr_")
    assert run("keys", "add", "ann", "--reader", "ann", *store).exit_code == 0
    listed = run("keys", "list", *store)
    assert "shop: write, made" in listed.stdout
    assert "ann: read of reader ann" in listed.stdout
    assert key not in listed.output
    assert run("keys", "revoke", "shop", *store).exit_code == 0
    rows = {row["name"]: row for row in json.loads(run("keys", "list", "--json", *store).stdout)}
    assert rows["shop"]["revoked"] is not None
    assert rows["ann"]["revoked"] is None


def test_what_cannot_be_is_said(run: Run, tmp_path: Path) -> None:
    store = ["--store", tmp_path / "kept.sqlite3"]
    for words, told in (
        (["keys", "add", "x", "--scope", "all", *store], "read, write or admin"),
        (["keys", "revoke", "nobody", *store], "no key 'nobody'"),
        (["keys", "list"], "--store"),
        (["keys", "list", "--model", "m", *store], "one of both"),
    ):
        result = run(*words)
        assert result.exit_code == 1
        assert told in result.output


def test_the_store_lies_beside_the_model(run: Run, tmp_path: Path) -> None:
    assert run("keys", "add", "shop", "--model", tmp_path / "model").exit_code == 0
    assert (tmp_path / "model.sqlite3").is_file()
    assert "There is no key" in run("keys", "list", "--model", tmp_path / "other").output
