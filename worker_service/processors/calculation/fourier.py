"""The discrete Fourier transform and its inverse."""

from typing import Any

import numpy as np

from worker_service.processors import JobContext
from worker_service.processors.calculation.doubles import shown, vector
from worker_service.processors.calculation.table import Operation


def fft(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """X(k) = sum over n of x(n) exp(-2 pi i k n / N), any length. Cooley and Tukey 1965, by pocketfft (NumPy)."""
    return _parts(np.fft.fft(_series(payload)))


def inverse_fft(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """x(n) = 1/N sum over k of X(k) exp(2 pi i k n / N)."""
    return _parts(np.fft.ifft(_series(payload)))


def _series(payload: dict[str, Any]) -> Any:  # noqa: ANN401 - an array of complex numbers
    real = vector(payload["real"], "/real")
    return real + 1j * vector(payload["imaginary"], "/imaginary") if "imaginary" in payload else real


def _parts(found: Any) -> dict[str, Any]:  # noqa: ANN401 - an array of complex numbers
    return {"real": shown(found.real), "imaginary": shown(found.imag)}


_quiet = np.errstate(all="ignore")  # what is not finite is refused when it is written

OPERATIONS: dict[str, Operation] = {"fft": _quiet(fft), "inverse-fft": _quiet(inverse_fft)}
