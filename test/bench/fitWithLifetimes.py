"""Fits a model of Python's lifetimes to rows of x,tx,T: prints {"seconds": …, "params": […]}."""
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import numpy  # noqa: E402
from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter  # noqa: E402

FITTERS = {"pareto-nbd": ParetoNBDFitter, "bg-nbd": BetaGeoFitter, "mbg-nbd": ModifiedBetaGeoFitter}

model, file = sys.argv[1:]
x, tx, T = numpy.loadtxt(file, delimiter=",", skiprows=1, unpack=True)
begun = time.perf_counter()
fitter = FITTERS[model](penalizer_coef=0.0)
fitter.fit(x, tx, T)
seconds = time.perf_counter() - begun
print(json.dumps({"seconds": seconds, "params": [float(value) for value in fitter.params_.values]}))
