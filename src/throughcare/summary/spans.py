"""Spans of time in words."""

from datetime import timedelta


def in_words(span: timedelta) -> str:
    """Return a span of time as people say it.

    >>> in_words(timedelta(minutes=90)), in_words(timedelta(days=3, hours=4))
    ('90 minutes', '3 days')
    """
    minutes = int(span / timedelta(minutes=1))
    for size, name in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes // size} {name}"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
