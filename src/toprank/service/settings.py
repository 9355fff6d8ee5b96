"""What the service can be told."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from toprank.errors import OptionError

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Everything that ``toprank serve`` can be told.

    Parameters
    ----------
    model : Path
        The model's folder, or a folder of such folders, of which the newest whole one answers.
    store : str, optional
        Address of the store; by default an SQLite file beside the model.
    host, port : str, int
        Where it listens.
    insecure : bool
        Serve other addresses than loopback without a key.
    log : bool
        Keep what was answered, so that the promise can be checked.
    log_days : float
        Days for which that is kept.
    challenger : Path, optional
        A second model.
    share : float
        The share of readers whom the challenger answers.
    update_every, refit_every : float, optional
        Seconds after which books' statistics take in the store's ratings, and after which all is learned anew.
    refit_memory : float
        Gigabytes that a refit may take.
    metrics_port : int, optional
        A port on loopback where the metrics need no key.
    rate : float
        Requests a second, of each key and of each address.
    threads : int
        Requests that are worked on at a time; more wait.
    watch : float
        Seconds between two looks at the models' folders.

    Examples
    --------
    >>> Settings(Path("shop/model")).store_address
    'sqlite:///shop/model.sqlite3'
    """

    model: Path
    store: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    insecure: bool = False
    log: bool = True
    challenger: Path | None = None
    share: float = 0.1
    update_every: float | None = None
    refit_every: float | None = None
    refit_memory: float = 4.0
    metrics_port: int | None = None
    rate: float = 500.0
    threads: int = 16
    watch: float = 1.0
    log_days: float = 365.0

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise OptionError(f"the challenger's share is {self.share:g}; it must lie between 0 and 1")
        for name in ("update_every", "refit_every", "watch", "rate", "refit_memory", "log_days"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise OptionError(f"{name} is {value}; it must be a number above 0")
        if self.threads < 1:
            raise OptionError(f"threads is {self.threads}; at least 1 is needed")

    @property
    def store_address(self) -> str:
        """The store's address."""
        if self.store is not None:
            return self.store
        return f"sqlite:///{self.model.parent / (self.model.name + '.sqlite3')}"

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
