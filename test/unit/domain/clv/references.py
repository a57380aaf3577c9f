"""Makes references.json: the published formulas in mpmath (pip install mpmath==1.4.1), at 60 digits. python3 references.py > references.json

Pareto/NBD: Fader, Hardie 2005, "A Note on Deriving the Pareto/NBD Model". BG/NBD: Fader, Hardie, Lee 2005, (6), (10) and the note on
P(alive). MBG/NBD: Batislam, Denizel, Filiztekin 2007. Gamma-Gamma: Fader, Hardie 2013, (1a) and (5).
"""
import json
from mpmath import mp, mpf, loggamma, log, exp, hyp2f1

mp.dps = 60


def numbers(*values):
    return [mpf(str(value)) for value in values]


def pareto_nbd(params, x, tx, T, t):
    r, alpha, s, beta = numbers(*params)
    x, tx, T, t = numbers(x, tx, T, t)

    def a(z):
        if alpha >= beta:
            return hyp2f1(r + s + x, s + 1, r + s + x + 1, (alpha - beta) / (alpha + z)) / (alpha + z) ** (r + s + x)
        return hyp2f1(r + s + x, r + x, r + s + x + 1, (beta - alpha) / (beta + z)) / (beta + z) ** (r + s + x)

    active = 1 / ((alpha + T) ** (r + x) * (beta + T) ** s)
    stopped = s / (r + s + x) * (a(tx) - a(T))
    ll = loggamma(r + x) - loggamma(r) + r * log(alpha) + s * log(beta) + log(active + stopped)
    alive = active / (active + stopped)
    if s == 1:
        time = log((beta + T + t) / (beta + T))
    else:
        time = (1 - ((beta + T) / (beta + T + t)) ** (s - 1)) / (s - 1)
    return ll, alive, alive * (r + x) * (beta + T) / (alpha + T) * time


def beta_geometric(params, x, tx, T, t, first):
    r, alpha, a, b = numbers(*params)
    x, tx, T, t = numbers(x, tx, T, t)
    n = x + first
    active = exp(loggamma(b + n) + loggamma(a + b) - loggamma(b) - loggamma(a + b + n)) * (alpha + T) ** (-(r + x))
    stopped = active * (a / (b + n - 1)) * ((alpha + T) / (alpha + tx)) ** (r + x) if n > 0 else mpf(0)
    ll = loggamma(r + x) - loggamma(r) + r * log(alpha) + log(active + stopped)
    alive = active / (active + stopped)
    # The published form has no value at a = 1 or a + b + n = 1; 1e-25 beside it 60 digits are enough for its limit.
    if a == 1 or a + b + n == 1:
        a += mpf(10) ** -25
    z = t / (alpha + T + t)
    c = a + b + n - 1
    expect = c / (a - 1) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(r + x, b + n, c, z))
    return ll, alive, alive * expect


def gamma_gamma(params, x, m):
    p, q, v = numbers(*params)
    x, m = numbers(x, m)
    ll = loggamma(p * x + q) - loggamma(p * x) - loggamma(q) + q * log(v)
    ll += (p * x - 1) * log(m) + p * x * log(x) - (p * x + q) * log(v + x * m)
    return ll, p * (v + x * m) / (p * x + q - 1)


MODELS = {
    "pareto-nbd": pareto_nbd,
    "bg-nbd": lambda *point: beta_geometric(*point, 0),
    "mbg-nbd": lambda *point: beta_geometric(*point, 1),
}
CDNOW = {
    "pareto-nbd": (0.5533, 10.578, 0.6062, 11.669),
    "bg-nbd": (0.2426, 4.4136, 0.7929, 2.4259),
    "mbg-nbd": (0.5248, 6.1831, 0.8914, 1.6140),
}
HARD = [(1e-4, 1e-3, 1e-4, 1e-3), (1e5, 1e6, 2e4, 1e6), (0.24, 30.9, 1, 2.4), (2, 5, 0.3, 0.7), (3, 400, 0.01, 0.02), (0.05, 0.5, 40, 9000)]
# Customers (x, tx, T, t): never again; ordinary; many orders; the last one now; thousands of orders; long ago; all on the first day.
ORDINARY = [
    (0, 0, 38.86, 39), (2, 30.43, 38.86, 39), (26, 30.86, 31, 39), (5, 38.86, 38.86, 52), (1, 1.71, 38.86, 0), (300, 38.5, 38.86, 39),
    (5000, 1500, 1826, 365), (3000, 1826, 1826, 3650), (1, 0.001, 4000, 1000), (0, 0, 0, 365),
]
OTHERS = [(0, 0, 200, 365), (1, 190.5, 200, 30), (12, 360, 1000, 365), (900, 1799, 1800, 365), (40, 10, 2000, 3650)]

out = []


def point(model, params, x, tx, T, t):
    ll, alive, expect = MODELS[model](params, x, tx, T, t)
    values = {"ll": mp.nstr(ll, 17), "alive": mp.nstr(alive, 17), "expect": mp.nstr(expect, 17)}
    out.append({"point": {"model": model, "params": params, "x": x, "tx": tx, "T": T, "t": t}, **values})


for model in MODELS:
    for customer in ORDINARY:
        point(model, CDNOW[model], *customer)
    for params in HARD:
        for customer in OTHERS:
            point(model, params, *customer)
for params in [(6.25, 3.74, 15.44), (0.5, 1.2, 100), (1e6, 1e6, 50), (300, 2e4, 1e5), (1e-3, 2, 1)]:
    for x, m in [(1, 35.4), (7, 12.01), (4000, 49.5), (1, 0.01)]:
        ll, expect = gamma_gamma(params, x, m)
        values = {"ll": mp.nstr(ll, 17), "expect": mp.nstr(expect, 17)}
        out.append({"point": {"model": "gamma-gamma", "params": params, "x": x, "m": m}, **values})
print("[\n" + ",\n".join(json.dumps(row) for row in out) + "\n]")
