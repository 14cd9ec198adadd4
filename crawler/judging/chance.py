"""How likely a small number is, when it should be larger: exact tails of two distributions."""

from math import exp, fsum, lgamma, log, log1p


def find_binomial_tail(seen: int, of: int, share: float) -> float:
    """Give the chance of at most so many, each of `of` being one with a chance of `share`."""
    if seen >= of or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    logs = (
        lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * log(share) + (of - k) * log1p(-share)
        for k in range(seen + 1)
    )
    return min(1.0, fsum(map(exp, logs)))


def find_poisson_tail(seen: int, mean: float) -> float:
    """Give the chance of at most so many events, where so many are to be expected."""
    if mean <= 0:
        return 1.0
    return min(1.0, fsum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(seen + 1)))
