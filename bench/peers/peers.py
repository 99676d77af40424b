"""The peers' side of the benchmark: `peers.py TASK` does one task for about half a second and prints its results as JSON.

One line a library: {"library": ..., "opsPerSecond": ..., "value": what an accountant answered}. What an operation is, is said beside each
task in ours.ts.
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


def answered(call):
    """Operations a second of `call`, and what it gave last."""
    last = [None]

    def keep():
        last[0] = call()

    return rate(keep), last[0]


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
    # A twentieth, at the same speed an element: the whole takes most of a minute.
    part = size // 20
    values = [0.0] * part
    measure = opendp_noise("gaussian", 1.0, float, part)
    yield "OpenDP", rate(lambda: measure(values), part)
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


def sgd_pld(rate, noise, steps, grid):
    from dp_accounting.pld import privacy_loss_distribution as pld

    one = pld.from_gaussian_mechanism(noise, value_discretization_interval=grid, sampling_prob=rate)
    return one.self_compose(steps)


def pld_epsilon(grid, steps=10_000):
    def task():
        call = lambda: sgd_pld(0.01, 1.0, steps, grid).get_epsilon_for_delta(1e-5)
        yield f"dp_accounting PLD, grid {grid:g}", *answered(call)

    return task


def pld_noise():
    import dp_accounting as dp
    from dp_accounting.pld import pld_privacy_accountant

    def event(noise):
        return dp.SelfComposedDpEvent(dp.PoissonSampledDpEvent(0.01, dp.GaussianDpEvent(noise)), 10_000)

    call = lambda: dp.calibrate_dp_mechanism(lambda: pld_privacy_accountant.PLDAccountant(), event, 2.0, 1e-5)
    yield "dp_accounting PLD, grid 0.0001", *answered(call)


def pld_various(count, steps):
    def task():
        def call():
            whole = None
            for i in range(count):
                one = sgd_pld(0.005 + 0.02 * i / count, 0.8 + 0.6 * (7 * i % count) / count, steps, 1e-4)
                whole = one if whole is None else whole.compose(one)
            return whole.get_epsilon_for_delta(1e-5)

        yield "dp_accounting PLD, grid 0.0001", *answered(call)

    return task


def pld_mixture():
    from dp_accounting.pld import privacy_loss_distribution as pld

    def call():
        one = pld.from_mixture_gaussian_mechanism(2.0, [0, 1, 2], [0.9, 0.07, 0.03], value_discretization_interval=1e-4)
        return one.self_compose(100).get_epsilon_for_delta(1e-5)

    yield "dp_accounting PLD, grid 0.0001", *answered(call)


def rdp_epsilon():
    import dp_accounting as dp
    from dp_accounting.rdp import rdp_privacy_accountant

    event = dp.SelfComposedDpEvent(dp.PoissonSampledDpEvent(0.01, dp.GaussianDpEvent(1.0)), 10_000)

    def call(orders):
        return rdp_privacy_accountant.RdpAccountant(orders).compose(event).get_epsilon(1e-5)

    classic = [i / 10 for i in range(11, 110)] + list(range(12, 64))
    yield "dp_accounting RDP, the same orders", *answered(lambda: call(classic))
    yield "dp_accounting RDP, its default orders", *answered(lambda: call(None))


RECORDS, UNITS = 1_000_000, 100_000


def statistic(kind, bounded):
    """Over 1e6 numbers; `bounded`: one record of each of 1e5 units, which no peer offers, by numpy's permutation and unique."""

    def task():
        import diffprivlib.tools as ibm
        import numpy as np

        generator = np.random.default_rng(1)
        values = generator.uniform(0, 100, RECORDS)
        units = generator.integers(0, UNITS, RECORDS)

        def chosen():
            if not bounded:
                return values
            order = generator.permutation(RECORDS)
            return values[order[np.unique(units[order], return_index=True)[1]]]

        theirs = {
            "mean": lambda x: ibm.mean(x, epsilon=1, bounds=(0, 100)),
            "histogram": lambda x: ibm.histogram(x, epsilon=1, bins=20, range=(0, 100)),
            "median": lambda x: ibm.median(x, epsilon=1, bounds=(0, 100)),
        }[kind]
        yield "numpy and diffprivlib" if bounded else "diffprivlib", rate(lambda: theirs(chosen()))
        if kind == "median":
            return
        import opendp.prelude as dp

        dp.enable_features("contrib", "floating-point")
        space = dp.vector_domain(dp.atom_domain(T=float, nan=False)), dp.symmetric_distance()
        if kind == "mean":
            size = UNITS if bounded else RECORDS
            chain = space >> dp.t.then_clamp((0.0, 100.0)) >> dp.t.then_resize(size=size, constant=50.0) >> dp.t.then_mean()
            measure = chain >> dp.m.then_laplace(100 / size)
        else:
            edges = [float(5 * i) for i in range(21)]
            bins = space >> dp.t.then_find_bin(edges=edges)
            measure = bins >> dp.t.then_count_by_categories(categories=list(range(21)), null_category=True) >> dp.m.then_laplace(1.0)
        yield "numpy and OpenDP" if bounded else "OpenDP", rate(lambda: measure(chosen()))

    return task


TASKS = {
    "statistics-mean": statistic("mean", False),
    "statistics-mean-bounded": statistic("mean", True),
    "statistics-histogram": statistic("histogram", False),
    "statistics-histogram-bounded": statistic("histogram", True),
    "statistics-median": statistic("median", False),
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
    "accounting-epsilon": pld_epsilon(1e-4),
    "accounting-epsilon-finer": pld_epsilon(1e-5),
    "accounting-noise": pld_noise,
    "accounting-20-events": pld_various(20, 50),
    "accounting-mixture": pld_mixture,
    "accounting-rdp": rdp_epsilon,
    "accounting-rdp-all": rdp_epsilon,
}

if __name__ == "__main__":
    for library, ops, *value in TASKS[sys.argv[1]]():
        answer = {"value": value[0]} if value else {}
        print(json.dumps({"library": library, "opsPerSecond": ops, **answer}), flush=True)
