"""The reference's side of the comparison: DP-SGD on the digits by Opacus, and the accounts of the same runs.

    reference.py learn CASES DATA     one line of JSON for each model, goal and seed: the accuracy on the held-out third
    reference.py account CASES        one line for each goal: epsilon by dp_accounting and by Opacus

CASES is a file like cases.json with the noise multiplier of each goal filled in, DATA one of the digits' two parts; run.ts writes both.
"""

import json
import sys


def models(torch):
    nn = torch.nn
    mlp = lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    cnn = lambda: nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
        nn.Flatten(), nn.Linear(16 * 2 * 2, 10),
    )  # fmt: skip

    def initialised(make):
        model = make()
        for layer in model:
            if hasattr(layer, "weight"):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)
        return model

    return {"mlp": lambda: initialised(mlp), "cnn": lambda: initialised(cnn)}


def learn(cases, data):
    import torch
    from opacus import PrivacyEngine

    torch.set_num_threads(1)
    tensors = lambda part: (torch.tensor(part["pixels"]).reshape(-1, 1, 8, 8) / 16, torch.tensor(part["labels"]))
    train, (x, y) = torch.utils.data.TensorDataset(*tensors(data["train"])), tensors(data["test"])
    assert len(train) == cases["examples"] and len(train) % cases["batchSize"] == 0
    for name in cases["models"]:
        for goal in cases["goals"]:
            for seed in cases["seeds"]:
                torch.manual_seed(seed)
                model = models(torch)[name]()
                optimizer = torch.optim.SGD(model.parameters(), lr=goal["learningRate"], momentum=cases["momentum"])
                loader = torch.utils.data.DataLoader(train, batch_size=cases["batchSize"])
                private, optimizer, loader = PrivacyEngine().make_private(
                    module=model,
                    optimizer=optimizer,
                    data_loader=loader,
                    noise_multiplier=goal["noiseMultiplier"],
                    max_grad_norm=cases["l2NormClip"],
                    poisson_sampling=True,
                )
                for _ in range(cases["epochs"]):
                    for inputs, labels in loader:
                        optimizer.zero_grad()
                        torch.nn.functional.cross_entropy(private(inputs), labels).backward()
                        optimizer.step()
                private.eval()
                with torch.no_grad():
                    accuracy = (private(x).argmax(1) == y).float().mean().item()
                print(json.dumps({"model": name, "epsilon": goal["epsilon"], "seed": seed, "accuracy": accuracy}), flush=True)


def account(cases):
    import dp_accounting
    from dp_accounting import pld
    from opacus.accountants import PRVAccountant

    rate = cases["batchSize"] / cases["examples"]
    steps = cases["epochs"] * cases["examples"] // cases["batchSize"]
    for goal in cases["goals"]:
        noise = goal["noiseMultiplier"]
        step = dp_accounting.PoissonSampledDpEvent(rate, dp_accounting.GaussianDpEvent(noise))
        event = dp_accounting.SelfComposedDpEvent(step, steps)
        above = pld.PLDAccountant(value_discretization_interval=1e-5)
        above.compose(event)
        prv = PRVAccountant()
        prv.history = [(noise, rate, steps)]
        figures = {"dp_accounting": above.get_epsilon(cases["delta"]), "opacus": prv.get_epsilon(delta=cases["delta"])}
        print(json.dumps({"epsilon": goal["epsilon"], **figures}), flush=True)


if __name__ == "__main__":
    cases = json.load(open(sys.argv[2]))
    if sys.argv[1] == "learn":
        learn(cases, json.load(open(sys.argv[3])))
    else:
        account(cases)
