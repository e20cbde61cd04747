"""Trains a tiny model, is killed at ten random moments, goes on each time, and compares with an undisturbed run.

usage: killed_training.py FOLDER SEED
Run as a program of its own, so that processes can be forked before torch has any threads.
"""

import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from signlab.training import MetricsLog, launch, learning_rate_at, resume, save
from signlab.training.log import read_metrics

KILLS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    steps: int = 60
    seed: int = 3


def train(run: Path, pause: float) -> None:
    torch.set_num_threads(1)
    config = Config()
    fabric = launch(accelerator="cpu", seed=config.seed)
    model = nn.Sequential(nn.Linear(5, 11), nn.BatchNorm1d(11), nn.Dropout(0.3), nn.Linear(11, 2))
    model, optimizer = fabric.setup(model, torch.optim.AdamW(model.parameters(), lr=1e-2))
    start = resume(run, config=config, model=model.module, optimizer=optimizer.optimizer)
    log = MetricsLog(run, resume_step=start)
    for step in range(start, config.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_at(step, peak=1e-2, warmup_steps=7, steps=config.steps)
        source = torch.Generator().manual_seed(step)
        loss = model(torch.randn(13, 5, generator=source)).square().mean()
        optimizer.zero_grad()
        fabric.backward(loss)
        optimizer.step()
        time.sleep(pause)
        log.write(step + 1, {"train/loss": loss.item()})
        if (step + 1) % 2 == 0:
            save(run, config=config, model=model.module, optimizer=optimizer.optimizer, step=step + 1)


def forked(run: Path, pause: float) -> int:
    child = os.fork()
    if child == 0:
        try:
            train(run, pause)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def main() -> None:
    folder, chance = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    disturbed, undisturbed = folder / "disturbed", folder / "undisturbed"
    kills = 0
    while kills < KILLS:
        child = forked(disturbed, 0.004)
        time.sleep(chance.uniform(0.05, 0.20))
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            sys.exit("a training stopped with an error")
        kills += os.WIFSIGNALED(status)
        if os.WIFEXITED(status):  # it had reached the end: begin again, the kills still count
            sys.exit(f"the training was finished after {kills} kills; make it longer")
    for run in (disturbed, undisturbed):
        if os.waitpid(forked(run, 0.0), 0)[1]:
            sys.exit("a training stopped with an error")
    ours, theirs = ((run / "weights.safetensors").read_bytes() for run in (disturbed, undisturbed))
    print("weights equal" if ours == theirs else "weights differ")
    print("metrics equal" if read_metrics(disturbed) == read_metrics(undisturbed) else "metrics differ")


if __name__ == "__main__":
    main()
