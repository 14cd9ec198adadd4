"""An organization file from what a probe found."""

import re

from crawler.discovery.urls import hostname, in_scope
from crawler.organizations.load import RESERVED_SLUGS
from crawler.probing.findings import Probe
from crawler.probing.report import shorten, write_toml

_MOST_LISTINGS = 5
_MOST_LANGUAGES = 12
# Second-level names that belong to a country's registry and name nobody.
_REGISTRY = frozenset("ac co com edu gob gov gouv go net ngo nom or org ong".split())


def find_slug(url: str) -> str:
    """Derive an organization's short name from its host: `harborlaw` of www.harborlaw.org.uk."""
    host = hostname(url) or ""
    labels = host.removeprefix("www.").split(".")
    if re.fullmatch(r"[\d.:]+", host):
        labels = [f"site-{host}"]
    elif len(labels) > 1:
        labels = labels[:-1]
        if len(labels) > 1 and labels[-1] in _REGISTRY:
            labels = labels[:-1]
    slug = re.sub(r"[^a-z0-9_-]+", "-", labels[-1].lower()).strip("-_") or "site"
    return f"{slug}-site" if slug in RESERVED_SLUGS else slug


def write_draft(probe: Probe) -> str:
    """Write the organization file: what is known of the site, and nothing that is a default.

    Feeds that the homepage names are left out, for a crawl finds them there itself.
    """
    found = probe.homepage
    home = probe.organization.homepage
    name = (found.name if found is not None else None) or probe.organization.name
    lines = [
        f"# Written by `scrapy new-organization`, {probe.day}, from what the site shows.",
        f"name = {write_toml(name)}",
        f"homepage = {write_toml(home)}",
    ]
    languages = found.languages[:_MOST_LANGUAGES] if found is not None else ()
    lines.append(f"languages = {write_toml(languages)}" if languages else '# languages = ["en"]')
    lines += [
        '# time_zone = "America/New_York"',
        '# date_order = "MDY"  # or "DMY": how the site writes a date in numbers',
        f"# `scrapy probe {probe.slug}` tells whether it works; set this to true when a crawl gave what you want.",
        "verified = false",
    ]
    listings = find_listing_places(probe)
    if listings:
        lines += ["", "[discovery]", "listings = ["]
        lines += [f"    {write_toml(place)}," for place in listings]
        lines.append("]")
    return "\n".join(lines) + "\n"


def find_listing_places(probe: Probe) -> list[str]:
    """Choose the listings that the file names: found on the homepage, in scope, and not known to fail."""
    found = probe.homepage.listings if probe.homepage is not None else ()
    failed = probe.listing.answer.url if probe.listing is not None and not probe.listing.answer.is_read else None
    organization = probe.organization
    places = [one.url for one in found if one.url != failed and in_scope(one.url, organization.hosts, (), ()) is None]
    return [shorten(url, organization.homepage) for url in dict.fromkeys(places)][:_MOST_LISTINGS]
