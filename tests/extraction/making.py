"""What the tests of the core are made of: blocks from lines of text."""

from items import Block, BlockKind

PROSE = (
    "The keepers of the bridge met again this week and spoke for a long while about the river, its fish and its boats."
)


def make_blocks(*texts: str | tuple[str, BlockKind], path: str = "html/body/p") -> tuple[Block, ...]:
    pairs = [(text, BlockKind.PARAGRAPH) if isinstance(text, str) else text for text in texts]
    return tuple(Block(text, text, kind, path, position) for position, (text, kind) in enumerate(pairs))
