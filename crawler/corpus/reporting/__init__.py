"""The report on a corpus: what it holds, lacks and left out, as one page for a browser."""
