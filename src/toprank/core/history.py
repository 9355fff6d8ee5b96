"""How a training went, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TrainingHistory"]


@dataclass(frozen=True)
class TrainingHistory:
    """Losses by epoch; ``best_epoch``, counted from 1, is the one whose weights were kept."""

    loss: tuple[float, ...]
    """Mean training loss of each epoch, with dropout at work, as Keras reports it."""

    validation_loss: tuple[float, ...]
    """Validation loss after each epoch, without dropout."""

    best_epoch: int

    @property
    def epochs(self) -> int:
        """Epochs trained."""
        return len(self.loss)
