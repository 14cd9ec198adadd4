"""Pruning: takes blocks that are known not to be text out of a tree, before generic extraction looks at it."""

from collections.abc import Callable

import lxml.etree

from crawler.extraction.blocks import find_elements
from crawler.extraction.spacing import drop_controls
from items import Block


def prune(tree: lxml.etree._Element, is_pruned: Callable[[Block], bool]) -> int:
    """Take blocks out of a tree, each with its element, and count the elements that went.

    An element that holds other blocks as well stays whole; the text behind an element stays, apart from what is before.
    """
    needed: set[lxml.etree._Element] = set()
    pruned: dict[lxml.etree._Element, None] = {}
    for block, element in find_elements(tree):
        if element is not None and is_pruned(block):
            pruned[element] = None
            continue
        around = element
        while around is not None and around not in needed:
            needed.add(around)
            around = around.getparent()
    gone = 0
    for element in pruned:
        parent = element.getparent()
        if element in needed or parent is None:
            continue
        rest = lxml.etree.Element("span")
        rest.text, element.tail = f" {drop_controls(element.tail or '')}", None
        parent.replace(element, rest)
        gone += 1
    return gone
