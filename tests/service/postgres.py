"""A PostgreSQL of the tests' own: a cluster in a new folder, on a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

__all__ = ["Cluster", "find_programs"]


def find_programs() -> Path | None:
    """Find the folder of initdb and pg_ctl; the newest of several versions."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: -float(one.parent.name))
    for folder in [*folders, *(Path(found).parent for found in [shutil.which("initdb")] if found)]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


class Cluster:
    """The cluster; it does not run as root, which PostgreSQL refuses."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="toprank-pg-"))
        self._as: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "toprank", "-A", "trust", "--no-sync", "-E", "UTF8",
                  "--locale=C")  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it, and wait until it can be reached."""
        options = (
            f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c shared_buffers=16MB "
            "-c max_connections=60 -c fsync=off"
        )
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-o", options, "-l", str(self.folder / "log"), "start"
        )

    def stop(self, how: str = "fast") -> None:
        """Stop it: ``immediate`` is as if it had crashed."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", how, "stop")

    def execute(self, words: str, database: str = "postgres") -> str:
        """Run a statement as its owner."""
        return self._run("psql", "-h", str(self.folder), "-U", "toprank", "-d", database, "-tAc", words)

    def address(self, database: str) -> str:
        """Give the address of a database."""
        return f"postgresql://toprank@/{database}?host={self.folder}"

    def remove(self) -> None:
        """Stop it and remove it."""
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> str:
        shown = subprocess.PIPE if program == "psql" else subprocess.DEVNULL  # a server would keep a pipe open
        found = subprocess.run(
            [*self._as, str(self._programs / program), *words],
            cwd="/", text=True, stdin=subprocess.DEVNULL, stdout=shown, stderr=shown, check=True,
        )  # fmt: skip
        return (found.stdout or "").strip()
