"""Which organizations are crawled when, on one machine: what is due, and running it."""
