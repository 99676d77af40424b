"""The peers' side of the benchmark: `peers.py TASK` does one task for about half a second and prints its results as JSON.

One line a library: {"library": ..., "opsPerSecond": ...}. What an operation is, is said beside each task in run.ts.
"""

import json
import sys
import time


def rate(call, per_call=1, seconds=0.5):
    """Operations a second of `call`, after a warm-up, by doubling batches until the time is used."""
    call()
    batch = 1
    while True:
        start = time.perf_counter()
        for _ in range(batch):
            call()
        took = time.perf_counter() - start
        if took > seconds:
            return per_call * batch / took
        batch = max(batch + 1, int(batch * min(10.0, 1.2 * seconds / max(took, 1e-9))))


def opendp_noise(kind, scale, atom, size=None):
    import opendp.prelude as dp

    dp.enable_features("contrib", "floating-point")
    domain = dp.atom_domain(T=atom, nan=False) if atom is float else dp.atom_domain(T=atom)
    if size is not None:
        domain = dp.vector_domain(domain)
        metric = dp.l1_distance(T=atom) if kind == "laplace" else dp.l2_distance(T=float if atom is float else atom)
    else:
        metric = dp.absolute_distance(T=atom)
    make = dp.m.make_laplace if kind == "laplace" else dp.m.make_gaussian
    return make(domain, metric, scale=scale)


def scalar(kind, scale, atom):
    def task():
        import diffprivlib.mechanisms as ibm

        measure = opendp_noise(kind, scale, atom)
        zero = atom(0)
        yield "OpenDP", rate(lambda: measure(zero))
        if kind == "laplace":
            mechanism = ibm.Geometric(epsilon=1 / scale, sensitivity=1) if atom is int else ibm.Laplace(epsilon=1 / scale, sensitivity=1)
        elif atom is int:
            mechanism = ibm.GaussianDiscrete(epsilon=0.5, delta=1e-5, sensitivity=1)
        else:
            mechanism = ibm.GaussianAnalytic(epsilon=0.5, delta=1e-5, sensitivity=1)
        yield "diffprivlib", rate(lambda: mechanism.randomise(zero))

    return task


def gaussian_vector():
    import numpy as np

    size = 1_000_000
    values = [0.0] * size
    measure = opendp_noise("gaussian", 1.0, float, size)
    yield "OpenDP", rate(lambda: measure(values), size, 2.0)
    generator = np.random.default_rng(1)
    yield "numpy (not exact, not secure)", rate(lambda: generator.normal(size=size), size)


def fft(bits):
    def task():
        import numpy as np
        import scipy.fft

        x = np.random.default_rng(1).normal(size=2**bits)
        yield "numpy", rate(lambda: np.fft.rfft(x))
        yield "scipy", rate(lambda: scipy.fft.rfft(x))

    return task


def special(name, low, high):
    def task():
        import numpy as np
        import scipy.special

        x = np.linspace(low, high, 100_000)
        function = getattr(scipy.special, name)
        yield "scipy (vectorised)", rate(lambda: function(x), len(x))

    return task


TASKS = {
    "discrete-laplace": scalar("laplace", 10.0, int),
    "discrete-gaussian": scalar("gaussian", 10.0, int),
    "float-laplace": scalar("laplace", 10.0, float),
    "float-gaussian": scalar("gaussian", 10.0, float),
    "gaussian-vector": gaussian_vector,
    "fft-2^12": fft(12),
    "fft-2^16": fft(16),
    "fft-2^20": fft(20),
    "erfcx": special("erfcx", 0, 30),
    "log-cdf": special("log_ndtr", -30, 5),
    "quantile": special("ndtri", 1e-9, 1 - 1e-9),
    "lgamma": special("gammaln", 0.01, 200),
}

if __name__ == "__main__":
    for library, ops in TASKS[sys.argv[1]]():
        print(json.dumps({"library": library, "opsPerSecond": ops}), flush=True)
