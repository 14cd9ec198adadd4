"""Scrapy middlewares: what stands between the engine, the network and the spiders."""
