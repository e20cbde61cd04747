"""Real trainings of a tiny model that are killed, resumed and compared with undisturbed ones.

usage: killed_training.py FOLDER SEED

Prints one JSON object. A program of its own, so that torch is imported once and every training is a fork
of this process, made before torch has any threads; each is stopped by a true SIGKILL.
"""

import json
import os
import random
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning_fabric  # noqa: F401  (imported here, so that no fork has to)
import torch
from torch import nn

from signlab.data.batches import ShuffledBatches
from signlab.training import MetricsLog, launch, learning_rate_at, load_weights, resume, save, share
from signlab.training.log import read_metrics
from signlab.training.run_folder import UNFINISHED, complete_states

KILLS = 10
SAVE_EVERY = 2
AT_MOST = 10  # updates between two kills
WRITING = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree"}  # audit events


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    steps: int = KILLS * AT_MOST + 4
    batch_size: int = 6
    seed: int = 3


def train(run: Path, config: Config, *, until: int, then_wait: bool = False) -> None:
    """A training as the library's own are; ends early after update `until`, or waits to be killed."""
    torch.set_num_threads(1)
    examples = torch.randn(31, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    fabric = launch(accelerator="cpu", seed=config.seed)
    plain = nn.Sequential(
        nn.Conv2d(3, 7, 3), nn.BatchNorm2d(7), nn.Dropout(0.3), nn.Flatten(), nn.Linear(63, 2)
    ).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    model, optimizer = fabric.setup(plain, torch.optim.AdamW(plain.parameters(), lr=1e-2))
    start = resume(run, config=config, model=model, optimizer=optimizer)
    log = MetricsLog(run, resume_step=start)
    batches = ShuffledBatches(len(examples), config.batch_size, config.seed)
    model.train()
    for step in range(start, until):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_at(step, peak=1e-2, warmup_steps=7, steps=config.steps)
        loss = model(examples[share(batches.at(step))]).square().mean()
        optimizer.zero_grad()
        fabric.backward(loss)
        optimizer.step()
        log.write(step + 1, {"train/loss": loss.item()})
        if (step + 1) % SAVE_EVERY == 0:
            save(run, config=config, model=model, optimizer=optimizer, step=step + 1)
    if then_wait:
        time.sleep(60)


def forked(work: Callable[[], None]) -> int:
    """The process that does the work."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def ended_well(child: int) -> None:
    if os.waitpid(child, 0)[1]:
        sys.exit("a training stopped with an error")


def newest(run: Path) -> str:
    return next((state.name for state in complete_states(run)), "")


def kill_one(run: Path, chance: random.Random, *, until: int) -> str:
    """Let a training go on for a while, kill it at a random moment; return what had been left unfinished.

    Time is counted in what appears on the disk: one to three new states, then either some lines of the log
    or the beginning of the next state, then a few thousandths of a second.
    """
    before, states, in_a_save = newest(run), chance.randint(1, 3), chance.random() < 0.5
    lines, delay = chance.randint(0, 3), chance.uniform(0, 0.003)
    child = forked(lambda: train(run, Config(), until=until, then_wait=True))

    def wait_until(happened: Callable[[], bool]) -> None:
        while not happened():
            if os.waitpid(child, os.WNOHANG)[0]:
                sys.exit("a training stopped with an error")
            time.sleep(0.0002)

    for _ in range(states):
        wait_until(lambda last=before: newest(run) != last)
        before = newest(run)
    size = (run / "metrics.jsonl").stat().st_size
    if in_a_save:
        wait_until(lambda: any((run / "state").glob(f"{UNFINISHED}*")))
    else:
        wait_until(lambda: (run / "metrics.jsonl").stat().st_size >= size + 20 * lines)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    leftovers = [*run.glob(f"{UNFINISHED}*"), *(run / "state").glob(f"{UNFINISHED}*")]
    return ", ".join(path.name for path in leftovers)


def random_kills(folder: Path, seed: int) -> dict[str, Any]:
    """Ten kills at random moments, and what is left at the end beside an undisturbed run."""
    chance, config = random.Random(seed), Config()
    disturbed, undisturbed = folder / "disturbed", folder / "undisturbed"
    (disturbed / "state").mkdir(parents=True)
    MetricsLog(disturbed)
    beside = forked(lambda: train(undisturbed, config, until=config.steps))
    kills = []
    for number in range(1, KILLS + 1):
        unfinished = kill_one(disturbed, chance, until=number * AT_MOST)
        kills.append((unfinished, newest(disturbed)))
    ended_well(forked(lambda: train(disturbed, config, until=config.steps)))
    ended_well(beside)
    return {"kills": kills, **compared(disturbed, undisturbed)}


def compared(one: Path, other: Path) -> dict[str, Any]:
    """Whether two runs are equal: each file of the newest state, the weights for use, the log."""
    names = sorted(path.name for path in complete_states(one)[0].iterdir())
    return {
        "states": [newest(one), newest(other)],
        "same": {
            "weights for use": same(one / "weights.safetensors", other / "weights.safetensors"),
            "metrics": read_metrics(one) == read_metrics(other),
            **{
                name: same(one / "state" / newest(one) / name, other / "state" / newest(one) / name)
                for name in names
            },
        },
    }


def same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


def kill_before_operation(run: Path, number: int) -> None:
    """From now on, die before the given write access to something inside `run`."""
    count = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event not in WRITING or not str(arguments[0]).startswith(str(run)):
            return
        if event == "open" and not (arguments[1] and set(arguments[1]) & set("wax+")):
            return
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def tiny() -> tuple[nn.Module, torch.optim.Optimizer]:
    model = nn.Linear(3, 2)
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def save_marked(run: Path, step: int, mark: float) -> None:
    """Save a model all of whose weights are `mark`."""
    model, optimizer = tiny()
    for parameter in model.parameters():
        nn.init.constant_(parameter, mark)
    save(run, config=Config(), model=model, optimizer=optimizer, step=step)


def marked(model: nn.Module) -> float:
    (mark,) = {value for parameter in model.parameters() for value in parameter.flatten().tolist()}
    return mark


def kills_at_every_operation(folder: Path, step: int) -> list[list[Any]]:
    """Kill a save of update `step` over the states 1 and 2, before each of its operations in turn.

    Returns:
        For each kill the step that is resumed, the mark found there, and the mark of the weights for use.
    """
    pristine, run = folder / "pristine", folder / "killed"
    for at in (1, 2):
        save_marked(pristine, at, float(at))
    found: list[list[Any]] = []
    while True:
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(pristine, run)

        def work() -> None:
            kill_before_operation(run, len(found) + 1)
            save_marked(run, step, 9.0)

        if not os.WIFSIGNALED(os.waitpid(forked(work), 0)[1]):
            return found
        for_use, model = tiny()[0], tiny()
        load_weights(run, for_use)
        resumed = resume(run, config=Config(), model=model[0], optimizer=model[1])
        found.append([resumed, marked(model[0]), marked(for_use)])
        load_weights(run, for_use)
        assert marked(for_use) == marked(model[0]), "the weights for use were not brought up to date"
        save_marked(run, 4, 4.0)
        assert not [*run.glob(f"{UNFINISHED}*"), *(run / "state").glob(f"{UNFINISHED}*")]
        assert len(complete_states(run)) == 2


def two_processes(folder: Path) -> dict[str, Any]:
    """Two processes, as torchrun would start them, stop and go on; compared with two undisturbed ones."""
    config = Config(steps=8)
    stopped, undisturbed = folder / "stopped", folder / "together"
    for run, until in ((stopped, 4), (stopped, 8), (undisturbed, 8)):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])

        def work(rank: int, run: Path = run, until: int = until, port: str = port) -> None:
            os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "1"}
            os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "GROUP_RANK": "0"}
            os.environ |= {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
            train(run, config, until=until)

        for child in [forked(lambda rank=rank: work(rank)) for rank in range(2)]:
            ended_well(child)
    return compared(stopped, undisturbed) | {"logged": [row["step"] for row in read_metrics(stopped)]}


def main() -> None:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    parts: dict[str, Callable[[], Any]] = {
        "random": lambda: random_kills(folder, seed),
        "new step": lambda: kills_at_every_operation(folder / "new", 3),
        "same step": lambda: kills_at_every_operation(folder / "same", 2),
        "together": lambda: two_processes(folder),
    }
    report, seconds = {}, {}
    for name, work in parts.items():
        start = time.monotonic()
        report[name], seconds[name] = work(), time.monotonic() - start
    print(json.dumps(report | {"seconds": seconds}))


if __name__ == "__main__":
    main()
