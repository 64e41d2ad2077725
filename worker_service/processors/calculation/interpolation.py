"""Values between given points."""

from typing import Any

import numpy as np

from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation.doubles import shown, vector
from worker_service.processors.calculation.table import Operation

CUBIC_NEEDS = 3  # points


def interpolation(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The values at the given places, in their order.

    `cubic`: the spline with two continuous derivatives whose first two and last two pieces are one polynomial each; de
    Boor, "A Practical Guide to Splines", 1978. `pchip`: monotone where the points are; Fritsch and Butland, "A method
    for constructing local monotone piecewise cubic interpolants", SIAM J. Sci. Stat. Comput. 5(2), 1984.
    """
    x, y, at = (vector(payload[name], f"/{name}") for name in ("x", "y", "at"))
    if (np.diff(x) <= 0).any():
        raise Reject(f"/x/{int(np.argmax(np.diff(x) <= 0)) + 1}: it is the same double as the one before it.")
    if payload["method"] == "linear" or len(x) < CUBIC_NEEDS:
        return {"values": shown(np.interp(at, x, y)), "method": "linear"}
    return {"values": shown(_smooth(payload["method"], x, y)(at)), "method": payload["method"]}


def _smooth(method: str, x: Any, y: Any) -> Any:  # noqa: ANN401 - SciPy's
    from scipy.interpolate import CubicSpline, PchipInterpolator  # noqa: PLC0415 - takes 0.2 s, and few need it

    return CubicSpline(x, y) if method == "cubic" else PchipInterpolator(x, y)


_quiet = np.errstate(all="ignore")  # what is not finite is refused when it is written

OPERATIONS: dict[str, Operation] = {"interpolation": _quiet(interpolation)}
