"""What every training shares: device, configuration, schedule, log, checkpoints."""

from signlab.training.checkpoint import export, load_weights, resume, save
from signlab.training.config import load_config, override
from signlab.training.device import launch
from signlab.training.log import MetricsLog, read_metrics
from signlab.training.progress import track
from signlab.training.schedule import check_finite, learning_rate_at

__all__ = [
    "MetricsLog",
    "check_finite",
    "export",
    "launch",
    "learning_rate_at",
    "load_config",
    "load_weights",
    "override",
    "read_metrics",
    "resume",
    "save",
    "track",
]
