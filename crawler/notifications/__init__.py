"""Tells somebody of a run's verdict, through Spidermon, which is an extra; `message` and `channels` need none."""
