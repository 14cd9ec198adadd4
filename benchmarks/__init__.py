"""Measurements beside the tests: what they print goes into docs and notes, and the floors here only rise."""
