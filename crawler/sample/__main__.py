"""`python -m crawler.sample [PORT]`: look at the sample site in a browser. `--gold` writes the gold records instead."""

import argparse
import sys
from threading import Event

from crawler.sample.gold import build_gold, format_gold
from crawler.sample.server import SampleServer


def main() -> int:
    """Serve until interrupted, or write the gold to stdout."""
    parser = argparse.ArgumentParser(prog="python -m crawler.sample", description="Serve the sample site on 127.0.0.1.")
    parser.add_argument("port", nargs="?", type=int, default=8000, help="default: 8000; 0 takes a free one")
    parser.add_argument("--gold", action="store_true", help="write what crawler/sample/gold.jsonl must hold, and leave")
    arguments = parser.parse_args()
    if arguments.gold:
        sys.stdout.buffer.write(format_gold(build_gold()).encode())
        return 0
    server = SampleServer(arguments.port)
    try:
        port = server.start()
    except (OSError, OverflowError) as error:
        parser.exit(2, f"Cannot listen on port {arguments.port}: {error}\n")
    sys.stderr.write(f"The sample site is at http://127.0.0.1:{port}/ (end with Ctrl-C)\n")
    try:
        Event().wait()
    except KeyboardInterrupt:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
