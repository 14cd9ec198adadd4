"""Scrapy commands of this project; `crawl` owns the exit status."""

from crawler.settings_check import refuse_foreign_modules

refuse_foreign_modules()
