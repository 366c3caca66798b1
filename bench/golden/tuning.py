"""Gaussian process and expected improvement with NumPy and SciPy: test/golden/tuning.json. Python bench/golden/tuning.py writes it."""
import json
import pathlib

import numpy as np
from scipy.special import gamma, kv
from scipy.stats import norm


def matern(a, b, length, nu=2.5):
    """Matérn's kernel for any ν, by the modified Bessel function."""
    scaled = np.sqrt(2 * nu) * np.linalg.norm(a[:, None] - b[None], axis=-1) / length
    safe = np.where(scaled == 0, 1, scaled)
    return np.where(scaled == 0, 1.0, 2 ** (1 - nu) / gamma(nu) * safe**nu * kv(nu, safe))


rng = np.random.default_rng(1)
points, places = rng.uniform(size=(7, 3)), rng.uniform(size=(4, 3))
values = np.sin(5 * points[:, 0]) + points[:, 1] - points[:, 2]
values = (values - values.mean()) / values.std()
cases = []
for length in (0.1, 0.2, 0.4, 0.8, 1.6):
    for noise in (1e-4, 1e-2, 1e-1):
        k = matern(points, points, length) + noise * np.eye(len(points))
        cross = matern(places, points, length)
        mean = cross @ np.linalg.solve(k, values)
        variance = 1 - np.einsum("ij,ji->i", cross, np.linalg.solve(k, cross.T))
        sign, logdet = np.linalg.slogdet(k)
        likelihood = -0.5 * values @ np.linalg.solve(k, values) - 0.5 * logdet
        deviation = np.sqrt(variance)
        best = values.min()
        # The mean of max(best - y, 0) by quadrature.
        y = np.linspace(-12, 12, 200001)
        gain = [
            np.trapezoid(np.maximum(best - (m + s * y), 0) * norm.pdf(y), y) for m, s in zip(mean, deviation)
        ]
        cases.append(
            dict(
                length=length,
                noise=noise,
                likelihood=float(likelihood),
                mean=mean.tolist(),
                deviation=deviation.tolist(),
                gain=[float(g) for g in gain],
            )
        )
made = dict(points=points.tolist(), values=values.tolist(), places=places.tolist(), cases=cases)
target = pathlib.Path(__file__).parents[2] / "test/golden/tuning.json"
target.write_text(json.dumps(made, indent=1) + "\n")
