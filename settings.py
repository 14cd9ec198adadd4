"""Departures from Scrapy's defaults: each line names the default and why it is not kept."""

import os
from pathlib import Path

from crawler.settings_check import BOT_NAME as _BOT_NAME
from crawler.settings_check import build_user_agent

BOT_NAME = _BOT_NAME

# --- This project's own settings -------------------------------------------------------------------------------------

# Who asks: an e-mail address or a page. Required before the first request to a server that is not this machine.
CONTACT = os.environ.get("BROADSIDE_CONTACT", "")
# Where the collections live; `data` beside scrapy.cfg unless the environment says otherwise.
DATA_DIR = os.environ.get("BROADSIDE_DATA") or str(Path(__file__).resolve().parent / "data")
# More folders of organization files, divided like PATH.
ORGANIZATIONS_PATH = os.environ.get("BROADSIDE_ORGANIZATIONS", "")
# Worker processes that read pages; 0 means one for each processor.
WORKERS = 0
# Seconds of wall time that one page may take before its worker is killed and replaced.
PAGE_TIME_LIMIT = 60.0
# Address space of one worker, in megabytes.
WORKER_MEMORY_LIMIT_MB = 4096
# Attempts that a page gets besides the first when a server fails (408, 425, 429, 5xx) or does not answer, and the
# seconds before the second one; doubled for each further one, and never less than Retry-After.
RETRY_TIMES = 2  # as Scrapy's default; its own middleware retries robots.txt only
RETRY_DELAY = 5.0
# Size in megabytes after which the archive begins another file.
ARCHIVE_FILE_MB = 1024
# Pages of a site that are looked at to learn it, chosen by their URLs; 0 reads each page by itself alone.
LEARN_PAGES = 400
# The time at which a run takes itself to begin, YYYY-MM-DDTHH:MM:SSZ; the clock's where it is empty.
STARTED_AT = ""
# Hours of the day in which pages are asked for, such as "22:00-06:00", in the time zone of the organization's file,
# else UTC; its own `[politeness] hours` come before these. Empty: all day.
FETCH_HOURS = ""
# What a run does when its hours are over: "wait" for the next ones, or "end" and publish what it has.
OUTSIDE_HOURS = "wait"
# A takedown list that holds for every collection, besides `takedown.csv` in DATA_DIR and in a collection's own folder.
TAKEDOWN = ""
# Whether a page that says `noarchive` (meta element or X-Robots-Tag) is left out, and its body kept out of the archive:
# it asks that nobody keep a copy, and that is what this program does.
HONOR_NOARCHIVE = True
# Whether a page that says `noindex` gives no record. Off: it is said to search engines, and often of a site's old
# pages, without which a corpus would be another one. The ledger has the word with each visit, either way.
HONOR_NOINDEX = False
# Whether a progress display is shown on a terminal.
PROGRESS_ENABLED = True

# --- Where things are ------------------------------------------------------------------------------------------------

COMMANDS_MODULE = "crawler.commands"  # default "": our `crawl` owns the exit status
SPIDER_LOADER_CLASS = "crawler.spiders.loader.OrganizationLoader"  # default: classes in SPIDER_MODULES; ours reads TOML
SPIDER_MODULES: list[str] = []  # the loader needs none

# --- Politeness ------------------------------------------------------------------------------------------------------

ROBOTSTXT_OBEY = True  # default False
ROBOTSTXT_PARSER = "crawler.middlewares.robots.StandardRobotParser"  # default Protego: more generous than RFC 9309
ROBOTSTXT_USER_AGENT = "Broadside"  # default: the whole USER_AGENT; RFC 9309 matches the product token
USER_AGENT = build_user_agent(CONTACT)  # default names Scrapy, not us
AUTOTHROTTLE_ENABLED = True  # default False
AUTOTHROTTLE_START_DELAY = 2.0  # default 5: a first guess that the site's own latency soon replaces
AUTOTHROTTLE_MAX_DELAY = 120.0  # default 60: a server that is slow because it is in trouble gets more room
DOWNLOAD_DELAY = 1.0  # default 0: the floor under AutoThrottle
DOWNLOAD_DELAY_JITTER = 0.0  # default 0.5: it would halve, at random, the delay that robots.txt asks for
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # default 8: one request at a time a host
# default 16: hosts are asked side by side, 256 at least, each with a page and the robots.txt that it waits for
CONCURRENT_REQUESTS = 512
REACTOR_THREADPOOL_MAXSIZE = 64  # default 10: names are looked up there, and a dead one is waited for
# This machine is nobody else's server: loopback addresses and the bundled sample site wait for nothing.
DOWNLOAD_SLOTS = {
    host: {"concurrency": 8, "delay": 0.0, "jitter": 0.0}
    for host in ("127.0.0.1", "localhost", "::1", "[::1]", "sample")
}
COOKIES_ENABLED = False  # default True: a crawl has no session, and a cookie banner no business here
RETRY_GIVE_UP_LOG_LEVEL = "WARNING"  # default ERROR: a dead page is accounted for, and no error of the program's

