"""The package of a corpus: everything that it takes to use, cite and check it, in one folder."""
