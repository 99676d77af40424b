"""Milliseconds of one training step by Opacus and by plain torch, taking turns: `steps.py [THREADS]`, one line of JSON for each model.

`ghost` is Opacus' mode that never forms the gradients of single examples, where it runs. The plain step of the LSTM is torch's own `nn.LSTM`;
`plainDpLstm` is Opacus' replacement of it, trained without privacy.
"""

import json
import statistics
import sys
import time

import torch
from opacus import PrivacyEngine
from opacus.layers import DPLSTM
from torch import nn


class Recurrent(nn.Module):
    def __init__(self, lstm):
        super().__init__()
        self.embedding = nn.Embedding(2000, 32)
        self.lstm = lstm(32, 64, batch_first=True)
        self.dense = nn.Linear(64, 2)

    def forward(self, x):
        return self.dense(self.lstm(self.embedding(x))[0][:, -1])


def mlp():
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def cnn():
    """Of the MNIST tutorial of TensorFlow Privacy; 'same' padding of a kernel of 8 at stride 2 is 3 on both sides."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 8, stride=2, padding=3), nn.ReLU(), nn.MaxPool2d(2, 1),
        nn.Conv2d(16, 32, 4, stride=2), nn.ReLU(), nn.MaxPool2d(2, 1),
        nn.Flatten(), nn.Linear(32 * 4 * 4, 32), nn.ReLU(), nn.Linear(32, 10),
    )  # fmt: skip


def private(model, x, y, **mode):
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=len(x))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    amounts = {"noise_multiplier": 1.0, "max_grad_norm": 1.0, "poisson_sampling": False}
    made = PrivacyEngine().make_private(module=model, optimizer=optimizer, data_loader=loader, **amounts, **mode)
    return made[0], made[1], made[2] if mode else nn.CrossEntropyLoss()


def ghost(model, x, y):
    return private(model, x, y, grad_sample_mode="ghost", criterion=nn.CrossEntropyLoss())


def plain(model, x, y):
    return model, torch.optim.SGD(model.parameters(), lr=0.01), nn.CrossEntropyLoss()


def step(made, x, y):
    model, optimizer, loss = made

    def call():
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return call


def in_turns(rivals, rounds, least=0.02):
    """Median milliseconds of a call of each, over rounds in which they take turns, each for at least so many seconds."""
    times = {name: [] for name in rivals}
    for call in rivals.values():
        for _ in range(5):
            call()
    for _ in range(rounds):
        for name, call in rivals.items():
            calls, start = 0, time.perf_counter()
            while time.perf_counter() - start < least:
                call()
                calls += 1
            times[name].append(1000 * (time.perf_counter() - start) / calls)
    return {name: statistics.median(all_times) for name, all_times in times.items()}


images = lambda *shape: lambda n: (torch.rand(n, *shape), torch.randint(10, (n,)))
words = lambda n: (torch.randint(2000, (n, 40)), torch.randint(2, (n,)))
usual = lambda model: {"private": (private, model), "ghost": (ghost, model), "plain": (plain, model)}
cases = [
    ("mlp", 256, images(784), usual(mlp)),
    ("cnn", 64, images(1, 28, 28), usual(cnn)),
    ("cnn", 256, images(1, 28, 28), usual(cnn)),
    (
        "lstm",
        64,
        words,
        {
            "private": (private, lambda: Recurrent(DPLSTM)),
            "ghost": (ghost, lambda: Recurrent(DPLSTM)),
            "plain": (plain, lambda: Recurrent(nn.LSTM)),
            "plainDpLstm": (plain, lambda: Recurrent(DPLSTM)),
        },
    ),
]

if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    torch.manual_seed(0)
    for name, batch, data, rivals in cases:
        x, y = data(batch)
        made = {rival: step(setup(model(), x, y), x, y) for rival, (setup, model) in rivals.items()}
        try:
            made["ghost"]()
        except Exception as error:
            print(f"no ghost mode for {name}: {error}", file=sys.stderr)
            del made["ghost"]
        print(json.dumps({"model": name, "batch": batch, "threads": torch.get_num_threads(), **in_turns(made, 15)}), flush=True)
