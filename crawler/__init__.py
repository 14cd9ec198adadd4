"""Broadside's own code around and below Scrapy. docs/design.md draws the house."""

__version__ = "0.1.0"
