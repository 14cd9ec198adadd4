"""Where pages to fetch come from: sitemaps, feeds, listings and their pagers. Pure: bytes and trees in, links out."""
