"""A small advocacy organization's web site, written for this project, with the records it must give.

Everything in it is fiction. `site` builds the responses, `server` serves them on loopback, `gold` says what a crawl of
them must find; `python -m crawler.sample` lets a person look at it in a browser.
"""
