"""A report as one page for a browser: no script, nothing that is fetched, nothing of others that is not escaped."""
