"""The pure core: bytes to blocks, blocks to text, text to dates. No Scrapy, no I/O, no clock, no globals."""
