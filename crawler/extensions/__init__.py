"""Scrapy extensions: what listens to a run from the side."""
