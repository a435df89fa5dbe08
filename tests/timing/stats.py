"""Are two samples of times the same? Nothing but the standard library.

Every number is kept: means and Welch's t are those of all samples, with the
outliers of a busy machine in them. Beside them stands the trimmed t, of what
is left when the slowest twentieth of both together is taken away, and the
rank test of Mann and Whitney, which outliers do not move.
"""
import math
import statistics

TRIM = 0.95


def welch(a, b):
    """Welch's t of two samples; positive when a is slower."""
    if len(a) < 2 or len(b) < 2:
        return 0.0
    spread = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    if spread == 0:
        return 0.0
    return (statistics.fmean(a) - statistics.fmean(b)) / math.sqrt(spread)


def mann_whitney(a, b):
    """(z, AUC): z of the normal approximation with ties; the chance that one
    of a is slower than one of b."""
    n, m = len(a), len(b)
    if n == 0 or m == 0:
        return 0.0, 0.5
    every = sorted([(x, 0) for x in a] + [(x, 1) for x in b])
    rank_sum, ties, at = 0.0, 0, 0
    while at < n + m:
        end = at
        while end < n + m and every[end][0] == every[at][0]:
            end += 1
        rank = (at + 1 + end) / 2
        rank_sum += rank * sum(1 for x in every[at:end] if x[1] == 0)
        ties += (end - at) ** 3 - (end - at)
        at = end
    u = rank_sum - n * (n + 1) / 2
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    z = (u - n * m / 2) / math.sqrt(variance) if variance > 0 else 0.0
    return z, u / (n * m)


def shares(a, n, b, m):
    """z of two shares, a of n and b of m."""
    both = (a + b) / (n + m)
    spread = math.sqrt(both * (1 - both) * (1 / n + 1 / m))
    return (a / n - b / m) / spread if spread > 0 else 0.0


def trimmed(a, b):
    both = sorted(a + b)
    limit = both[min(len(both) - 1, int(len(both) * TRIM))]
    return ([x for x in a if x <= limit], [x for x in b if x <= limit])


def compare(a, b):
    """All there is to say about two samples of nanoseconds; shifts in µs."""
    z, auc = mann_whitney(a, b)
    low_a, low_b = trimmed(a, b)
    return {
        "n": [len(a), len(b)],
        "t": round(welch(a, b), 2),
        "t_trimmed": round(welch(low_a, low_b), 2),
        "z": round(z, 2),
        "auc": round(auc, 4),
        "mean_us": round((statistics.fmean(a) - statistics.fmean(b)) / 1e3, 1),
        "median_us": round(
            (statistics.median(a) - statistics.median(b)) / 1e3, 1),
    }