# --- Safety ----------------------------------------------------------------------------------------------------------

REMOTE_CONTROL_ENABLED = False  # default True: it runs code that is sent to it
TELNETCONSOLE_ENABLED = False  # default True: so does this
DOWNLOAD_VERIFY_CERTIFICATES = True  # default False: a corpus that is cited must come from whom it says
# default has them: what somebody else's page names must not read this machine's files, nor lead off the web
DOWNLOAD_HANDLERS = {
    "file": None,
    "ftp": None,
    "s3": None,
    # default: Scrapy's, which keeps a connection to each host open for four minutes after its last page
    **dict.fromkeys(("http", "https"), "crawler.middlewares.connections.BoundedHTTP11DownloadHandler"),
}
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024  # default 1 GiB: no page of writing is larger
DOWNLOAD_WARNSIZE = 0  # default 32 MiB: refused there already
DOWNLOAD_TIMEOUT = 60  # default 180 seconds
METAREFRESH_ENABLED = False  # default True: a page that forwards its readers after a while is a page all the same

# --- Components ------------------------------------------------------------------------------------------------------

DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.contact.ContactMiddleware": 45,  # before robots.txt is asked for
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # the ledger accounts for what is out of scope
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # it allows all when robots.txt cannot be had
    "crawler.middlewares.robots.FailClosedRobotsTxtMiddleware": 100,
    "crawler.middlewares.rest.RestingHosts": 560,  # nearer the network than RetryMiddleware, which would ask at once
    "crawler.middlewares.sample.SampleSite": 740,  # before HttpProxyMiddleware at 750
    "crawler.middlewares.archive.ArchiveResponses": 890,  # nearest the network
}
EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,  # ours honors Crawl-delay as well
    "crawler.extensions.throttle.PoliteThrottle": 0,
    "crawler.extensions.hours.FetchHours": 0,
    "scrapy.extensions.feedexport.FeedExporter": None,  # it stores what a stopped run left, and goes on when it cannot
    "crawler.extensions.accounts.Accounts": 10,  # counts a record before the feed exporter writes it
    "crawler.storage.feeds.FeedExporter": 20,
    "crawler.extensions.progress.ProgressDisplay": 30,
    "crawler.extensions.times.Times": 40,
    "crawler.extensions.judge.Judge": 50,  # before whoever tells others of its verdict
}
CONCURRENT_ITEMS = 1  # default 100, which costs a hundred tasks a response; pipelines are synchronous and in order
SCHEDULER = "crawler.storage.scheduler.LedgerScheduler"  # default loses pages when it is killed
SPIDER_MIDDLEWARES = {
    "crawler.storage.settle.SettlePages": 1,  # nearest the engine
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # the ledger keeps what is needed of it
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # it drops URLs without an account
}
ITEM_PROCESSOR = "crawler.extensions.pipelines.SynchronousPipelines"  # default makes a coroutine of each call
STATS_CLASS = "crawler.extensions.stats.PlainStats"  # default wraps each call, of which a record makes twenty
ITEM_PIPELINES = {
    "pipelines.strip_boilerplate.StripBoilerplate": 100,
    "pipelines.normalize_dates.NormalizeDates": 200,
    "pipelines.identify.Identify": 300,
    "pipelines.mark_change.MarkChange": 400,
    "pipelines.validate.Validate": 900,
}
LOG_FORMATTER = "crawler.extensions.log_format.OneLineLogFormatter"  # default prints whole items

# --- Feeds -----------------------------------------------------------------------------------------------------------

FEED_EXPORT_ENCODING = "utf-8"  # default None, which writes \\u escapes
FEED_EXPORTERS: dict[str, str | None] = {
    # default: key order and normalization as they come
    **dict.fromkeys(("jsonlines", "jsonl", "jl"), "crawler.storage.feeds.RecordLinesExporter"),
    # Spreadsheets and pickles hold no nested fields; what they would hold is no record.
    **dict.fromkeys(("csv", "xml", "marshal", "pickle")),
}
FEED_STORAGES = {
    "": "crawler.storage.feeds.PartFileStorage",  # default writes under the final name from the first line on
    "file": "crawler.storage.feeds.PartFileStorage",
    "stdout": "crawler.storage.feeds.StdoutStorage",
}

# --- Log -------------------------------------------------------------------------------------------------------------

LOG_LEVEL = "INFO"  # default DEBUG: a line a request
LOG_VERSIONS: list[str] = []  # default: nine libraries; they are in the records' provenance
STATS_DUMP = False  # default True: the closing table says what they say
