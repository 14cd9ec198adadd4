"""Scrapy commands of this project; `crawl` owns the exit status."""
