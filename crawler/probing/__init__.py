"""Probing: what a look at a live site found (findings.py), in a screenful (report.py), and as a new file (draft.py)."""
