"""What every training shares: device, configuration, schedule, log, checkpoints."""

from signlab.training.checkpoint import resume, save
from signlab.training.config import load_config, override
from signlab.training.device import autocast, grad_scaler, launch, leave_inputs, share
from signlab.training.groups import grouped, named_as
from signlab.training.log import MetricsLog, read_metrics
from signlab.training.progress import track
from signlab.training.schedule import check_finite, learning_rate_at
from signlab.training.update import update
from signlab.training.weights import export, load_weights

__all__ = [
    "MetricsLog",
    "autocast",
    "check_finite",
    "export",
    "grad_scaler",
    "grouped",
    "launch",
    "learning_rate_at",
    "leave_inputs",
    "load_config",
    "load_weights",
    "named_as",
    "override",
    "read_metrics",
    "resume",
    "save",
    "share",
    "track",
    "update",
]
