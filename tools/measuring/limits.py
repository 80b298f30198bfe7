"""Medians with their extremes, ratios round by round, and the limits that they have to keep."""

from statistics import median


def spread(values, unit=""):
    return f"{figure(median(values))}{unit} ({figure(min(values))} to {figure(max(values))})"


def figure(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def ratios(ours, theirs, of):
    """Of the same round, so that a slow minute of the machine touches both sides."""
    return [of(a) / of(b) for a, b in zip(ours, theirs)]


class Limits:
    """Prints every judgement; remembers what was not kept."""

    def __init__(self):
        self.broken = []
        self.title = ""

    def about(self, title):
        self.title = title
        print(title)

    def judge(self, name, values, least=None, most=None, unit=""):
        middle = median(values)
        kept = (least is None or middle >= least) and (most is None or middle <= most)
        bound = f"at least {least}" if least is not None else f"at most {most}"
        print(f"  {name}: {spread(values, unit)}, {bound}{unit}: {'ok' if kept else 'NOT MET'}")
        if not kept:
            self.broken.append(f"{self.title}: {name}: {figure(middle)}{unit}, {bound}{unit}")

    def demand(self, name, holds):
        print(f"  {name}: {'ok' if holds else 'NOT MET'}")
        if not holds:
            self.broken.append(f"{self.title}: {name}")
